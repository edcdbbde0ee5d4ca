/**
 * The main job in a process of its own, as a program on another machine would be: who sells and who serves get on side
 * by side, and the memory of the one is gone when it has sold, which a thread's is not (decision 0141).
 */
import { fork } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { assert } from "../../base/index.ts";
import type { CommandContext } from "../command.ts";
import type { Status } from "../status/status-page.ts";
import type { Terminal } from "../terminal.ts";
import { errorOf, type JobOrder, type JobStarted, type JobWord, type Where } from "./job-words.ts";
import type { Replay } from "./report.ts";
import { type AskedJob, askedJob } from "./run-replay.ts";

export interface JobApart {
  /** Sells, tells, verifies, tells, once. Refuses: those of runReplay. */
  sell(where: Where, status: Status): Promise<Replay>;
  /** Ends the process, whatever it is at. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Begins to read the file of the command line: on while a database or a server is waited for.
 * Refuses: those of checkFile, cli.option_malformed.
 */
export async function beginJobApart(
  context: CommandContext,
  command: "start" | "replay",
): Promise<JobApart> {
  const beganAt = performance.timeOrigin + performance.now();
  const asked = await askedJob(context, command);
  return openProcess(context, { ...asked, beganAt });
}

function openProcess(
  { terminal, options, signal }: CommandContext,
  asked: AskedJob & { readonly beganAt: number },
): JobApart {
  const { isLive } = terminal;
  const started: JobStarted = { ...asked, json: options["json"] === true, isLive };
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = new URL(`./job-process.${extension}`, import.meta.url);
  const child = fork(fileURLToPath(script), [JSON.stringify(started)], {
    // Amounts are bigints.
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  // A process that is gone tells so by its end.
  const order = (said: JobOrder) => void child.send(said, () => undefined);
  const ended = Promise.withResolvers<Replay>();
  ended.promise.catch(() => undefined);
  let status: Status | undefined;
  child.on("message", (word: JobWord) => {
    if (word.kind === "done") ended.resolve(word.replay);
    else if (word.kind === "failed") ended.reject(errorOf(word.why));
    else if (word.kind === "status") Object.assign(status ?? {}, word.status);
    else show(terminal, word);
  });
  child.on("error", (error) => ended.reject(error));
  const gone = Promise.withResolvers<void>();
  // After its last word.
  child.on("close", (code, by) => {
    gone.resolve();
    ended.reject(new Error(`the process of the main job ended before it, by ${by ?? code}`));
  });
  const stop = () => order({ kind: "stop" });
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return {
    async sell(where, shown) {
      assert(status === undefined, "a file is sold once");
      status = shown;
      order({ kind: "sell", where });
      const replay = await ended.promise;
      status.stage = "ready";
      status.replay = replay;
      return replay;
    },
    async close() {
      signal.removeEventListener("abort", stop);
      // It holds nothing.
      child.kill("SIGKILL");
      await gone.promise;
    },
  };
}

function show(terminal: Terminal, word: Exclude<JobWord, { kind: "done" | "failed" | "status" }>) {
  if (word.kind === "bar") terminal.bar(word.line);
  else if (word.kind === "say") terminal.say(word.text);
  else terminal.answer(word.text);
}
