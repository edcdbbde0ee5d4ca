/** A selling node as seen from outside: asked by lines, killed from one instruction to the next. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { NodeInput, Order, Told } from "./selling-node.ts";
import { fromLine, toLine } from "./wire.ts";

export interface SellingProcess {
  readonly name: string;
  /** What came back; undefined: nothing, and nobody knows what was done. */
  ask(deed: Order["deed"], command: unknown, waitMs?: number): Promise<Told | undefined>;
  kill(): void;
  isGone(): boolean;
  /** Ends in order: what was accepted is answered. */
  end(): Promise<void>;
  /** Resolves with the signal or code it ended with. */
  readonly ended: Promise<string>;
}

const WAIT_MS = 4_000;
const OPEN_MS = 30_000;
const END_MS = 20_000;

/** Resolves when the node can be asked, or is gone already. */
export async function startSelling(input: NodeInput): Promise<SellingProcess> {
  const script = fileURLToPath(new URL("selling-node.ts", import.meta.url));
  const child = spawn(process.execPath, [script, toLine(input)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => undefined);
  const waiting = new Map<number, (told: Told | undefined) => void>();
  let gone = false;
  let asked = 0;
  const nobodyKnows = () => {
    gone = true;
    for (const answer of waiting.values()) answer(undefined);
    waiting.clear();
  };
  const ended = once(child, "exit").then(() => {
    nobodyKnows();
    return child.signalCode ?? String(child.exitCode);
  });
  const awaited = (n: number, waitMs: number) =>
    new Promise<Told | undefined>((resolve) => {
      const timer = setTimeout(() => settle(undefined), waitMs);
      const settle = (told: Told | undefined) => {
        clearTimeout(timer);
        waiting.delete(n);
        resolve(told);
      };
      waiting.set(n, settle);
    });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const told = fromLine(line) as Told;
    waiting.get(told.n)?.(told);
  });
  const opened = awaited(0, OPEN_MS);
  await opened;
  return {
    name: input.name,
    ask: (deed, command, waitMs = WAIT_MS) => {
      if (gone) return Promise.resolve(undefined);
      asked += 1;
      const n = asked;
      const told = awaited(n, waitMs);
      child.stdin.write(`${toLine({ n, deed, command })}\n`);
      return told;
    },
    kill: () => {
      child.kill("SIGKILL");
      nobodyKnows();
    },
    isGone: () => gone,
    end: async () => {
      child.stdin.write(`${toLine({ n: -1, deed: "end", command: null })}\n`);
      await Promise.race([ended, sleep(END_MS)]);
      child.kill("SIGKILL");
      await ended;
    },
    ended,
  };
}
