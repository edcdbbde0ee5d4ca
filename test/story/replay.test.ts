import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { openDatabase, startEmbedded } from "../../src/postgres/index.ts";
import { isLong } from "../../src/postgres/testing.ts";
import { freshDir, run } from "./command.ts";
import { cutMorning, morning } from "./sample-days.ts";

interface Told {
  readonly headHash: string;
  readonly netMinor: string;
}

const month = {
  lines: 42_481,
  invoices: 2_025,
  cancellationInvoices: 326,
  adjustments: 0,
  refusals: 0,
  unmatchedCancellationLines: 393,
  grossMinor: "82374614",
  refundsMinor: "7478912",
  netMinor: "74895702",
  fileNetMinor: "74895702",
  leftOutInvoices: 0,
  leftOutNetMinor: "0",
  agrees: true,
  verified: true,
  orders: 1_559,
  paid: 1_559,
  refunded: 166,
  rushSold: 100,
  rushRefused: 900,
  unexplained: 0,
};

/** Somewhere between the first quote and the last delivery: wherever, it goes on. */
const RUSH_MS = 400;
/** The month has its thousand: a start that is killed needs no more than a crowd. */
const BUYERS = "200";

/** The months of credit are those in which it was sold. */
const anyMonth = (path: string) => path.replace(/\d{4}-\d{2}$/, "MONTH");

/**
 * What stands on every account of the shop's book and, added up by path, of the canteen's, where other buyers may
 * have been first; and whether debits equal credits. Holds that nobody paid in time come and go.
 */
async function booksIn(dir: string): Promise<readonly string[]> {
  const server = await startEmbedded({ dir });
  const database = await openDatabase({ url: server.url });
  const ledger = openLedger({ database, sweep: false });
  try {
    const sums = new Map<string, [bigint, bigint]>();
    for (const name of ["retail", "lunch"]) {
      const book = await ledger.book(name);
      let cursor: string | undefined;
      do {
        const page = await book.accounts({}, { limit: 1_000, cursor });
        for (const { path, asset, balance } of page.items) {
          expect([balance.debitsPending, balance.creditsPending]).toEqual([0n, 0n]);
          const key = `${name} ${anyMonth(path.replace(/buyer-\d+/, "buyer"))} ${asset}`;
          const [debits, credits] = sums.get(key) ?? [0n, 0n];
          sums.set(key, [debits + balance.debitsPosted, credits + balance.creditsPosted]);
        }
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect((await book.trialBalance()).balanced).toBe(true);
    }
    // Whether a box was paid from a wallet or in cash depends on who was first.
    const isSame = (key: string) => !/^lunch (user|shop\/cash)/.test(key);
    const all = Array.from(sums, ([key, both]) => `${key} ${both.join(" ")}`);
    return all.filter(isSame).sort();
  } finally {
    await ledger.close();
    await database.close();
    await server.stop();
  }
}

describe("P4 the month's invoices", () => {
  const { dir, remove } = freshDir();
  afterAll(remove);
  /** What the start before this one said last. */
  let headHash = "";

  test("are booked, agree with the file to the penny, and verify", async () => {
    const { code, out, err } = await run("--exit", "--json", "--dir", dir).ended;
    expect(err).not.toContain("\r");
    expect(code).toBe(0);
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    const told = JSON.parse(out) as Told;
    expect(told).toEqual({
      ...month,
      transfers: 129_372,
      headHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      seconds: expect.any(Number) as number,
    });
    await booksIn(dir);
  });

  test("are not touched by a file that is none, nor by a bad row's invoice", async () => {
    const file = join(dir, "bad.csv");
    writeFileSync(file, "hello\n");
    const none = await run("--exit", "--json", "--dir", dir, "--data", file).ended;
    expect(none).toMatchObject({ code: 3, out: "" });
    expect(none.err).toContain("(cli.file_is_no_csv)");
    const rows = [
      "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
      "900001,85123A,LANTERN,2,2010-12-24 09:00:00,2.55,17850.0,United Kingdom",
      "900002,85123A,LANTERN,2,2010-12-24 09:01:00,2.55,17850.0,United Kingdom",
      "900002,85123A,LANTERN,two,2010-12-24 09:01:00,2.55,17850.0,United Kingdom",
    ];
    writeFileSync(file, rows.join("\n"));
    const bad = await run("--exit", "--json", "--dir", dir, "--data", file).ended;
    expect(bad.code).toBe(5);
    expect(bad.err).toContain('malformed: line 4 has the quantity "two" (cli.quantity_malformed)');
    const told = JSON.parse(bad.out) as Told;
    expect(told).toMatchObject({
      lines: 1,
      invoices: 1,
      refusals: 1,
      netMinor: "510",
      fileNetMinor: "510",
      agrees: true,
      verified: true,
    });
    headHash = told.headHash;
  });

  // One start for all of it: each looks for 2,025 invoices.
  test("P2 are all there already, among others, at the second start, which says so and stays up until a signal", async () => {
    const running = run("--dir", dir, "--port", "0");
    const said = await running.said("Longmen is up: ");
    const url = /Longmen is up: (\S+)/.exec(said)?.[1] ?? "";
    const page = await (await fetch(`${url}?lang=en`)).text();
    expect(page).toContain("The books agree with the file");
    expect(page).toContain("748,957.02");
    expect(page).toContain("Lunch-hour rush: boxes sold");
    const accounts = await (await fetch(`${url}accounts?prefix=company/17850`)).text();
    expect(accounts.replaceAll("<wbr>", "")).toContain("company/17850/credit/");
    expect(await (await fetch(`${url}report.json`)).json()).toMatchObject({ ...month, headHash });
    const second = await run("--exit", "--dir", dir).ended;
    expect(second.code).toBe(3);
    expect(second.err).toContain("(postgres.already_running)");
    running.process.kill("SIGTERM");
    const { code, out } = await running.ended;
    expect(code).toBe(0);
    expect(out).toContain("nothing new: everything was there already");
    expect(out).toContain("agrees to the penny");
    expect(out.replaceAll(/\s/g, "")).toContain(headHash);
  });
});

type Kill = readonly [when: string, faults: string, stages: string];

const longOnes: readonly Kill[] = [
  ["while the shop is stocked", "lane.committed=kill@10", "stocking"],
  ["before a flush is sent", "lane.before_send=kill@20", "stocking selling rush"],
  ["after a flush was sent", "lane.after_send=kill@26", "stocking selling rush"],
];

/** How many flushes there are depends on how many orders shared one: wherever it is, nothing of it is lost. */
const kills: readonly Kill[] = [
  ...(isLong ? longOnes : []),
  ["when a flush is committed and nobody told", "lane.committed=kill@24", "selling rush"],
  ["in the middle of the customers' statements", "flow.after_commit=kill@40", "verifying"],
];

// Of a morning, not of the month: what is killed is the same, and each start has less to look for.
describe("P1 killed half-way at any instant and started again", () => {
  const { dir, remove } = freshDir();
  const calm = freshDir();
  const file = cutMorning(calm.dir);
  /** What a start that nobody disturbed says, and its books. */
  let undisturbed: { readonly told: object; readonly books: readonly string[] };

  const start = (folder: string, ...words: readonly string[]) =>
    run("--exit", "--dir", folder, "--data", file, "--buyers", BUYERS, ...words);

  /** Ends well; the hash has the book's own times in it. */
  async function finished(folder: string) {
    const { code, out } = await start(folder, "--json").ended;
    expect(code).toBe(0);
    const { headHash: _, seconds: __, ...told } = JSON.parse(out) as Record<string, unknown>;
    expect(told).toMatchObject({ ...morning, rushSold: 20, rushRefused: 180 });
    return { told, books: await booksIn(folder) };
  }

  beforeAll(async () => {
    undisturbed = await finished(calm.dir);
  });
  afterAll(async () => {
    // A postmaster outlives a killed node; where a test failed it may run still.
    await (await startEmbedded({ dir })).stop();
    remove();
    calm.remove();
  });

  test("while the database is being made", async () => {
    const running = start(dir);
    await running.said("creating");
    running.process.kill("SIGKILL");
    expect((await running.ended).signal).toBe("SIGKILL");
  });

  test.each(kills)("%s", async (_when, faults, stages) => {
    const ended = await start(dir, "--faults", faults).ended;
    expect(ended.signal).toBe("SIGKILL");
    const all = ended.err.match(/^(stocking|selling|rush|reading back|verifying)/gm);
    expect(stages.split(" ")).toContain(all?.at(-1));
  });

  test("in the lunch-hour rush", async () => {
    const running = start(dir);
    await running.said("\nrush");
    await new Promise((resolve) => setTimeout(resolve, RUSH_MS));
    running.process.kill("SIGKILL");
    expect((await running.ended).signal).toBe("SIGKILL");
  });

  test.skipIf(!isLong)("while it verifies", async () => {
    const running = start(dir);
    await running.said("verifying");
    running.process.kill("SIGKILL");
    expect((await running.ended).signal).toBe("SIGKILL");
  });

  test("it ends with the same books: the same balances of every account", async () => {
    expect(await finished(dir)).toEqual(undisturbed);
  });
});

test("a reader that leaves early, as head does, is no bug", async () => {
  const running = run("--help");
  running.process.stdout?.destroy();
  const { code, err } = await running.ended;
  expect({ code, err }).toEqual({ code: 0, err: "" });
});
