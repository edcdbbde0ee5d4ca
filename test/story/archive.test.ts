import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../src/base/index.ts";
import { openLedger, type Posting } from "../../src/ledger/index.ts";
import { type HttpShop, httpShop } from "./http-shop.ts";

const ROOT = join(import.meta.dirname, "../..");
const DAY_MS = 86_400_000;
const asset = "CNY/2";
/** One day for all of it, though midnight may pass meanwhile. */
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;

/** The command in a process of its own, on the server's own schema. */
async function longmen(shop: HttpShop, ...words: readonly string[]) {
  const { url, schema } = shop.test;
  // Tests' server has no fsync, which would be warned of.
  const settings = ["--database-url", url, "--schema", schema, "--log", "error"];
  const child = spawn(process.execPath, ["src/cli/bin.ts", ...words, ...settings], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

const sale = (day: number, n: number) => ({
  id: `sale-${day}-${n}`,
  asset,
  debit: "shop/cash",
  credit: "shop/sales",
  amount: 1_999n,
  reference: `order-${n}`,
  metadata: '{"till": 7}',
});

/** A month of days, of which the last was yesterday: as if the shop had always been there. */
async function oldBook(shop: HttpShop): Promise<void> {
  const clock = manualClock(TODAY - 31 * DAY_MS);
  const { database } = shop.test;
  const ledger = openLedger({ database, clock, bookTime: "clock", sweep: false });
  const book = await ledger.createBook("retail");
  const open = (path: string, side: "debit" | "credit"): Posting => {
    return { kind: "open", path, asset, side };
  };
  await book.submit({ kind: "asset", asset });
  await book.batch([open("shop/cash", "debit"), open("shop/sales", "credit")]);
  for (let day = 0; day < 30; day++) {
    clock.advance(DAY_MS);
    await book.batch(
      Array.from({ length: 40 }, (_, n) => sale(day, n)),
      { context: { by: "till-7", request: `day ${day}` } },
    );
  }
  await ledger.close();
}

const dayAgo = (days: number) => new Date(TODAY - days * DAY_MS).toISOString().slice(0, 10);

/** What lies behind its end is told, what lies before is refused by name. */
async function expectPast(shop: HttpShop, books: string): Promise<void> {
  const account = "path=shop/cash&asset=CNY/2";
  for (const question of [
    `balance?${account}&seq=100`,
    `statement?${account}`,
    "changes?after=0",
    "entries?reference=order-5&order=oldest",
  ]) {
    expect(await shop.ask(`GET ${books}/${question}`)).toMatchObject({
      status: 404,
      body: { code: "ledger.archived", advice: expect.stringContaining("show") as string },
    });
  }
  const from = `${dayAgo(6)}T00:00:00Z`;
  const statement = await shop.ask(`GET ${books}/statement?${account}&from=${from}`);
  expect(statement.status).toBe(200);
  expect((statement.body["lines"] as unknown[]).length).toBe(100);
  expect((await shop.ask(`GET ${books}/balance?${account}`)).body).toMatchObject({
    debitsPosted: String(1_999 * 30 * 40),
  });
}

test("P2 P4 a shop archives all but a week by one command, sells on, and is answered as ever", async () => {
  const shop = await httpShop();
  await oldBook(shop);
  const folder = mkdtempSync(join(tmpdir(), "longmen-archive-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "retail.lma");
  const asked = ["--before", dayAgo(7), "--to", file] as const;

  const plan = await longmen(shop, "archive", ...asked, "--dry-run", "--json");
  expect(plan).toMatchObject({ code: 0 });
  expect(JSON.parse(plan.out)).toMatchObject({ outcome: "planned", book: "retail" });
  const made = await longmen(shop, "archive", ...asked);
  expect(made).toMatchObject({ code: 0, err: "" });
  expect(made.out).toContain("archived in retail.lma, proved");
  expect(made.out.split("\n").every((line) => line.length <= 80)).toBe(true);
  expect(await longmen(shop, "archive", ...asked)).toMatchObject({ code: 0 });

  const books = "/v1/books/retail";
  const { amount, ...rest } = sale(3, 5);
  const again = { ...rest, amount: String(amount) };
  const repeated = await shop.ask(`POST ${books}/transfers`, again);
  expect(repeated).toMatchObject({ status: 200, body: { status: "exists", amount: "1999" } });
  const other = { ...again, metadata: '{"till": 8}' };
  expect(await shop.ask(`POST ${books}/transfers`, other)).toMatchObject({
    status: 409,
    body: { code: "ledger.id_exists_with_different_metadata" },
  });
  const entry = await shop.ask(`GET ${books}/transfers/sale-3-5`);
  expect(entry.body).toMatchObject({ archived: true, amount: "1999", debit: "shop/cash" });
  expect(entry.body).not.toHaveProperty("reference");
  expect((await shop.ask(`GET ${books}/transfers/sale-29-5`)).body).toMatchObject({
    reference: "order-5",
    by: "till-7",
  });
  await expectPast(shop, books);
  const sold = { ...again, id: "sold-after" };
  expect((await shop.ask(`POST ${books}/transfers`, sold)).status).toBe(201);

  const shown = await longmen(shop, "archive", "show", file, "--id", "sale-3-5");
  expect(JSON.parse(shown.out)).toMatchObject({
    ...again,
    by: "till-7",
    request: "day 3",
    kind: "transfer",
  });
  const verified = await longmen(shop, "verify", "--archive", file);
  expect(verified).toMatchObject({ code: 0 });
  expect(verified.out).toContain("retail.lma: proved");
  const bytes = readFileSync(file);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  expect(await longmen(shop, "verify", "--archive", file)).toMatchObject({ code: 4 });
  expect(await longmen(shop, "verify")).toMatchObject({ code: 0 });
});

test("what can't be archived is refused by name, with an exit code, and nothing is done", async () => {
  const shop = await httpShop();
  await oldBook(shop);
  const refused = [
    [["archive"], 2, "cli.option_malformed"],
    [["archive", "--before", "yesterday", "--to", "a.lma"], 2, "base.time_malformed"],
    [
      ["archive", "--before", new Date().toISOString(), "--to", "a.lma"],
      3,
      "ledger.archive_too_young",
    ],
    [
      ["archive", "--before", dayAgo(7), "--to", "nowhere/a.lma"],
      3,
      "ledger.archive_file_unwritable",
    ],
    [["archive", "show", "nowhere.lma"], 3, "ledger.archive_file_missing"],
    [["archive", "show", "a.lma", "--to", "b.lma"], 2, "cli.option_malformed"],
    [["verify", "--archive"], 2, "cli.option_malformed"],
    [["verify", "a.lma"], 2, "cli.option_malformed"],
  ] as const;
  for (const [words, code, named] of refused) {
    const ended = await longmen(shop, ...words);
    expect([words, ended.code]).toEqual([words, code]);
    expect(ended.err).toContain(named);
    expect(ended.out).toBe("");
  }
  expect((await longmen(shop, "verify", "--json")).out).not.toContain("archivedThrough");
});
