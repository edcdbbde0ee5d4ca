import { expect, test } from "vitest";
import { postgresMigrations } from "../postgres/index.ts";
import { testDatabase } from "../postgres/testing.ts";
import type { Book } from "./book.ts";
import { ledgerMigrations, openLedger, type Request } from "./index.ts";

const CNY = "CNY/2";

async function bookWith(
  paths: readonly string[],
): Promise<{ book: Book; end: () => Promise<void> }> {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const ledger = openLedger({ database, sweep: false });
  const book = await ledger.createBook("shop");
  const opening: Request[] = [
    { kind: "asset", asset: CNY },
    { kind: "open", path: "bank", asset: CNY, side: "debit", bound: "none" },
    ...paths.map((path) => ({ kind: "open", path, asset: CNY, side: "credit" }) as const),
  ];
  for (const answer of await book.batch(opening)) expect(answer.status).toBe("created");
  return { book, end: () => ledger.close() };
}

const pay = (id: string, credit: string, amount: bigint): Request => {
  return { id, asset: CNY, debit: "bank", credit, amount };
};

test("the tree tells each child once, though 'a-b' sorts between 'a' and 'a/b'", async () => {
  const { book, end } = await bookWith(["a", "a-b", "a-b/c", "a.z/q", "a/b", "a/b/c", "a0", "b/x"]);
  await book.batch([pay("t1", "a", 1n), pay("t2", "a/b", 10n), pay("t3", "a/b/c", 100n)]);
  const { items } = await book.tree({});
  expect(items.map(({ path, hasChildren }) => [path, hasChildren])).toEqual([
    ["a", true],
    ["a-b", true],
    ["a.z", true],
    ["a0", false],
    ["b", true],
    ["bank", false],
  ]);
  expect(items[0]?.sums).toMatchObject([{ asset: CNY, accounts: 3, creditsPosted: 111n }]);
  const below = await book.tree({ prefix: "a" });
  expect(below.items.map(({ path }) => path)).toEqual(["a/b"]);
  expect(below.items[0]?.sums).toMatchObject([{ accounts: 2, creditsPosted: 110n }]);
  await end();
});

test("the tree's pages join without a gap, and a cursor made by hand stays under its prefix", async () => {
  const { book, end } = await bookWith(["a", "a-b", "a/b", "m/1", "m/2", "m/3", "z/9"]);
  const paths: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await book.tree({}, { limit: 1, cursor });
    paths.push(...page.items.map(({ path }) => path));
    cursor = page.cursor;
  } while (cursor !== undefined && paths.length < 20);
  expect(paths).toEqual(["a", "a-b", "bank", "m", "z"]);
  const first = await book.tree({ prefix: "m" }, { limit: 1 });
  const [print] = JSON.parse(Buffer.from(first.cursor ?? "", "base64url").toString()) as string[];
  const forged = Buffer.from(JSON.stringify([print, "a"])).toString("base64url");
  await expect(book.tree({ prefix: "m" }, { cursor: forged })).rejects.toMatchObject({
    code: "ledger.cursor_malformed",
  });
  await end();
});

test("a statement's lines lead from its opening to its closing balance, across pages", async () => {
  const { book, end } = await bookWith(["wallet", "other"]);
  await book.submit(pay("t1", "wallet", 5n));
  await book.submit(pay("t2", "other", 7n));
  await book.submit({ ...pay("h1", "wallet", 20n), kind: "pending" } as Request);
  await book.submit({ id: "p1", kind: "post", pendingId: "h1", amount: 15n });
  const whole = await book.statement({ path: "wallet", asset: CNY });
  expect(whole.opening).toMatchObject({ seq: 0, creditsPosted: 0n });
  expect(
    whole.lines.map(({ entry, balance }) => [
      entry.id.length > 3 ? entry.kind : entry.id,
      balance.creditsPosted,
      balance.creditsPending,
    ]),
  ).toEqual([
    ["open", 0n, 0n],
    ["t1", 5n, 0n],
    ["h1", 5n, 20n],
    ["p1", 20n, 0n],
  ]);
  expect(whole.closing).toEqual(whole.lines.at(-1)?.balance);
  const first = await book.statement({ path: "wallet", asset: CNY }, { limit: 2 });
  const rest = await book.statement({ path: "wallet", asset: CNY }, { cursor: first.cursor });
  expect([...first.lines, ...rest.lines]).toEqual(whole.lines);
  await expect(book.statement({ path: "nobody", asset: CNY })).rejects.toMatchObject({
    code: "ledger.account_not_found",
  });
  await end();
});

test("books and assets are listed by name, in pages", async () => {
  const { database } = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const ledger = openLedger({ database, sweep: false });
  for (const name of ["b", "a/2", "a/1"]) await ledger.createBook(name);
  const first = await ledger.books({ limit: 2 });
  const rest = await ledger.books({ cursor: first.cursor });
  expect([...first.items, ...rest.items]).toEqual(["a/1", "a/2", "b"]);
  expect(rest.cursor).toBeUndefined();
  const book = await ledger.book("b");
  await book.submit({ kind: "asset", asset: "POINT/0", refusals: "window" });
  await book.submit({ kind: "asset", asset: CNY });
  expect((await book.assets()).items).toEqual([
    { code: CNY, scale: 2, refusals: "forever", definedSeq: 2 },
    { code: "POINT/0", scale: 0, refusals: "window", definedSeq: 1 },
  ]);
  await ledger.close();
});
