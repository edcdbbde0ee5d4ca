/**
 * A node under load, as a process of its own that a drill may kill at any instant. Every answer is
 * written to a file before anything is done with it, so that what was acknowledged is known whatever
 * happens to this process.
 */
import { appendFileSync, openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect, parseArgs } from "node:util";
import { faultsFromText, hasCode } from "../../src/base/index.ts";
import {
  type Answer,
  type Book,
  type ChainAnswer,
  type Posting,
  openLedger,
} from "../../src/ledger/index.ts";
import { openDatabase } from "../../src/postgres/index.ts";
import { isTrouble, thrownText } from "../simulate/log-book.ts";
import { Random } from "../simulate/random.ts";
import { migrateAs, withNote } from "./later-version.ts";
import { acknowledgements, type Ack } from "./acks.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    schema: { type: "string", default: "longmen" },
    book: { type: "string" },
    node: { type: "string" },
    acks: { type: "string" },
    callers: { type: "string", default: "40" },
    faults: { type: "string", default: "" },
    flood: { type: "boolean", default: false },
    migrations: { type: "string" },
  },
});
const { url = "", book: bookName = "", node = "", acks = "", faults, flood } = values;
const callers = Number(values.callers);

/** So small that a flood fills it at once. */
const FLOOD_QUEUE = 500;
const FLOOD_CALLS = 60_000;
const DEADLINE_MS = 5_000;

const file = openSync(acks, "a");
let ending = false;
let isShutOut = false;
let calls = 0;

const database = await openDatabase({ url, schema: values.schema, poolMax: 4 });
if (values.migrations !== undefined) await migrateAs(database, values.migrations);
const ledger = openLedger({
  database,
  faults: faultsFromText(faults),
  sweep: false,
  limits: flood ? { queueWeightMax: FLOOD_QUEUE } : { deadlineMs: DEADLINE_MS },
});
const book = await ledger.book(bookName);
process.on("SIGTERM", () => {
  ending = true;
});
appendFileSync(acks, `${JSON.stringify({ ready: node })}\n`);
if (flood) await floodBook(book);
else {
  const random = new Random(process.pid);
  await Promise.all(Array.from({ length: callers }, (_, index) => call(random.fork(), index)));
}
await ledger.close();
await database.close();

function write(ack: Ack): void {
  writeSync(file, `${JSON.stringify(ack)}\n`);
}

/** Asks until there is an answer or the drill ends: what is repeated keeps its id. */
async function ask(posting: Posting): Promise<Answer | ChainAnswer | undefined> {
  while (!ending) {
    try {
      const answer = await asked(posting);
      for (const ack of acknowledgements(posting, answer)) write(ack);
      return answer;
    } catch (error) {
      if (hasCode(error, "postgres.schema_newer")) tellShutOut();
      else if (!isTrouble(thrownText(error)))
        write({ wrong: `${inspect(error)} at ${inspect(posting)}` });
      await sleep(20);
    }
  }
  return undefined;
}

function asked(posting: Posting): Promise<Answer | ChainAnswer> {
  if ("requests" in posting) return book.chain(posting);
  return values.migrations === undefined ? book.submit(posting) : withNote(book, posting);
}

/** The tables are ahead of this node: nothing will be answered any more. */
function tellShutOut(): void {
  if (!isShutOut) writeSync(file, `${JSON.stringify({ shutOut: node })}\n`);
  isShutOut = true;
}

async function call(random: Random, caller: number): Promise<void> {
  const sent: Posting[] = [];
  while (!ending) {
    calls += 1;
    const id = `${node}/${caller}/${calls}`;
    const user = `user/${random.int(1, 20)}`;
    const amount = BigInt(random.int(1, 9));
    const movement = { asset: "CNY/2", debit: "stock", credit: user, amount };
    const kind = random.weighted({ transfer: 5, hold: 3, chain: 2, back: 2, repeat: 2 });
    const before = sent[random.int(0, Math.max(0, sent.length - 1))];
    if (kind === "repeat" && before !== undefined) await ask(before);
    else if (kind === "hold") await hold(random, id, movement);
    else if (kind === "chain") {
      const back = { asset: "CNY/2", debit: user, credit: "stock", amount };
      const requests = [
        { id: `${id}a`, ...movement },
        { id: `${id}b`, ...back },
        { id: `${id}c`, ...movement },
      ];
      await ask({ chain: id, requests });
    } else {
      const posting =
        kind === "back" ? { id, ...movement, debit: user, credit: "stock" } : { id, ...movement };
      sent.push(posting);
      if (sent.length > 50) sent.shift();
      await ask(posting);
    }
  }
}

async function hold(
  random: Random,
  id: string,
  movement: { asset: string; debit: string; credit: string; amount: bigint },
): Promise<void> {
  const timeoutMs = random.pick([30, 400, 60_000]);
  const answer = await ask({ kind: "pending", id, ...movement, timeoutMs });
  if (answer?.status !== "created" && answer?.status !== "exists") return;
  await sleep(random.int(0, 60));
  const end = random.weighted({ post: 4, void: 3, leave: 1 });
  if (end !== "leave") await ask({ kind: end, id: `${id}/${end}`, pendingId: id });
}

/** Calls far more often than the queue is long, without waiting: most must be sent away at once. */
async function floodBook(book: Book): Promise<void> {
  const startRss = process.memoryUsage().rss;
  let peakRss = startRss;
  let overloaded = 0;
  let other = 0;
  const asking = new Set<Promise<void>>();
  for (let index = 0; index < FLOOD_CALLS; index++) {
    const id = `${node}/flood/${index}`;
    const posting = { id, asset: "CNY/2", debit: "stock", credit: "user/1", amount: 1n };
    const asked = book.submit(posting).then(
      (answer) => {
        for (const ack of acknowledgements(posting, answer)) write(ack);
      },
      (error: unknown) => {
        const isOverload =
          error instanceof Error && "code" in error && error.code === "lane.overloaded";
        if (isOverload) overloaded += 1;
        else other += 1;
        if (isOverload) write({ id, status: "overloaded" });
      },
    );
    asking.add(asked);
    void asked.finally(() => asking.delete(asked));
    if (index % 2_000 === 0) {
      peakRss = Math.max(peakRss, process.memoryUsage().rss);
      await sleep(5);
    }
  }
  await Promise.all(asking);
  write({ flooded: { calls: FLOOD_CALLS, overloaded, other, startRss, peakRss } });
}
