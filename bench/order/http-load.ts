/** Buyers over HTTP: a process of its own, told its task by message. Each has one connection and one wallet. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "../../src/base/index.ts";
import { type Connection, openConnection } from "../ledger-http/connection.ts";
import { waits } from "../statistics.ts";
import { type Purchase, spreadWorkload } from "./workload.ts";

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

async function buy(task: BuyersTask): Promise<BuyersReport> {
  const workload = spreadWorkload();
  const whole = waits();
  const ofStep = { quote: waits(), place: waits(), pay: waits() };
  const all: Connection[] = [];
  for (let n = 0; n < task.buyers; n++) all.push(await openConnection(task.port));
  const startedAt = performance.now();
  const endsAt = startedAt + task.seconds * 1_000;
  let sent = 0;
  let orders = 0;
  let refused = 0;

  const ask = async (connection: Connection, step: Step, path: string, body: unknown) => {
    const text = requestOf(task, path, JSON.stringify(body));
    for (;;) {
      const sentAt = performance.now();
      const { status, body: told } = await connection.ask(text);
      const answer = told.toString("utf8");
      if (status !== 503) {
        if (status !== 201) throw new Error(`${path}: ${status} ${answer.slice(0, 300)}`);
        ofStep[step].record(performance.now() - sentAt);
        return answer;
      }
      refused += 1;
      await sleep(Number(RETRY_AFTER.exec(answer)?.[1] ?? 0));
    }
  };
  const buyOne = async (connection: Connection, { id, paymentId, buyer, lines }: Purchase) => {
    const wanted = lines.map(({ sku }) => ({ sku, quantity: "1" }));
    const quoted = await ask(connection, "quote", "quotes", { key: newId(), lines: wanted });
    const { quote } = JSON.parse(quoted) as { quote: { id: string; hash: string; total: string } };
    const { id: quoteId, hash, total } = quote;
    await ask(connection, "place", "orders", { id, buyer, quote: { id: quoteId, hash, total } });
    const parts = [{ means: "wallet", amount: total }];
    await ask(connection, "pay", `orders/${id}/payments`, { paymentId, parts });
  };
  const untilTheEnd = async (connection: Connection, buyer: number) => {
    for (;;) {
      const now = performance.now();
      const dueAt = task.rate === undefined ? now : startedAt + (sent++ / task.rate) * 1_000;
      if (dueAt > now) await sleep(dueAt - now);
      if (dueAt >= endsAt || performance.now() >= endsAt) return;
      await buyOne(connection, workload.next(buyer));
      orders += 1;
      // From when it was due: a late caller must not hide a wait (coordinated omission).
      whole.record(performance.now() - dueAt);
    }
  };

  const lag = monitorEventLoopDelay({ resolution: LAG_LOOK_MS });
  lag.enable();
  try {
    await Promise.all(all.map(untilTheEnd));
  } finally {
    lag.disable();
    for (const connection of all) connection.close();
  }
  const both = (one: ReturnType<typeof waits>) => ({
    p50Ms: one.quantile(0.5),
    p99Ms: one.quantile(0.99),
  });
  return {
    ...{ orders, refused, seconds: (performance.now() - startedAt) / 1_000, ...both(whole) },
    requests: { quote: both(ofStep.quote), place: both(ofStep.place), pay: both(ofStep.pay) },
    ownLagP99Ms: Math.max(0, lag.percentile(99) / NANOS_A_MS - LAG_LOOK_MS),
  };
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
