/** Redis in the ledger's place: the peers run the very route that we ship, to its last header. */
import { newId } from "../../src/base/index.ts";
import type { Balance, Book, Created, Ledger, Posting, Request } from "../../src/ledger/index.ts";
import { startConsumer, tell, type Consumer } from "../ledger/peers/consumer.ts";
import { openStock, type Stock } from "../ledger/peers/stock.ts";
import { hotWorkload } from "../ledger/workload.ts";
import { BOOK, type ServerTask } from "./protocol.ts";

const CONNECTIONS = 2;
const CONSUMER_BATCH = 8_000;
const movement = hotWorkload().next();
const balance: Balance = {
  seq: 1,
  debitsPending: 0n,
  debitsPosted: 0n,
  creditsPending: 0n,
  creditsPosted: 0n,
  bound: 0n,
  closed: false,
};

export interface RedisLedger {
  readonly ledger: Ledger;
  readonly written: () => number;
  readonly close: () => Promise<void>;
}

export async function openRedisLedger(task: ServerTask): Promise<RedisLedger> {
  const { redisPort: port = 0, url, schema, behind } = task;
  const stock = await openStock(port, hotWorkload(), CONNECTIONS);
  const consumer =
    behind === "redis-pipeline"
      ? await startConsumer({ port, url, schema, batch: CONSUMER_BATCH })
      : undefined;
  let taken = 0;
  const submit = async (request: Request): Promise<Created> => {
    const left = await take(stock, consumer, taken);
    if (typeof left !== "number" || left < 0) throw new Error("redis refused");
    taken += 1;
    const moved = { ...balance, creditsPosted: BigInt(left) };
    return {
      status: "created",
      request,
      seq: taken,
      at: 0,
      amount: 1n,
      debit: moved,
      credit: moved,
    };
  };
  const batch = (items: readonly Posting[]) =>
    Promise.all(items.map((item) => submit(item as Request)));
  const stats = () => ({
    queued: 0,
    inFlight: 0,
    flushes: 0,
    units: 0,
    refusedFlushes: 0,
    lostConnections: 0,
    overloads: 0,
  });
  // Of a book the two routes of this benchmark use no more than this.
  const book = { name: BOOK, id: 1, submit, batch, stats } as unknown as Book;
  return {
    ledger: { book: () => Promise.resolve(book) } as unknown as Ledger,
    written: () => consumer?.written() ?? taken,
    close: async () => {
      await consumer?.stop();
      await stock.check(taken);
      stock.close();
    },
  };
}

function take(stock: Stock, consumer: Consumer | undefined, nth: number): Promise<unknown> {
  const client = stock.clients[nth % CONNECTIONS];
  if (client === undefined) throw new RangeError("no such connection");
  const { debit, amount } = movement;
  if (consumer === undefined) return stock.take(client, debit, amount);
  return stock.takeAndTell(client, debit, amount, tell(movement, newId()));
}
