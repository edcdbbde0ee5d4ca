/** Starts, kills and pauses nodes under load. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readAcks } from "./acks.ts";

export interface NodeInput {
  readonly name: string;
  readonly url: string;
  readonly schema?: string;
  readonly book: string;
  /** Where the acknowledgement files go. */
  readonly dir: string;
  readonly faults?: string;
  readonly flood?: boolean;
  readonly callers?: number;
  /** The folder of the ledger's migrations, where they are those of a later version. */
  readonly migrations?: string;
}

export interface NodeProcess {
  readonly name: string;
  readonly acks: string;
  /** Resolves with the signal or code it ended with. */
  readonly ended: Promise<string>;
  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): void;
  /** Waits until the node has been told so many things more. */
  answered(count: number): Promise<void>;
  /** What it wrote to standard error: a node under load says nothing there. */
  complaint(): string;
}

const running = new Set<ChildProcess>();
const PATIENCE_MS = 90_000;
const LOOK_MS = 30;

export async function startNode(input: NodeInput): Promise<NodeProcess> {
  const acks = path.join(input.dir, `${input.name}.jsonl`);
  const args = [
    path.join(import.meta.dirname, "load.ts"),
    ...[
      "--url",
      input.url,
      "--schema",
      input.schema ?? "longmen",
      "--book",
      input.book,
      "--node",
      input.name,
      "--acks",
      acks,
    ],
    ...["--faults", input.faults ?? "", "--callers", String(input.callers ?? 40)],
    ...(input.flood === true ? ["--flood"] : []),
    ...(input.migrations === undefined ? [] : ["--migrations", input.migrations]),
  ];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const ended = endOf(child);
  const answered = async (count: number) => {
    const from = readAcks(acks).length;
    const until = performance.now() + PATIENCE_MS;
    while (readAcks(acks).length < from + count) {
      const over = child.exitCode !== null || child.signalCode !== null;
      if (over || performance.now() > until) {
        throw new Error(`${input.name} stopped answering${over ? " and ended" : ""}: ${complaint}`);
      }
      await sleep(LOOK_MS);
    }
  };
  return {
    name: input.name,
    acks,
    ended,
    signal: (name) => void child.kill(name),
    answered,
    complaint: () => complaint,
  };
}

/** For a run that is broken off: no node may load a database that is being stopped. */
export function killNodes(): void {
  for (const child of running) child.kill("SIGKILL");
}

async function endOf(child: ChildProcess): Promise<string> {
  running.add(child);
  await once(child, "exit");
  running.delete(child);
  return child.signalCode ?? String(child.exitCode);
}

/** Asks a node to finish, and waits until it has. */
export async function finish(node: NodeProcess): Promise<void> {
  node.signal("SIGTERM");
  const ended = await Promise.race([node.ended, sleep(PATIENCE_MS)]);
  if (ended === undefined) {
    node.signal("SIGKILL");
    throw new Error(`${node.name} did not end within ${PATIENCE_MS} ms`);
  }
  if (ended !== "0") throw new Error(`${node.name} ended with ${ended}: ${node.complaint()}`);
}
