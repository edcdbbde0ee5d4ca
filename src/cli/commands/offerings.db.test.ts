/** `longmen offerings`: on the database here, where the command itself settles and pays out, and on a node that runs. */
import { expect, onTestFinished, test } from "vitest";
import { openLedger } from "../../ledger/index.ts";
import { house } from "../testing/selling-house.ts";
import { runWords } from "../testing/run-words.ts";

const CLOSES = ["--closes", new Date(Date.now() + 3_600_000).toISOString()];

/** Wallets of ann and bob with 100.00 each, the account of a project; and commands on that database, or its node. */
async function market() {
  const opened = await house();
  const { place } = opened;
  const longmen = async (...words: string[]) => {
    const told = await runWords(place, words);
    return { ...told, out: told.out.trim() };
  };
  const ledger = openLedger({ database: opened.database });
  onTestFinished(() => ledger.close());
  const book = await ledger.book("retail");
  const wallets = ["ann", "bob"].map((name) => `user/${name}/wallet`);
  await book.batch([
    { kind: "asset", asset: "GBP/2" },
    { kind: "open", path: "bank", asset: "GBP/2", side: "debit", bound: "none" },
    { kind: "open", path: "project/mill", asset: "GBP/2", side: "credit" },
    ...wallets.map((path) => ({ kind: "open", path, asset: "GBP/2", side: "credit" }) as const),
    ...wallets.map((path) => {
      return { id: `in/${path}`, asset: "GBP/2", debit: "bank", credit: path, amount: 10_000n };
    }),
  ]);
  const open = (...more: string[]) =>
    longmen(
      "offerings",
      "open",
      "mill",
      ...["--asset", "GBP/2", "--project", "project/mill"],
      ...more,
    );
  const bid = (who: string, amount: string, ...more: string[]) =>
    longmen("offerings", "bid", "mill", "--investor", who, "--amount", amount, ...more);
  return { ...opened, longmen, open, bid };
}

test("P5: without any node a command opens, takes bids, settles and pays out by itself", async () => {
  const { longmen, open, bid } = await market();
  expect((await open("--cap", "150", ...CLOSES)).out).toMatch(/^mill {2}open {2}0\.00 of 150\.00/);
  const first = await bid("ann", "100", "--id", "b-1");
  expect(first.out).toBe("b-1  100.00 GBP/2 held from ann for mill");
  expect((await bid("ann", "100", "--id", "b-1")).out).toContain("done before");
  const full = await bid("bob", "60", "--id", "b-2");
  expect(full).toMatchObject({
    code: 3,
    err: expect.stringContaining("50.00 GBP are left") as string,
  });
  const cut = await bid("bob", "60", "--id", "b-3", "--partial");
  expect(cut.out).toContain("50.00 GBP/2 of 60.00 asked for");
  const settled = await longmen("offerings", "settle", "mill");
  expect(settled.out).toContain(
    "mill  funded  150.00 of 150.00 GBP/2 raised\n2 bids of 2 investors",
  );
  const paying = ["pay-out", "mill", "--total", "165", "--from", "bank", "--id", "year-1"];
  const paid = await longmen("offerings", ...paying);
  expect(paid.out).toBe("year-1  paid  165.00 GBP/2 from bank: 2 of 2 parts paid");
  expect((await longmen("offerings", ...paying)).out).toBe(paid.out);
  expect((await longmen("wallet", "show", "ann", "--asset", "GBP/2")).out).toContain("110.00");
  expect((await longmen("offerings", "show", "mill")).out).toContain("165.00 paid out so far");
  const bids = await longmen("offerings", "bids", "mill", "--limit", "1");
  expect(bids.out.split("\n")).toHaveLength(2);
  const [, after = ""] = /--after (\S+)/.exec(bids.err) ?? [];
  const rest = await longmen("offerings", "bids", "mill", "--after", after, "--json");
  expect(JSON.parse(rest.out)).toMatchObject({ bids: [{ id: "b-1", granted: "10000" }] });
  expect((await longmen("offerings", "payouts", "mill")).out).toMatch(
    /year-1 +paid +165\.00 +2 +0 +2/,
  );
  expect((await longmen("offerings", "list")).out).toMatch(/mill +funded +150\.00 GBP\/2 +150\.00/);
}, 60_000);

test("what an offering takes is told, and what there is none of is refused", async () => {
  const { longmen, open, bid } = await market();
  expect((await open("--cap", "150")).err).toContain("--closes is needed");
  expect((await open("--cap", "1.234", ...CLOSES)).code).toBe(2);
  expect((await longmen("offerings", "show", "none")).code).toBe(3);
  expect((await bid("ann", "5")).err).toContain("order.offering_missing");
  expect((await longmen("offerings", "settle", "none")).err).toContain("order.offering_missing");
  expect((await longmen("offerings", "list", "--cap", "5")).err).toContain("list takes no --cap");
  expect((await longmen("offerings", "list")).out).toBe("no offerings");
});
