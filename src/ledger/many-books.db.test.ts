import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../postgres/index.ts";
import type { Book } from "./book.ts";
import { openLedger } from "./index.ts";
import { CNY, expectVerified, openShop, pay } from "./testing/shop.ts";

/** So many books over a pool of so many connections. */
async function booksOver(poolMax: number, count: number): Promise<Book[]> {
  const { url, schema } = (await openShop()).test;
  const database = await openDatabase({ url, schema, poolMax });
  const ledger = openLedger({ database, sweep: false });
  onTestFinished(async () => {
    await ledger.close();
    expect(database.stats()).toMatchObject({ waiting: 0 });
    expect(database.stats().idle).toBe(database.stats().open);
    await database.close();
  });
  return Promise.all(Array.from({ length: count }, (_, i) => ledger.createBook(`book-${i}`)));
}

async function stock(book: Book): Promise<void> {
  const answers = await book.batch([
    { kind: "asset", asset: CNY },
    { kind: "open", path: "bank", asset: CNY, side: "debit", bound: "none" },
    { kind: "open", path: "ann", asset: CNY, side: "credit" },
  ]);
  for (const { status } of answers) expect(status).toBe("created");
}

/** Several callers without a pause, until `stop`; answers how many payments each book made. */
function keepBusy(books: readonly Book[]) {
  let isOn = true;
  const counts = books.map(() => 0);
  const calling = books.flatMap((book, place) =>
    Array.from({ length: 4 }, async (_, caller) => {
      for (let n = 0; isOn; n++) {
        const answer = await book.submit(pay(`${caller}-${n}`, "bank", "ann", 1n));
        expect(answer.status).toBe("created");
        counts[place] = (counts[place] ?? 0) + 1;
      }
    }),
  );
  const stop = async () => {
    isOn = false;
    await Promise.all(calling);
    return counts;
  };
  return { counts, stop };
}

test.each([
  [1, 1],
  [2, 2],
  [3, 4],
])(
  "reads, transactions and other books get on over a pool of %i while %i books are busy",
  async (poolMax, busyCount) => {
    const books = await booksOver(poolMax, busyCount + 1);
    const busy = books.slice(0, busyCount);
    const [first, last] = [books[0], books.at(-1)];
    if (first === undefined || last === undefined) throw new Error("there are books");
    for (const book of busy) await stock(book);
    const { counts, stop } = keepBusy(busy);
    await expect.poll(() => counts.every((count) => count > 20)).toBe(true);
    for (let round = 0; round < 5; round++) {
      expect((await first.head()).seq).toBeGreaterThan(0);
      expect(await first.resolve("never")).toBeUndefined();
    }
    await stock(last);
    const before = [...counts];
    // Nobody is left out: each goes on beside the others.
    await expect
      .poll(() => counts.every((count, place) => count > (before[place] ?? 0) + 20))
      .toBe(true);
    const post = pay("tx", "bank", "ann", 1n);
    expect(await last.tx(() => Promise.resolve({ post, value: 7 }))).toMatchObject({ value: 7 });
    await stop();
    for (const book of books) await expectVerified(book);
  },
);

test.each([
  [1, 1],
  [2, 2],
  [3, 3],
  [10, 10],
])(
  "transactions that hold all %i connections don't wait for their lanes, nor these for them",
  async (poolMax, count) => {
    const books = await booksOver(poolMax, count);
    for (const book of books) await stock(book);
    const post = pay("tx", "bank", "ann", 1n);
    const all = books.flatMap((book) => [
      book.tx(async () => {
        await sleep(50);
        return { post, value: 1 };
      }),
      sleep(20).then(() => book.submit(pay("beside", "bank", "ann", 1n))),
    ]);
    for (const answer of await Promise.allSettled(all)) expect(answer.status).toBe("fulfilled");
    for (const book of books) await expectVerified(book);
  },
);

test("a no of a look that began before the question is not believed: another node may have made the book", async () => {
  const { url, schema } = (await openShop()).test;
  const [database, others] = [
    await openDatabase({ url, schema }),
    await openDatabase({ url, schema }),
  ];
  const ledger = openLedger({ database, sweep: false });
  const other = openLedger({ database: others, sweep: false });
  onTestFinished(async () => {
    for (const each of [ledger, other]) await each.close();
    for (const each of [database, others]) await each.close();
  });
  const read = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const quick = { ...database };
  // The first answer is on its way for a while.
  const slowly: typeof database.maybe = async (statement, values) => {
    Object.assign(database, quick);
    const row = await quick.maybe(statement, values);
    read.resolve();
    await told.promise;
    return row;
  };
  Object.assign(database, { maybe: slowly });
  const before = ledger.book("late").catch((error: unknown) => error);
  await read.promise;
  await other.createBook("late");
  const after = ledger.book("late");
  told.resolve();
  expect(await before).toMatchObject({ code: "ledger.book_missing" });
  expect(await after).toMatchObject({ name: "late" });
});

test("a book is created beside those who look for it before it is there", async () => {
  const { url, schema } = (await openShop()).test;
  const database = await openDatabase({ url, schema });
  const ledger = openLedger({ database, sweep: false });
  onTestFinished(async () => {
    await ledger.close();
    await database.close();
  });
  for (let round = 0; round < 20; round++) {
    const name = `soon-${round}`;
    const before = ledger.book(name);
    const creating = ledger.ensureBook(name);
    const beside = Array.from({ length: 3 }, () => ledger.book(name));
    const looks = Promise.allSettled([before, ...beside]);
    const { book, created } = await creating;
    expect({ name: book.name, created }).toEqual({ name, created: true });
    expect((await looks)[0]).toMatchObject({ status: "rejected" });
    expect(await ledger.book(name)).toBe(book);
  }
});
