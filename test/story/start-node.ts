/** For stories: another server on a shop's books, a process of its own that may be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { HttpShop } from "./http-shop.ts";

export interface StartedNode {
  readonly url: string;
  /** The signal or code it ended with. */
  readonly ended: Promise<unknown>;
  readonly end: (signal: "SIGTERM" | "SIGKILL") => void;
}

/** At a free port, or where an earlier one was. It ends with the test, at the latest: called within one. */
export async function startNode(
  shop: HttpShop,
  faults = "",
  port = "0",
  more: readonly string[] = [],
): Promise<StartedNode> {
  const { child, listening } = spawnNode(shop, faults, port, more);
  onTestFinished(() => void child.kill("SIGKILL"));
  return listening;
}

/** Of whom the caller takes care: `child` is there at once, and `listening` fails where it ends before it listens. */
export function spawnNode(
  { test: { url, schema } }: HttpShop,
  faults: string,
  port: string,
  more: readonly string[],
): { readonly child: ChildProcess; readonly listening: Promise<StartedNode> } {
  const file = join(import.meta.dirname, "http-node.ts");
  const args = [
    file,
    "--url",
    url,
    "--schema",
    schema,
    "--faults",
    faults,
    "--port",
    port,
    ...more,
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(([code, signal]: unknown[]) => signal ?? code);
  const listening = async (): Promise<StartedNode> => {
    const dead = ended.then((how) => {
      throw new Error(`the node ended before it listened: ${String(how)}`);
    });
    const [line] = (await Promise.race([once(child.stdout, "data"), dead])) as [Buffer];
    const { url: at } = JSON.parse(line.toString()) as { url: string };
    return { url: at, ended, end: (signal) => void child.kill(signal) };
  };
  return { child, listening: listening() };
}
