/** The load generator: a process of its own, told its task by message. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "../../src/base/index.ts";
import { waits, type Waits } from "../statistics.ts";
import { type Connection, openConnection } from "./connection.ts";
import { BOOK, type LoadReport, type LoadTask } from "./protocol.ts";

const CREATED = Buffer.from('"status":"created"');
const OPEN_AT_ONCE = 100;
const RETRY_AFTER = /"retryAfterMs":(\d+)/;
/** The finest that Node's own measure of lateness looks. */
const LAG_LOOK_MS = 1;
const NANOS_A_MS = 1e6;

interface Run {
  readonly task: LoadTask;
  readonly waited: Waits;
  readonly startedAt: number;
  readonly endsAt: number;
  created: number;
  refused: number;
  /** By the clock: how many requests should have been sent by now less those that were. */
  sent: number;
}

async function load(task: LoadTask): Promise<LoadReport> {
  const idle = await openIdle(task);
  const connections = await openAll(task.port, task.connections);
  const startedAt = performance.now();
  const endsAt = startedAt + task.seconds * 1_000;
  const run: Run = { task, waited: waits(), startedAt, endsAt, created: 0, refused: 0, sent: 0 };
  const lag = monitorEventLoopDelay({ resolution: LAG_LOOK_MS });
  lag.enable();
  try {
    await Promise.all(connections.map((connection) => askUntilTheEnd(run, connection)));
  } finally {
    lag.disable();
    for (const connection of [...idle, ...connections]) connection.close();
  }
  return {
    created: run.created,
    refused: run.refused,
    seconds: (performance.now() - startedAt) / 1_000,
    p50Ms: run.waited.quantile(0.5),
    p99Ms: run.waited.quantile(0.99),
    ownLagP99Ms: Math.max(0, lag.percentile(99) / NANOS_A_MS - LAG_LOOK_MS),
  };
}

/** Opens connections, each of which has been used once. Closed by the end of the process at the latest. */
async function openIdle({ port, idle = 0 }: LoadTask): Promise<Connection[]> {
  const all = await openAll(port, idle);
  for (const connection of all) await connection.ask(ALIVE);
  return all;
}

const ALIVE = "GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";

async function openAll(port: number, count: number): Promise<Connection[]> {
  const all: Connection[] = [];
  while (all.length < count) {
    const some = Math.min(OPEN_AT_ONCE, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: some }, () => openConnection(port)))));
  }
  return all;
}

async function askUntilTheEnd(run: Run, connection: Connection): Promise<void> {
  const { task, waited } = run;
  const ask = requestsOf(task);
  for (;;) {
    const dueAt = await turnOf(run);
    if (dueAt >= run.endsAt || performance.now() >= run.endsAt) return;
    const sentAt = performance.now();
    const { status, body } = await connection.ask(ask());
    if (status === 503 && task.refusable === true) {
      run.refused += 1;
      if (task.rate === undefined)
        await sleep(Number(RETRY_AFTER.exec(body.toString("latin1"))?.[1] ?? 0));
      continue;
    }
    const created = countCreated(body);
    if (status >= 300 || created !== task.batch)
      throw new Error(`${status}: ${body.toString("utf8", 0, 300)}`);
    run.created += created;
    // From when it was due: a late caller must not hide a wait (coordinated omission). Where more is
    // asked than can be answered, what waits before it is sent is no wait of the server's.
    waited.record(performance.now() - (task.refusable === true ? sentAt : dueAt));
  }
}

/** When the next request is due: now, or by the clock when a rate is asked for. */
async function turnOf(run: Run): Promise<number> {
  const now = performance.now();
  const { rate } = run.task;
  if (rate === undefined) return now;
  const dueAt = run.startedAt + (run.sent++ / rate) * 1_000;
  if (dueAt > now) await sleep(dueAt - now);
  return dueAt;
}

/** The next one is usually as far away as the last one was; looking there first saves the way. */
function countCreated(body: Buffer): number {
  let count = 0;
  let stride = 0;
  for (let at = body.indexOf(CREATED); at >= 0; count += 1) {
    const guess = at + stride;
    const next = stride > 0 && isCreatedAt(body, guess) ? guess : body.indexOf(CREATED, at + 1);
    stride = next - at;
    at = next;
  }
  return count;
}

function isCreatedAt(body: Buffer, at: number): boolean {
  for (let i = 0; i < CREATED.length; i++) if (body[at + i] !== CREATED[i]) return false;
  return true;
}

/** Makes requests that differ in their ids only, as callers of one shop's do. */
function requestsOf({ batch, token, minimal }: LoadTask): () => string {
  const route = batch === 1 ? "transfers" : "batches";
  const head = [
    `POST /v1/books/${BOOK}/${route} HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    ...(minimal === true ? ["prefer: return=minimal"] : []),
  ].join("\r\n");
  const rest = `","asset":"CNY/2","debit":"shop/stock","credit":"shop/sold","amount":"1","code":1}`;
  const one = () => `{"id":"${newId()}${rest}`;
  const body =
    batch === 1 ? one : () => `{"items":[${Array.from({ length: batch }, one).join(",")}]}`;
  return () => {
    const text = body();
    return `${head}\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
  };
}

/** Without connections of its own it only opens the idle ones, and keeps them for as long as it is. */
const workOf = (task: LoadTask): Promise<LoadReport | number> =>
  task.connections === 0 ? openIdle(task).then(({ length }) => length) : load(task);

process.once("message", (task: LoadTask) => {
  workOf(task).then(
    (report) => process.send?.({ answer: report }),
    (error: Error) => process.send?.({ failed: error.message }),
  );
});
process.on("disconnect", () => process.exit());
