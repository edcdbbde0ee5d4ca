import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, rm } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { onTestFinished } from "vitest";
import type { EmbeddedOptions } from "../embedded/embedded.ts";
import { startEmbedded } from "../embedded/embedded.ts";
import { layoutOf, readPostmasterFile } from "../embedded/folder.ts";
import { isAlive } from "../embedded/process.ts";
import { temporary } from "./temporary.ts";

/** What a node of its own process says about its server. */
export interface NodeReport {
  readonly url: string;
  readonly adopted: boolean;
  readonly runAs: string;
  readonly dataDir: string;
  readonly server: number;
}

export interface TestNode {
  readonly child: ChildProcess;
  /** Its server, or the code and message it was refused with. */
  readonly report: () => Promise<Partial<NodeReport> & { code?: string; message?: string }>;
  /** Resolves when it shows this step of its start. */
  readonly step: (name: string) => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const FAST = { fsync: "off", shared_buffers: "32MB" };

/** A temporary folder; at the end of the test its server is ended, if any, and it is removed. */
export async function testFolder(): Promise<string> {
  const dir = await temporary("longmen-embedded-");
  onTestFinished(async () => {
    await endServer(path.join(layoutOf(dir).home, "data"));
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return dir;
}

/** Ends what a test left running, the hard way. */
export async function endServer(dataDir: string): Promise<void> {
  const file = await readPostmasterFile(dataDir);
  if (file === undefined || !isAlive(file.pid)) return;
  process.kill(file.pid, "SIGQUIT");
  while (isAlive(file.pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A folder with a server that was created and stopped; a copy of one, since creating takes long. */
export async function createdFolder(template: string): Promise<string> {
  const dir = await testFolder();
  await cp(template, dir, { recursive: true, preserveTimestamps: true });
  return dir;
}

/** Makes the folder that `createdFolder` copies. */
export async function makeTemplate(): Promise<string> {
  const dir = await temporary("longmen-template-");
  const server = await startEmbedded({ dir, settings: FAST });
  await server.stop();
  return dir;
}

/** Starts in this process, fast, and stops at the end of the test. */
export async function start(options: EmbeddedOptions) {
  const server = await startEmbedded({ settings: FAST, ...options });
  onTestFinished(() => server.stop());
  return server;
}

/** Starts a node in a process of its own, as another user if asked to. */
export function startNode(
  options: EmbeddedOptions,
  as: { uid?: number; gid?: number } = {},
): TestNode {
  const script = fileURLToPath(new URL("embedded-node.ts", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify({ settings: FAST, ...options })], {
    ...as,
    cwd: "/",
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines: Record<string, unknown>[] = [];
  const arrived: (() => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const wake of arrived.splice(0)) wake();
  });
  const find = async (fits: (line: Record<string, unknown>) => boolean) => {
    for (;;) {
      const line = lines.find(fits);
      if (line !== undefined) return line;
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error("the node ended without saying it");
      await Promise.race([new Promise<void>((resolve) => arrived.push(resolve)), exited]);
    }
  };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  onTestFinished(kill);
  return {
    child,
    report: () => find((line) => "url" in line || "code" in line),
    step: async (name) => void (await find((line) => line["step"] === name)),
    kill,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

/** Runs one text on a server and answers its first row. */
export async function ask(url: string, text: string): Promise<Record<string, unknown> | undefined> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows[0];
  } finally {
    await client.end();
  }
}
