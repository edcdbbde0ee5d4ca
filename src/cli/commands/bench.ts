/** `longmen bench`: how fast is the ledger on this machine and this database? */
import { newId } from "../../base/index.ts";
import { type Book, type Ledger, openLedger, type Request } from "../../ledger/index.ts";
import { withScratch } from "../../postgres/index.ts";
import { type Command, type CommandContext, jsonOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { bookRooms, openStore } from "../open-house.ts";
import { barText } from "../terminal.ts";
import { table } from "../table.ts";
import { wholeOption } from "../read-options.ts";

const SECONDS_DEFAULT = 5;
const SECONDS_MAX = 600;
const CALLERS_DEFAULT = 2_000;
const CALLERS_MAX = 20_000;
const SPREAD_ACCOUNTS = 10_000;
const ASSET = "CNY/2";
const OPEN_AT_ONCE = 2_000;
const BAR_MS = 200;

export const bench: Command = {
  name: "bench",
  summary: "measure the ledger on this database, in tables of its own",
  help: `
Makes a schema of its own on the database of the house, sells as fast as it
goes, verifies what was booked, drops the schema. Each caller awaits its answer
before its next sale. \`hot\`: all take from one account; \`spread\`: from any of
${SPREAD_ACCOUNTS.toLocaleString("en")}. It shares the server with whoever else uses it just now.

  longmen bench
  longmen bench --seconds 30 --callers 8000 --json
  longmen bench --database-url postgres://…   how fast would it be there?`,
  options: [
    { name: "seconds", value: "N", doc: `how long each load lasts; ${SECONDS_DEFAULT}` },
    { name: "callers", value: "N", doc: `who sells at the same time; ${CALLERS_DEFAULT}` },
    jsonOption,
  ],
  stopped: "the tables were dropped",
  async run(context) {
    const limits = { command: "bench", least: 1 };
    const seconds =
      wholeOption(context, "seconds", { ...limits, most: SECONDS_MAX }) ?? SECONDS_DEFAULT;
    const callers =
      wholeOption(context, "callers", { ...limits, most: CALLERS_MAX }) ?? CALLERS_DEFAULT;
    const store = await openStore(context, { beside: true });
    const { url, log } = store;
    try {
      const measured = await withScratch({ url, log }, bookRooms, async (database) => {
        const ledger = openLedger({ database, log, sweep: false });
        try {
          return await measureAll(context, ledger, { seconds, callers });
        } finally {
          await ledger.close();
        }
      });
      context.terminal.answer(
        context.options["json"] === true
          ? JSON.stringify({ callers, loads: measured })
          : textOf(measured),
      );
      return measured.every(({ verified }) => verified) ? exitCodes.done : exitCodes.wrong;
    } finally {
      await store.close();
    }
  },
};

interface Wish {
  readonly seconds: number;
  readonly callers: number;
}

interface Measured {
  readonly load: string;
  readonly transfers: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly verified: boolean;
}

async function measureAll(
  context: CommandContext,
  ledger: Ledger,
  wish: Wish,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [load, accounts] of [
    ["hot", 1],
    ["spread", SPREAD_ACCOUNTS],
  ] as const) {
    const book = await ledger.createBook(load);
    await furnish(book, accounts);
    measured.push({ load, ...(await sell(context, { book, load, accounts }, wish)) });
  }
  return measured;
}

async function furnish(book: Book, accounts: number): Promise<void> {
  const requests: Request[] = [
    { kind: "asset", asset: ASSET },
    { kind: "open", path: "sold", asset: ASSET, side: "credit" },
  ];
  for (let n = 0; n < accounts; n++) {
    requests.push({
      kind: "open",
      path: `stock/${n}`,
      asset: ASSET,
      side: "credit",
      bound: "none",
    });
  }
  for (let from = 0; from < requests.length; from += OPEN_AT_ONCE) {
    await book.batch(requests.slice(from, from + OPEN_AT_ONCE));
  }
}

interface Load {
  readonly book: Book;
  readonly load: string;
  readonly accounts: number;
}

async function sell(
  { terminal, signal }: CommandContext,
  { book, load, accounts }: Load,
  { seconds, callers }: Wish,
): Promise<Omit<Measured, "load">> {
  const waits: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  const caller = async (): Promise<void> => {
    for (let now = performance.now(); now < endsAt;) {
      signal.throwIfAborted();
      const debit = `stock/${Math.floor(Math.random() * accounts)}`;
      await book.submit({ id: newId(), asset: ASSET, debit, credit: "sold", amount: 1n });
      const after = performance.now();
      waits.push(after - now);
      now = after;
    }
  };
  const bar = setInterval(() => {
    const done = Math.min(seconds, (performance.now() - startedAt) / 1_000);
    terminal.bar(barText(load, done, seconds, `${waits.length.toLocaleString("en")} transfers`));
  }, BAR_MS);
  try {
    await Promise.all(Array.from({ length: callers }, caller));
  } finally {
    clearInterval(bar);
    terminal.bar(undefined);
  }
  const elapsed = (performance.now() - startedAt) / 1_000;
  const sold = await book.account("sold", ASSET);
  const isAll = sold?.balance.creditsPosted === BigInt(waits.length);
  const { verified } = await book.verify({ signal });
  const sorted = Float64Array.from(waits).sort();
  return {
    transfers: waits.length,
    perSecond: Math.round(waits.length / elapsed),
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    verified: verified && isAll,
  };
}

function quantile(sorted: Float64Array, share: number): number {
  const wait = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Math.round(wait * 10) / 10;
}

function textOf(measured: readonly Measured[]): string {
  const columns = [
    { title: "load" },
    { title: "transfers/s", align: "right" },
    { title: "p50 ms", align: "right" },
    { title: "p99 ms", align: "right" },
    { title: "books" },
  ] as const;
  return table(
    columns,
    measured.map(({ load, perSecond, p50Ms, p99Ms, verified }) => [
      load,
      perSecond.toLocaleString("en"),
      String(p50Ms),
      String(p99Ms),
      verified ? "verified" : "WRONG",
    ]),
  );
}
