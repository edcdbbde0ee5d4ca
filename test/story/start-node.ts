/** For stories: another server on a shop's books, a process of its own that may be killed. */
import { spawn } from "node:child_process";
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

/** At a free port, or where an earlier one was. */
export async function startNode(
  { test: { url, schema } }: HttpShop,
  faults = "",
  port = "0",
  more: readonly string[] = [],
): Promise<StartedNode> {
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
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit").then(([code, signal]: unknown[]) => signal ?? code);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { url: at } = JSON.parse(line.toString()) as { url: string };
  return { url: at, ended, end: (signal) => void child.kill(signal) };
}
