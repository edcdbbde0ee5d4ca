/** Buyers over HTTP: a process of its own, told its task by message. Each has one connection and one wallet. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "../../src/base/index.ts";
import { type Connection, openConnection } from "../ledger-http/connection.ts";
import { type Waits, waits } from "../statistics.ts";
import { type Purchase, spreadWorkload, type Workload } from "./workload.ts";

export interface BuyersTask {
  readonly port: number;
  readonly token: string;
  readonly book: string;
  readonly buyers: number;
  readonly seconds: number;
  /** Orders a second over all buyers; as many as are answered when left out. */
  readonly rate?: number | undefined;
}

export interface BuyersReport {
  readonly orders: number;
  readonly seconds: number;
  /** Requests that were turned away, and asked again when the answer said. */
  readonly refused: number;
  /** From when an order was due until it was paid. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of each of its requests. */
  readonly requests: Readonly<Record<Step, { readonly p50Ms: number; readonly p99Ms: number }>>;
  /** How late this process itself was. */
  readonly ownLagP99Ms: number;
}

const STEPS = ["quote", "place", "pay"] as const;
export type Step = (typeof STEPS)[number];

const RETRY_AFTER = /"retryAfterMs":(\d+)/;
const NANOS_A_MS = 1e6;
/** The finest that Node's own measure of lateness looks. */
const LAG_LOOK_MS = 1;

interface Run {
  readonly task: BuyersTask;
  readonly workload: Workload;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly whole: Waits;
  readonly ofStep: Readonly<Record<Step, Waits>>;
  /** By the clock: how many orders should have been begun by now. */
  sent: number;
  orders: number;
  refused: number;
}

async function buy(task: BuyersTask): Promise<BuyersReport> {
  const all: Connection[] = [];
  for (let n = 0; n < task.buyers; n++) all.push(await openConnection(task.port));
  const startedAt = performance.now();
  const run: Run = {
    ...{ task, workload: spreadWorkload(), startedAt, endsAt: startedAt + task.seconds * 1_000 },
    ...{ whole: waits(), ofStep: { quote: waits(), place: waits(), pay: waits() } },
    ...{ sent: 0, orders: 0, refused: 0 },
  };
  const lag = monitorEventLoopDelay({ resolution: LAG_LOOK_MS });
  lag.enable();
  try {
    await Promise.all(all.map((connection, buyer) => buyUntilTheEnd(run, connection, buyer)));
  } finally {
    lag.disable();
    for (const connection of all) connection.close();
  }
  const { orders, refused, whole, ofStep } = run;
  return {
    ...{ orders, refused, seconds: (performance.now() - startedAt) / 1_000, ...told(whole) },
    requests: { quote: told(ofStep.quote), place: told(ofStep.place), pay: told(ofStep.pay) },
    ownLagP99Ms: Math.max(0, lag.percentile(99) / NANOS_A_MS - LAG_LOOK_MS),
  };
}

const told = (waited: Waits) => ({ p50Ms: waited.quantile(0.5), p99Ms: waited.quantile(0.99) });

async function buyUntilTheEnd(run: Run, connection: Connection, buyer: number): Promise<void> {
  const { task, startedAt, endsAt } = run;
  for (;;) {
    const now = performance.now();
    const dueAt = task.rate === undefined ? now : startedAt + (run.sent++ / task.rate) * 1_000;
    // Nobody waits for a turn that comes after the end: the clock would wait with him.
    if (dueAt >= endsAt) return;
    if (dueAt > now) await sleep(dueAt - now);
    if (performance.now() >= endsAt) return;
    await buyOne(run, connection, run.workload.next(buyer));
    run.orders += 1;
    // From when it was due: a late caller must not hide a wait (coordinated omission).
    run.whole.record(performance.now() - dueAt);
  }
}

async function buyOne(run: Run, connection: Connection, purchase: Purchase): Promise<void> {
  const { id, paymentId, buyer } = purchase;
  const lines = purchase.lines.map(({ sku }) => ({ sku, quantity: "1" }));
  const quoted = await ask(run, connection, "quote", "quotes", { key: newId(), lines });
  const { quote } = JSON.parse(quoted) as { quote: { id: string; hash: string; total: string } };
  const { id: quoteId, hash, total } = quote;
  const placed = { id, buyer, quote: { id: quoteId, hash, total } };
  await ask(run, connection, "place", "orders", placed);
  const parts = [{ means: "wallet", amount: total }];
  await ask(run, connection, "pay", `orders/${id}/payments`, { paymentId, parts });
}

/** What is turned away is asked again when the answer says. */
async function ask(run: Run, connection: Connection, step: Step, path: string, body: unknown) {
  const text = requestOf(run.task, path, JSON.stringify(body));
  for (;;) {
    const sentAt = performance.now();
    const { status, body: bytes } = await connection.ask(text);
    const answer = bytes.toString("utf8");
    if (status === 201) {
      run.ofStep[step].record(performance.now() - sentAt);
      return answer;
    }
    if (status !== 503) throw new Error(`${path}: ${status} ${answer.slice(0, 300)}`);
    run.refused += 1;
    await sleep(Number(RETRY_AFTER.exec(answer)?.[1] ?? 0));
  }
}

function requestOf({ token, book }: BuyersTask, path: string, body: string): string {
  return [
    `POST /v1/books/${book}/${path} HTTP/1.1`,
    "host: 127.0.0.1",
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

process.once("message", (task: BuyersTask) => {
  buy(task).then(
    (answer) => process.send?.({ answer }),
    (error: Error) => process.send?.({ failed: error.stack ?? error.message }),
  );
});
process.on("disconnect", () => process.exit());
