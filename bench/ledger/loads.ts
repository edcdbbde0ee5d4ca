/** What callers ask of a book in each case, and what the journal must hold afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import { LongmenError, newId } from "../../src/base/index.ts";
import type { Answer, Book, ChainAnswer, Request } from "../../src/ledger/index.ts";
import { Void } from "../contest.ts";
import { AMOUNT, CODE, randomWorkload, type Workload } from "./workload.ts";

/** What callers were answered; the journal must say the same. */
export interface Tally {
  /** Transfers, holds and posts carried out. */
  created: number;
  exists: number;
  refused: number;
  /** Refusals with a row of their own. */
  remembered: number;
}

export function newTally(): Tally {
  return { created: 0, exists: 0, refused: 0, remembered: 0 };
}

export interface Load {
  /** Accounts to open. Millions in some cases, so they are told one by one. */
  readonly accounts: Iterable<Opening>;
  /** One call of one caller, or several that follow from one another; answers how many transfers. */
  readonly call: (book: Book, tally: Tally) => Promise<number>;
}

export interface Opening {
  readonly path: string;
  readonly bound: bigint | "none";
  readonly asset?: string | undefined;
  /** Given from outside before the clock starts. */
  readonly stock?: bigint | undefined;
}

export const ASSET = "CNY/2";
/** Its refused holds are remembered for a window only. */
export const WINDOW_ASSET = "TICKET/0";
export const OUTSIDE = "outside";
const MUCH = 1_000_000_000_000n;
const STOCK = { path: "shop/stock", bound: 0n, stock: MUCH } as const;
const SOLD = { path: "shop/sold", bound: 0n } as const;
const sale = { asset: ASSET, debit: STOCK.path, credit: SOLD.path, amount: AMOUNT, code: CODE };

/** Takes from one account, which has enough for ever. */
export function hotLoad(): Load {
  return {
    accounts: [STOCK, SOLD],
    call: (book, tally) => create(book, tally, { id: newId(), ...sale }),
  };
}

/** The same sale with every optional field filled. */
export function wideLoad(): Load {
  const context = {
    by: "key/till-7",
    request: "4bf92f3577b34da6a3ce929d0e0e4736",
    rule: "sale@12",
  };
  const metadata = '{"till":7,"lines":[{"sku":"85123A","quantity":6}]}';
  return {
    accounts: [STOCK, SOLD],
    call: async (book, tally) => {
      const id = newId();
      const described = { reference: `order/${id}`, metadata, effectiveAt: 1_291_186_800_000 };
      return count(
        await patiently(() => book.submit({ id, ...sale, ...described }, { context })),
        tally,
      );
    },
  };
}

/** Takes from a random account and gives to another. */
export function spreadLoad(workload: Workload): Load {
  return {
    accounts: wallets(workload.accounts),
    call: (book, tally) => {
      const { debit, credit, amount, code } = workload.next();
      const paths = { debit: wallet(debit), credit: wallet(credit) };
      return create(book, tally, { id: newId(), asset: ASSET, ...paths, amount, code });
    },
  };
}

function* wallets(count: number): Generator<Opening> {
  for (let n = 1; n <= count; n++) yield { path: wallet(n), bound: MUCH };
}

function wallet(n: number): string {
  return `user/${n}/wallet`;
}

const REPEAT_SHARE = 0.1;
const REPEATABLE = 200_000;

/** Of ten calls one says again what was said before, word by word. */
export function repeatsLoad(): Load {
  const said: Request[] = [];
  let next = 0;
  return {
    accounts: [STOCK, SOLD],
    call: async (book, tally) => {
      const again =
        Math.random() < REPEAT_SHARE ? said[Math.floor(Math.random() * said.length)] : undefined;
      const request = again ?? { id: newId(), ...sale };
      const answer = await patiently(() => book.submit(request));
      if (again !== undefined && answer.status !== "exists") {
        throw new Void(`a repeat was answered ${answer.status}`);
      }
      if (again === undefined) said[next++ % REPEATABLE] = request;
      return count(answer, tally);
    },
  };
}

const REFUSED_SHARE = 0.99;

/** A sold-out rush: of a hundred calls one finds stock. Refusals are remembered for ever. */
export function refusalsLoad(): Load {
  const empty = { path: "shop/sold-out", bound: 0n };
  return {
    accounts: [STOCK, SOLD, empty],
    call: async (book, tally) => {
      const debit = Math.random() < REFUSED_SHARE ? empty.path : STOCK.path;
      return count(await patiently(() => book.submit({ id: newId(), ...sale, debit })), tally);
    },
  };
}

/** The same rush for holds whose refusals are kept in memory for a window, and write no row. */
export function windowRefusalsLoad(): Load {
  const stock = { ...STOCK, path: "tickets/stock", asset: WINDOW_ASSET };
  const empty = { path: "tickets/sold-out", bound: 0n, asset: WINDOW_ASSET };
  const held = { path: "tickets/held", bound: 0n, asset: WINDOW_ASSET };
  const hold = {
    kind: "pending",
    asset: WINDOW_ASSET,
    credit: held.path,
    timeoutMs: 900_000,
  } as const;
  return {
    accounts: [stock, empty, held],
    call: async (book, tally) => {
      const debit = Math.random() < REFUSED_SHARE ? empty.path : stock.path;
      return count(
        await patiently(() => book.submit({ ...hold, id: newId(), debit, amount: AMOUNT })),
        tally,
      );
    },
  };
}

/** Holds stock, then confirms the hold. */
export function holdConfirmLoad(): Load {
  return {
    accounts: [STOCK, SOLD],
    call: async (book, tally) => {
      const id = newId();
      const held = await create(book, tally, { kind: "pending", id, ...sale, timeoutMs: 900_000 });
      return held + (await create(book, tally, { kind: "post", id: newId(), pendingId: id }));
    },
  };
}

const ARRAY_LENGTH = 1_000;
const ATTEMPTS_MAX = 1_000;
const SHELVES = 1_000;

/** A basket: one payment, and a line for each of the other members, all or none. */
export function chainLoad(length: number): Load {
  const nth = (kind: string) => Array.from({ length: SHELVES }, (_, n) => `${kind}/${n}`);
  const [users, shelves] = [nth("user"), nth("shelf")];
  const pick = (paths: readonly string[]) => paths[Math.floor(Math.random() * SHELVES)] ?? "";
  const stocked = [...users, ...shelves].map((path) => ({ path, bound: MUCH }));
  return {
    accounts: [...stocked, { path: "shop/revenue", bound: 0n }, SOLD],
    call: async (book, tally) => {
      const chain = newId();
      const move = (debit: string, credit: string): Request => {
        return { id: newId(), asset: ASSET, debit, credit, amount: AMOUNT, code: CODE };
      };
      const lines = Array.from({ length: length - 1 }, () => move(pick(shelves), SOLD.path));
      const requests = [move(pick(users), "shop/revenue"), ...lines];
      return countChain(
        await patiently(() => book.chain({ chain, requests })),
        requests.length,
        tally,
      );
    },
  };
}

/** One caller with an array of independent sales: what the array form saves. */
export function arraysLoad(length: number): Load {
  return {
    accounts: [STOCK, SOLD],
    call: async (book, tally) => {
      const requests = Array.from({ length }, () => ({ id: newId(), ...sale }));
      for (const answer of await patiently(() => book.batch(requests))) {
        if (answer.status !== "created") throw new Void(`a sale was answered ${answer.status}`);
        tally.created++;
      }
      return length;
    },
  };
}

/** A full queue says when to come back (P7), and a caller does; its wait is part of its answer's. */
function patiently<T>(ask: () => Promise<T>): Promise<T> {
  return ask().catch((error: unknown) => askAgain(ask, error));
}

async function askAgain<T>(ask: () => Promise<T>, first: unknown): Promise<T> {
  let error = first;
  for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
    if (!(error instanceof LongmenError) || error.code !== "lane.overloaded") break;
    await sleep(Number(error.details["retryAfterMs"]));
    try {
      return await ask();
    } catch (next) {
      error = next;
    }
  }
  throw error;
}

async function create(book: Book, tally: Tally, request: Request): Promise<number> {
  const answer = await patiently(() => book.submit(request));
  if (answer.status !== "created") {
    const why = answer.status === "refused" ? answer.code : answer.status;
    throw new Void(`a ${request.kind ?? "transfer"} was answered ${why}`);
  }
  return count(answer, tally);
}

function count(answer: Answer, tally: Tally): number {
  tally[answer.status]++;
  if (answer.status === "refused" && answer.seq !== undefined) tally.remembered++;
  return 1;
}

function countChain(answer: ChainAnswer, length: number, tally: Tally): number {
  if (answer.status !== "created") {
    throw new Void(`a chain was answered ${answer.status === "refused" ? answer.code : "exists"}`);
  }
  tally.created += length;
  return length;
}

/** The loads by the name of their case, for whoever runs one alone. */
export const loads: Readonly<Record<string, () => Load>> = {
  hot: hotLoad,
  random: () => spreadLoad(randomWorkload()),
  repeats: repeatsLoad,
  refusals: refusalsLoad,
  "refusals-window": windowRefusalsLoad,
  "hold-confirm": holdConfirmLoad,
  "chain-3": () => chainLoad(3),
  "chain-20": () => chainLoad(20),
  wide: wideLoad,
  arrays: () => arraysLoad(ARRAY_LENGTH),
};
