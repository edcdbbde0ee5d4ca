import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { JobOrder, JobStarted, JobWord } from "./job-words.ts";

const SCRIPT = fileURLToPath(new URL("job-process.ts", import.meta.url));
/** It loads the client and the file's reader; on a full machine that takes its time. */
const LOADED_MS = 60_000;
const SELL: JobOrder = {
  kind: "sell",
  where: { url: "http://127.0.0.1:1", key: "lm_none", deadlineMs: 50 },
};

function begun(): ChildProcess {
  const file = "no-file-here.csv";
  const started: JobStarted = {
    ...{ path: file, file, buyers: undefined, beganAt: Date.now() },
    ...{ json: false, isLive: false },
  };
  const child = fork(SCRIPT, [JSON.stringify(started)], { serialization: "advanced" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** What it says last about an order to sell: there is no such file, and no such node. */
async function failure(child: ChildProcess): Promise<JobWord> {
  child.send(SELL);
  for (;;) {
    const [word] = (await once(child, "message")) as [JobWord];
    if (word.kind === "failed") return word;
  }
}

test(
  "what stops a terminal's processes does not end it before the node says so",
  { timeout: LOADED_MS },
  async () => {
    const child = begun();
    expect(await failure(child)).toMatchObject({ kind: "failed" });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) child.kill(signal);
    expect(await failure(child)).toMatchObject({ kind: "failed" });
  },
);

test("it ends when the node is gone, whatever it is at", { timeout: LOADED_MS }, async () => {
  const child = begun();
  const ended = once(child, "exit");
  child.send(SELL);
  child.disconnect();
  expect(await ended).toEqual([0, null]);
});
