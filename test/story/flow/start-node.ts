/** A script of this folder as a process: told what to do by lines, and answering by lines. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

export interface NodeProcess<Order, Told> {
  readonly told: readonly Told[];
  say(order: Order): void;
  /** The next word of that sort. */
  heard(what: string): Promise<Told>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  /** Resolves with the signal or code it ended with. */
  readonly ended: Promise<string>;
}

/** Killed with the test, at the latest. */
export function startNode<Order, Told extends { readonly do?: string }>(
  script: string,
  input: object,
): NodeProcess<Order, Told> {
  const child = spawn(
    process.execPath,
    ["--conditions=longmen-source", script, JSON.stringify(input)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  child.stdin.on("error", () => undefined);
  const told: Told[] = [];
  const unheard: Told[] = [];
  let wake = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const word = JSON.parse(line) as Told;
    told.push(word);
    unheard.push(word);
    wake.resolve();
    wake = Promise.withResolvers();
  });
  const ended = once(child, "exit").then(() => child.signalCode ?? String(child.exitCode));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const heard = async (what: string): Promise<Told> => {
    for (;;) {
      const at = unheard.findIndex((word) => word.do === what);
      const [found] = at < 0 ? [] : unheard.splice(at, 1);
      if (found !== undefined) return found;
      await wake.promise;
    }
  };
  return {
    told,
    say: (order) => void child.stdin.write(`${JSON.stringify(order)}\n`),
    heard,
    signal: (name) => void child.kill(name),
    ended,
  };
}
