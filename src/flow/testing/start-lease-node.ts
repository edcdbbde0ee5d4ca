/** For tests: starts a node in a process of its own, and talks to it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { NodeInput, Order, Told } from "./lease-node.ts";

export interface LeaseNode {
  /** Says it, without waiting for an answer. */
  say(order: Order): void;
  /** The next answer to such an order. */
  answer(to: Order["do"]): Promise<Told>;
  ask(order: Order): Promise<Told>;
  stop(): void;
  wake(): void;
  kill(): Promise<void>;
}

/** Killed with the test, at the latest. */
export function startLeaseNode(input: NodeInput): LeaseNode {
  const script = fileURLToPath(new URL("lease-node.ts", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(input)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const told: Told[] = [];
  const arrived: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    told.push(JSON.parse(line) as Told);
    for (const wake of arrived.splice(0)) wake();
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  onTestFinished(kill);
  const answer = async (to: Order["do"]): Promise<Told> => {
    for (;;) {
      const at = told.findIndex((one) => one.do === to);
      const [found] = at < 0 ? [] : told.splice(at, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => arrived.push(resolve));
    }
  };
  const say = (order: Order): void => void child.stdin.write(`${JSON.stringify(order)}\n`);
  return {
    say,
    answer,
    ask: (order) => {
      say(order);
      return answer(order.do);
    },
    stop: () => void child.kill("SIGSTOP"),
    wake: () => void child.kill("SIGCONT"),
    kill,
  };
}
