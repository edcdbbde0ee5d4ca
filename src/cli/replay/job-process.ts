/** The process that the main job runs in: see job-apart.ts. */
import { performance } from "node:perf_hooks";
import { connect } from "../../client/index.ts";
import type { Status } from "../status/status-page.ts";
import type { Terminal } from "../terminal.ts";
import {
  failureOf,
  type JobOrder,
  type JobStarted,
  type JobWord,
  type Where,
} from "./job-words.ts";
import { readyFile } from "./replay.ts";
import { type Reading, runReplay } from "./run-replay.ts";
import type { Replay } from "./report.ts";

const STATUS_MS = 200;

const { path, file, buyers, beganAt, json, isLive } = JSON.parse(
  process.argv[2] ?? "{}",
) as JobStarted;
const tell = (word: JobWord, told = () => undefined): void => void process.send?.(word, told);

// A terminal's Ctrl-C reaches the processes of both: the node says when to stop, or is gone.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
process.on("disconnect", () => process.exit());
if (!process.connected) process.exit();
process.on("uncaughtException", (error) => {
  tell({ kind: "failed", why: failureOf(error) }, () => process.exit(1));
});

const terminal: Terminal = {
  ...{ isLive, isScreen: false, output: undefined, input: undefined },
  answer: (text) => tell({ kind: "answer", text }),
  file: (text) => tell({ kind: "answer", text }),
  say: (text) => tell({ kind: "say", text }),
  bar: (line) => tell({ kind: "bar", line }),
};

const readied = readyFile(path);
readied.catch(() => undefined);
const reading: Reading = {
  ...{ readied, path, file, buyers },
  beganAt: beganAt - performance.timeOrigin,
};
const stopping = new AbortController();

async function sell(where: Where): Promise<void> {
  const status: Status = { stage: "starting" };
  const tellStatus = () => {
    const { stage, progress } = status;
    tell({ kind: "status", status: { stage, ...(progress && { progress }) } });
  };
  const telling = setInterval(tellStatus, STATUS_MS);
  const asked = { terminal, options: { json }, signal: stopping.signal };
  try {
    const replay = await runReplay(asked, connect(where), reading, status);
    tell({ kind: "done", replay: plain(replay) });
  } catch (error) {
    tell({ kind: "failed", why: failureOf(error) });
  } finally {
    clearInterval(telling);
  }
}

/** Errors among the faults as fields. */
function plain({ faults, ...replay }: Replay): Replay {
  const first = faults.first.map(({ error: { code, message }, ...fault }) => ({
    ...fault,
    error: { code, message },
  }));
  return { ...replay, faults: { ...faults, first } };
}

process.on("message", (order: JobOrder) => {
  if (order.kind === "stop") stopping.abort();
  else void sell(order.where);
});
