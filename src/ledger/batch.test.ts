import * as fc from "fast-check";
import { expect, test } from "vitest";
import { asset as readAsset } from "../base/index.ts";
import { emptyBalance } from "./account.ts";
import { Batch } from "./batch.ts";
import type { Posting } from "./book.ts";
import { decidePosting } from "./decide-posting.ts";
import { DueHolds } from "./due-holds.ts";
import { expireDue } from "./expire-due.ts";
import { ABSENT, type Account, BookMemory, MEMORY_LIMITS } from "./memory.ts";
import type { Request } from "./transfer.ts";

const CNY = "CNY/2";
const NEW = "NEW/0";
const PATHS = ["a", "b", "c", "new-1", "new-2"];
const IDS = Array.from({ length: 14 }, (_, i) => `id-${i}`);
const AT = Date.UTC(2026, 0, 1);

/** A book of which everything that the requests can name is known: three accounts, the rest absent. */
function knownBook(): BookMemory {
  const memory = new BookMemory(MEMORY_LIMITS);
  const asset = { number: 1, asset: readAsset(CNY), refusals: "window", definedAt: 0 } as const;
  memory.assets.set(CNY, asset);
  memory.assets.set(NEW, ABSENT);
  PATHS.forEach((path, place) => {
    memory.setAccount(path, NEW, ABSENT);
    if (path.startsWith("new")) return memory.setAccount(path, CNY, ABSENT);
    const number = 2 + place;
    const openingBound = path === "a" ? "none" : 50n;
    const account: Account = {
      number,
      path,
      asset,
      side: path === "a" ? "debit" : "credit",
      openedAt: 0,
      openingBound,
      balance: emptyBalance(number, openingBound),
      touchedIn: 0,
      firstSeq: number,
    };
    memory.setAccount(path, CNY, account);
  });
  return memory;
}

/** Whatever an answer may depend on, by value. */
function beliefs(memory: BookMemory) {
  return {
    assets: [CNY, NEW].map((code) => memory.assets.get(code)),
    balances: [CNY, NEW].flatMap((code) =>
      PATHS.map((path) => {
        const account = memory.account(path, code);
        return typeof account === "object" ? { ...account.balance } : account;
      }),
    ),
    ids: IDS.map((id) => memory.row(id)),
    chains: IDS.map((id) => memory.chains.get(id)),
    holds: IDS.map((id) => {
      const hold = memory.holds.get(id);
      // Absent was known, unknown will be asked: the same answer by another way.
      return typeof hold === "object" ? { ...hold } : undefined;
    }),
  };
}

const id = fc.constantFrom(...IDS);
const path = fc.constantFrom(...PATHS);
const asset = fc.constantFrom(CNY, CNY, CNY, NEW);
const amount = fc.bigInt({ min: 0n, max: 80n });
const movement = { id, asset, debit: path, credit: path, amount };

const request: fc.Arbitrary<Request> = fc.oneof(
  { arbitrary: fc.record(movement), weight: 4 },
  {
    arbitrary: fc.record({
      ...movement,
      kind: fc.constant("pending" as const),
      timeoutMs: fc.constantFrom(undefined, 10, 5_000),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constantFrom("post", "void"), id, pendingId: id }), weight: 3 },
  fc.record({
    kind: fc.constant("open" as const),
    path,
    asset,
    side: fc.constantFrom("debit", "credit"),
  }),
  fc.record({ kind: fc.constantFrom("close", "reopen"), id, path, asset }),
  fc.record({ kind: fc.constant("bound" as const), id, path, asset, bound: amount }),
  fc.record({ kind: fc.constant("asset" as const), asset }),
);
const posting: fc.Arbitrary<Posting> = fc.oneof(
  { arbitrary: request, weight: 3 },
  {
    arbitrary: fc.record({
      chain: id,
      requests: fc.array(request, { minLength: 1, maxLength: 5 }),
    }),
    weight: 1,
  },
);
const postings = fc.array(posting, { maxLength: 25 });

interface Line {
  readonly memory: BookMemory;
  readonly due: DueHolds;
}

/**
 * What a read finds of ids and holds that memory does not know: nothing. Not even of those that the
 * open batch has booked, since they are not written yet.
 */
function readHolds(memory: BookMemory): void {
  memory.isUnsure = false;
  for (const each of IDS) {
    memory.sought.add(each);
    if (memory.holds.get(each) === undefined) memory.holds.set(each, ABSENT);
  }
}

/** Decides a batch behind `seq`, as the engine does, and answers what can take it back. */
function decideBatch(
  { memory, due }: Line,
  seq: number,
  at: number,
  all: readonly Posting[],
): Batch {
  const batch = new Batch(memory, at, { seq, sweptUntil: at });
  expect(expireDue(memory, due, batch)).toBe("ready");
  for (const each of all) {
    const before = beliefs(memory);
    const decided = decidePosting(memory, batch, each, undefined);
    if (decided !== undefined) continue;
    // Something must be read first: then nothing has changed, in the middle of a chain neither.
    expect(beliefs(memory)).toEqual(before);
    readHolds(memory);
    expect(decidePosting(memory, batch, each, undefined)).toBeDefined();
  }
  for (const { id, seq, expiresAt } of batch.holds) {
    if (expiresAt !== undefined) due.add({ id, seq, expiresAt });
  }
  return batch;
}

function newLine(): Line {
  const due = new DueHolds();
  due.extend([], undefined);
  return { memory: knownBook(), due };
}

test("what was decided and taken back leaves memory as it was, over two batches in flight", () => {
  let carriedOut = 0;
  fc.assert(
    fc.property(postings, postings, postings, (settled, first, second) => {
      const line = newLine();
      const done = decideBatch(line, 10, AT, settled);
      const before = beliefs(line.memory);
      const one = decideBatch(line, done.seq, AT + 20, first);
      const between = beliefs(line.memory);
      const two = decideBatch(line, one.seq, AT + 40, second);
      carriedOut += one.rows.length + two.rows.length;
      two.undo();
      expect(beliefs(line.memory)).toEqual(between);
      one.undo();
      expect(beliefs(line.memory)).toEqual(before);
    }),
    { numRuns: 300 },
  );
  expect(carriedOut).toBeGreaterThan(1_000);
});

test("what was taken back is decided again as it was the first time", () => {
  fc.assert(
    fc.property(postings, postings, (settled, all) => {
      const line = newLine();
      const done = decideBatch(line, 10, AT, settled);
      const attempt = () => {
        const batch = decideBatch(line, done.seq, AT + 20, all);
        const { touched, seq } = batch;
        const balances = touched.map((account) => [
          account.path,
          account.firstSeq,
          account.balance,
        ]);
        const told = {
          rows: structuredClone(batch.rows),
          seq,
          balances: structuredClone(balances),
        };
        return { batch, told };
      };
      const first = attempt();
      first.batch.undo();
      const again = attempt();
      expect(again.told).toEqual(first.told);
    }),
    { numRuns: 200 },
  );
});

test("every row has its own seq, in order, and every touched account its first and last", () => {
  fc.assert(
    fc.property(postings, (all) => {
      const line = newLine();
      const batch = decideBatch(line, 10, AT, all);
      expect(batch.seq).toBe(10 + batch.rows.length);
      const seqs = batch.rows.map(({ seq }) => seq);
      expect(seqs).toEqual(batch.rows.map((_, place) => 11 + place));
      expect(new Set(batch.touched).size).toBe(batch.touched.length);
      for (const account of batch.touched) {
        expect(account.firstSeq).toBeGreaterThan(10);
        expect(account.balance.seq).toBeGreaterThanOrEqual(account.firstSeq);
        expect(account.balance.seq).toBeLessThanOrEqual(batch.seq);
      }
    }),
  );
});
