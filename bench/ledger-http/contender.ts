/** A round over HTTP: a fresh schema, a server process, a load process, and a count of what is there. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Void, type Contender, type Round } from "../contest.ts";
import { checkBook } from "../ledger/check.ts";
import { hotLoad, newTally } from "../ledger/loads.ts";
import { openNode, prepare } from "../ledger/ours.ts";
import { countRows, withTables } from "../ledger/tables.ts";
import type {
  Behind,
  LoadReport,
  LoadTask,
  ServerReady,
  ServerSettled,
  ServerState,
  ServerTask,
} from "./protocol.ts";

const SERVER = fileURLToPath(new URL("server-process.ts", import.meta.url));
const LOAD = fileURLToPath(new URL("load-process.ts", import.meta.url));
const SCHEMA = "bench_http";
const WARM_UP_SECONDS = 1;
const DRAIN_MAX_MS = 60_000;
const END_MAX_MS = 5_000;

export interface HttpWorld {
  readonly url: string;
  readonly redisPort: number | undefined;
  /** For the log of the server. */
  readonly scratch: string;
}

/** A server with load on it, as the cases see it. */
export interface Site {
  load(task: Omit<LoadTask, "port" | "token">): Promise<LoadReport>;
  state(): Promise<ServerState>;
  settled(): Promise<ServerSettled>;
  /** Works while so many idle connections are open. */
  beside<T>(idle: number, work: () => Promise<T>): Promise<T>;
}

/** What a case does with a server that is up and warm. */
export type Act = (site: Site, seconds: number) => Promise<Round>;

export function httpContender(
  world: HttpWorld,
  behind: Behind,
  act: Act,
  name: string = behind,
): Contender {
  return {
    name,
    round: (seconds) => withTables(world.url, SCHEMA, () => roundOf(world, behind, act, seconds)),
  };
}

async function roundOf(world: HttpWorld, behind: Behind, act: Act, seconds: number) {
  const { url } = world;
  if (behind !== "longmen") {
    return onServer(world, behind, async (site, created) => {
      const round = await act(site, seconds);
      const drainingAt = performance.now();
      await drained(site, created);
      const waited = (performance.now() - drainingAt) / 1_000;
      if (behind === "redis-pipeline") {
        const rows = await countRows(url, `${SCHEMA}.ledger_entry`);
        if (rows !== created()) throw new Void(`${behind}: ${created()} told, ${rows} there`);
      }
      return { ...round, seconds: round.seconds + waited };
    });
  }
  const node = await openNode(url, SCHEMA);
  try {
    const book = { url, schema: SCHEMA, book: node.book };
    const before = await prepare(book, hotLoad());
    const told = { count: 0 };
    const round = await onServer(world, behind, async (site, created) => {
      const done = await act(site, seconds);
      told.count = created();
      return done;
    });
    const tally = { ...newTally(), created: told.count };
    await checkBook(url, SCHEMA, { book: node.book, before, tally });
    return round;
  } finally {
    await node.close();
  }
}

/** The clock of a peer stops when its consumer has written what was answered. */
async function drained(site: Site, created: () => number): Promise<void> {
  const until = performance.now() + DRAIN_MAX_MS;
  while ((await site.state()).written < created()) {
    if (performance.now() > until) throw new Void("the stream was not drained");
    await sleep(1);
  }
}

async function onServer<T>(
  { url, redisPort, scratch }: HttpWorld,
  behind: Behind,
  work: (site: Site, created: () => number) => Promise<T>,
): Promise<T> {
  mkdirSync(scratch, { recursive: true });
  const log = openSync(join(scratch, "http-server.log"), "w");
  const child = spawn(process.execPath, [SERVER], { stdio: ["ignore", "ignore", log, "ipc"] });
  closeSync(log);
  let created = 0;
  try {
    const task: ServerTask = { behind, url, schema: SCHEMA, redisPort };
    const ready = await told<ServerReady>(child, task);
    const site: Site = {
      load: async (asked) => {
        const report = await generate({ ...asked, ...ready });
        created += report.created;
        return report;
      },
      state: () => told<ServerState>(child, "state"),
      settled: () => told<ServerSettled>(child, "settled"),
      beside: (idle, during) =>
        withLoad({ idle, connections: 0, seconds: 0, batch: 1, ...ready }, during),
    };
    await site.load({ connections: 50, seconds: WARM_UP_SECONDS, batch: 1 });
    const answer = await work(site, () => created);
    await told(child, "close");
    return answer;
  } finally {
    await ended(child);
  }
}

const generate = (task: LoadTask): Promise<LoadReport> =>
  withLoad(task, (report) => Promise.resolve(report as LoadReport));

/** A load process lives until the work with what it answered is done. */
async function withLoad<T>(task: LoadTask, work: (answer: unknown) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [LOAD], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  try {
    return await work(await told(child, task));
  } finally {
    await ended(child);
  }
}

type Answered<T> = { readonly answer: T } | { readonly failed: string };

/** Sends a process a message and awaits its answer; one at a time. */
function told<T>(child: ChildProcess, message: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Void(`a process ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (answered: Answered<T>) => {
      child.off("exit", onExit);
      if ("failed" in answered) reject(new Void(answered.failed));
      else resolve(answered.answer);
    });
    child.send(message as object);
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  // Both end when nobody is there any more to tell them what to do.
  if (child.connected) child.disconnect();
  const patience = setTimeout(() => child.kill("SIGKILL"), END_MAX_MS);
  await exit;
  clearTimeout(patience);
}
