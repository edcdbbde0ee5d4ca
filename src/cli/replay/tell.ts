/** The replay told while it runs: a bar for who looks at it, a line a stage for a log. */
import { performance } from "node:perf_hooks";
import type { Status } from "../status/status-page.ts";
import { barText, type Terminal } from "../terminal.ts";
import { rateOf } from "./rate.ts";
import type { ReplayWatcher } from "./replay.ts";
import { counted } from "./report.ts";
import type { Faults } from "./survey-file.ts";

const TOLD_FAULTS_MAX = 100;
const REDRAW_MS = 80;

const speedWords = { transfers: "transfers/s", lines: "lines checked/s" } as const;

/** Tells a replay to the terminal and to the page. */
export function watch(terminal: Terminal, status: Status): ReplayWatcher {
  let total = 0;
  let drawnAt = 0;
  let beganAt = performance.now();
  const draw = (label: string, done: number, of: number, remark: string) => {
    const now = performance.now();
    if (now - drawnAt < REDRAW_MS && done < of) return;
    drawnAt = now;
    terminal.bar(barText(label, done, of, remark));
  };
  return {
    stage: (name, of) => {
      total = of;
      beganAt = performance.now();
      status.stage = name;
      status.progress = { done: 0, total: of };
      // Whether they are there already is found out on the way.
      const words = name === "selling" ? `selling, or checking, ${counted(of, "line")}` : name;
      if (!terminal.isLive) terminal.say(words);
    },
    selling: (progress) => {
      const { lines } = progress;
      const rate = rateOf(progress, (performance.now() - beganAt) / 1000);
      status.progress = { done: lines, total, rate };
      const speed = `${rate.perSecond.toLocaleString("en-GB")} ${speedWords[rate.of]}`;
      const label = rate.of === "transfers" ? "selling" : "checking";
      draw(label, lines, total, `${lines.toLocaleString("en-GB")} lines, ${speed}`);
    },
    verifying: (done, of) => {
      status.progress = { done, total: of };
      draw("verifying", done, of, counted(of, "entry", "entries"));
    },
  };
}

/** Names the malformed rows by their lines, the first hundred of them. */
export function sayFaults(terminal: Terminal, faults: Faults): void {
  for (const { error } of faults.first.slice(0, TOLD_FAULTS_MAX)) {
    terminal.say(`malformed: ${error.message} (${error.code})`);
  }
  const more = faults.count - TOLD_FAULTS_MAX;
  if (more > 0) terminal.say(`malformed: and ${counted(more, "more row", "more rows")}`);
}
