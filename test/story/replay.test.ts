import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openLedger } from "../../src/ledger/index.ts";
import { openDatabase, startEmbedded } from "../../src/postgres/index.ts";
import { freshDir, run } from "./command.ts";
import { cutTwoDays, twoDays } from "./sample-days.ts";

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
};

/** All balances of the book, and whether its debits equal its credits. */
async function booksIn(dir: string): Promise<readonly string[]> {
  const server = await startEmbedded({ dir });
  const database = await openDatabase({ url: server.url });
  const ledger = openLedger({ database, sweep: false });
  try {
    const book = await ledger.book("retail");
    const balances: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await book.accounts({}, { limit: 1_000, cursor });
      for (const { path, asset, balance } of page.items) {
        const { debitsPosted, creditsPosted, debitsPending, creditsPending } = balance;
        balances.push(
          `${path} ${asset} ${debitsPosted} ${creditsPosted} ${debitsPending} ${creditsPending}`,
        );
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect((await book.trialBalance()).balanced).toBe(true);
    return balances.sort();
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
      transfers: 128_174,
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

  // One start for all of it: each looks for 128,174 transfers.
  test("P2 are all there already, among others, at the second start, which says so and stays up until a signal", async () => {
    const running = run("--dir", dir, "--port", "0");
    const said = await running.said("Longmen is up: ");
    const url = /Longmen is up: (\S+)/.exec(said)?.[1] ?? "";
    const page = await (await fetch(`${url}?lang=en`)).text();
    expect(page).toContain("The books agree with the file");
    expect(page).toContain("748,957.02");
    const accounts = await (await fetch(`${url}accounts?prefix=customer/17850`)).text();
    expect(accounts).toContain("customer/17850");
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

// Of two days, not of the month: what is killed is the same, and each start has less to look for.
describe("P1 killed half-way at any instant and started again", () => {
  const { dir, remove } = freshDir();
  const calm = freshDir();
  const file = cutTwoDays(calm.dir);
  /** What a start that nobody disturbed says, and its books. */
  let undisturbed: { readonly told: object; readonly books: readonly string[] };

  const start = (folder: string, ...words: readonly string[]) =>
    run("--exit", "--dir", folder, "--data", file, ...words);

  /** Ends well; the hash has the book's own times in it. */
  async function finished(folder: string) {
    const { code, out } = await start(folder, "--json").ended;
    expect(code).toBe(0);
    const { headHash: _, seconds: __, ...told } = JSON.parse(out) as Record<string, unknown>;
    expect(told).toMatchObject(twoDays);
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

  test.each([
    // Before them: the node of flows, its days where they are not there, its flows and who serves them, and the run's key.
    ["before the first flush is sent", "lane.before_send=kill@6", "booking"],
    ["after a flush was sent", "lane.after_send=kill@7", "booking"],
    ["when a flush is committed and nobody told", "lane.committed=kill@7", "booking"],
    ["in the middle of the customers' statements", "flow.after_commit=kill@40", "verifying"],
  ])("%s", async (_when, faults, stage) => {
    const ended = await start(dir, "--faults", faults).ended;
    expect(ended.signal).toBe("SIGKILL");
    expect(ended.err.match(/^(booking|reading back|verifying)/gm)?.at(-1)).toBe(stage);
  });

  test("while it verifies", async () => {
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
