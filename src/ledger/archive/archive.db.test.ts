import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FaultPlan, hasCode } from "../../base/index.ts";
import type { Answer } from "../answer.ts";
import type { Book, Entry } from "../book.ts";
import { openLedger, readArchive } from "../index.ts";
import {
  archiveTo,
  bookOf,
  folderOf,
  journalOf,
  LONG_AFTER,
  requestOf,
  timeAt,
} from "../testing/archiving.ts";
import { ASSETS, PATHS, type RandomBook, REFERENCES } from "../testing/random-book.ts";
import type { Request } from "../transfer.ts";
import { archiveBook } from "./archive-book.ts";

const verified = { verified: true, findings: [] };

/** On a node that remembers nothing. */
async function onFreshNode<T>(made: RandomBook, work: (book: Book) => Promise<T>): Promise<T> {
  const { test: on, clock, book } = made;
  const ledger = openLedger({ database: on.database, clock, bookTime: "clock", sweep: false });
  try {
    return await work(await ledger.book(book.name));
  } finally {
    await ledger.close();
  }
}

describe("an archived book", () => {
  test("P4 keeps head and balances, and verifies, alone and with its files in a row", async () => {
    const made = await bookOf(21, 120);
    const folder = folderOf();
    const head = await made.book.head();
    const balances = (await made.book.accounts({}, { limit: 1_000 })).items;
    const files: string[] = [];
    let through = 0;
    for (const share of [0.2, 0.5, 0.52, 0.9]) {
      const to = join(folder, `${share}.lma`);
      const told = await archiveTo(made, await timeAt(made, share), to);
      if (told.outcome === "nothing") continue;
      expect(told).toMatchObject({ outcome: "archived", afterSeq: through });
      through = told.throughSeq;
      files.push(to);
      expect(await made.book.verify()).toMatchObject({ ...verified, archivedThrough: through });
    }
    expect(files.length).toBeGreaterThan(2);
    const report = await made.book.verify({ archives: files.toReversed() });
    expect(report).toMatchObject(verified);
    expect(report.archives?.map(({ proved }) => proved)).toEqual(files.map(() => true));
    const one = await made.book.verify({ archives: files.slice(1, 2) });
    expect(one.archives?.map(({ proved }) => proved)).toEqual(files.map((_, i) => i === 1));
    expect(await made.book.head()).toEqual(head);
    expect((await made.book.accounts({}, { limit: 1_000 })).items).toEqual(balances);
    expect(readdirSync(folder)).toHaveLength(files.length);
  });

  test("P4 history still passes through every hash that it ever had", async () => {
    const made = await bookOf(22);
    const told = await archiveTo(made, await timeAt(made, 0.7), join(folderOf(), "a.lma"));
    const { database, schema } = made.test;
    const { rows } = await database.transaction((tx) =>
      tx.query(`select encode(hash, 'hex') as hash from ${schema}.ledger_batch`),
    );
    for (const [place, { hash }] of rows.entries()) {
      if (place % 9 > 0) continue;
      expect(await made.book.verify({ expectHead: String(hash) })).toMatchObject(verified);
    }
    expect(await made.book.verify({ expectHead: told.hash })).toMatchObject(verified);
    expect((await made.book.verify({ expectHead: "ab".repeat(32) })).findingsCount).toBe(1);
  });

  test("P4 goes on being written, by a hold from before its end, too", async () => {
    const made = await bookOf(23);
    const { book, clock } = made;
    const asset = "CNY/2";
    const open = (path: string): Request => {
      return { kind: "open", path, asset, side: "credit", bound: "none" };
    };
    await book.batch([open("old/a"), open("old/b")]);
    const words = { reference: "order-77", metadata: '{"card": "4711"}', code: 3 };
    const hold = { id: "old-hold", asset, debit: "old/a", credit: "old/b", amount: 70n } as const;
    await book.submit({ ...hold, kind: "pending", ...words });
    await book.submit({ ...hold, id: "old-2", kind: "pending", timeoutMs: 60_000, ...words });
    clock.advance(1_000);
    await book.submit({ ...hold, id: "later" });
    const folder = folderOf();
    const first = await archiveTo(made, clock.now(), join(folder, "1.lma"));
    expect(first.outcome).toBe("archived");
    expect(await book.find("old-hold")).toMatchObject(words);
    const posted = await book.submit({ kind: "post", id: "old-post", pendingId: "old-hold" });
    expect(posted).toMatchObject({ status: "created", amount: 70n });
    expect(await book.find("old-post")).toMatchObject(words);
    expect(await book.verify()).toMatchObject(verified);
    clock.advance(70_000);
    await book.submit({ ...hold, id: "last" });
    clock.advance(1_000);
    await book.submit({ ...hold, id: "very-last" });
    const second = await archiveTo(made, clock.now(), join(folder, "2.lma"));
    expect(second).toMatchObject({ outcome: "archived", afterSeq: first.throughSeq });
    expect(await book.find("old-hold")).toMatchObject({ archived: true, code: 3 });
    expect(await book.find("old-hold")).not.toHaveProperty("reference", words.reference);
    const again = { kind: "post", id: "old-post", pendingId: "old-hold" } as const;
    await onFreshNode(made, async (fresh) => {
      expect(await fresh.submit(again)).toMatchObject({ status: "exists", seq: seqOf(posted) });
      const said = { ...again, reference: "order-77" };
      expect(await fresh.submit(said)).toMatchObject({ status: "exists" });
      expect(await fresh.submit({ ...again, reference: "order-78" })).toMatchObject({
        code: "ledger.id_exists_with_different_reference",
      });
    });
    const archives = [join(folder, "1.lma"), join(folder, "2.lma")];
    expect(await book.verify({ archives })).toMatchObject(verified);
  });
});

function seqOf(answer: Answer): number | undefined {
  return answer.seq;
}

/** Every way in which a request may come again, with the words that a repeat is compared by. */
function repeatsOf(request: Request): Request[] {
  const { reference, metadata, code, effectiveAt, ...bare } = request as Request &
    Partial<Record<string, unknown>>;
  const words = { reference, metadata, code, effectiveAt };
  if (!("debit" in request) && request.kind !== "post" && request.kind !== "void") return [request];
  const others = [
    { reference: "order-1" },
    { reference: "order-9" },
    { reference: undefined },
    { metadata: '{"n": 1,  "wörd": "龙门"}' },
    { metadata: undefined },
    { code: 2 },
    { code: undefined },
    { effectiveAt: 0 },
    { reference: undefined, metadata: undefined, code: undefined },
  ];
  return [request, ...others.map((other) => ({ ...bare, ...words, ...other }) as Request)];
}

async function answersTo(made: RandomBook, requests: readonly Request[]): Promise<object[]> {
  return onFreshNode(made, async (book) => {
    const answers = await book.batch(requests);
    return answers.map((answer) => {
      const { status, seq, code, original } = answer as Answer & Record<string, unknown>;
      const { at, amount, debit, credit } = answer as Answer & Record<string, unknown>;
      return { status, seq, code, original, at, amount, debit, credit };
    });
  });
}

test("P2 every repeat and near-repeat of an archived request is answered as before", async () => {
  const made = await bookOf(24, 140);
  const entries = await journalOf(made.book);
  const ids = new Map(entries.map(({ seq, id }) => [seq, id]));
  const requests = entries.flatMap((entry) => {
    const request = requestOf(entry, ids);
    return request === undefined ? [] : repeatsOf(request);
  });
  const before = await answersTo(made, requests);
  const { seq } = await made.book.head();
  expect(seq).toBe(entries.length);
  const folder = folderOf();
  await archiveTo(made, await timeAt(made, 0.4), join(folder, "1.lma"));
  expect(await answersTo(made, requests)).toEqual(before);
  const told = await archiveTo(made, await timeAt(made, 0.9), join(folder, "2.lma"));
  expect(await answersTo(made, requests)).toEqual(before);
  expect((await made.book.head()).seq).toBe(seq);
  const statuses = new Set(before.map((answer) => (answer as { status: string }).status));
  expect([...statuses].sort()).toEqual(["exists", "refused"]);
  const whole = (await journalOf(made.book)).filter((entry) => entry.archived !== true);
  const kept = whole.filter((entry) => entry.seq <= told.throughSeq);
  expect(kept.every(({ kind }) => kind === "pending")).toBe(true);
});

test("P2 also while it is half slim: a hold already, its post not yet", async () => {
  const made = await bookOf(34, 300);
  const entries = await journalOf(made.book);
  const ids = new Map(entries.map(({ seq, id }) => [seq, id]));
  const resolutions = entries.filter(({ kind }) => kind === "post" || kind === "void");
  // Those whose hold the first step makes slim and whose own turn comes later.
  const across = resolutions.filter(
    ({ seq, pendingSeq = 0 }) => pendingSeq <= 1_000 && seq > 1_000,
  );
  const requests = across.flatMap((entry) => {
    const request = requestOf(entry, ids);
    return request === undefined ? [] : repeatsOf(request);
  });
  expect(across.length).toBeGreaterThan(0);
  const before = await answersTo(made, requests);
  const to = join(folderOf(), "a.lma");
  const time = await timeAt(made, 0.95);
  const faults = new FaultPlan().arm("archive.step_done", "throw");
  await expect(archiveTo(made, time, to, { faults })).rejects.toThrow("archive.step_done");
  expect(await answersTo(made, requests)).toEqual(before);
  expect(await made.book.verify()).toMatchObject(verified);
  await archiveTo(made, time, to);
  expect(await answersTo(made, requests)).toEqual(before);
});

const lost = ["reference", "metadata", "by", "request", "rule", "archived"] as const;

function bare(entry: Entry): object {
  return Object.fromEntries(
    Object.entries(entry).filter(
      ([name, value]) => value !== undefined && !(lost as readonly string[]).includes(name),
    ),
  );
}

async function orArchived<T>(ask: () => Promise<T>): Promise<T | "archived"> {
  try {
    return await ask();
  } catch (error) {
    if (hasCode(error, "ledger.archived")) return "archived";
    throw error;
  }
}

describe("what is asked of an archived book", () => {
  test("balances of the past are what they were, or refused; behind its end all are told", async () => {
    const made = await bookOf(25, 80);
    const { book } = made;
    const { seq } = await book.head();
    const points = [
      ...Array.from({ length: seq + 2 }, (_, at) => ({ seq: at })),
      ...Array.from({ length: 30 }, (_, i) => ({
        effectiveAt: made.clock.now() - 1_500 + i * 100,
      })),
    ];
    const ask = async () => {
      const told: unknown[] = [];
      for (const path of PATHS.slice(0, 4)) {
        const account = await book.account(path, ASSETS[0]);
        if (account === undefined) continue;
        for (const point of points) {
          told.push(await orArchived(() => book.balanceAt(path, ASSETS[0], point)));
        }
      }
      return told;
    };
    const before = await ask();
    const archived = await archiveTo(made, await timeAt(made, 0.5), join(folderOf(), "a.lma"));
    const after = await ask();
    let [told, refused] = [0, 0];
    for (const [place, answer] of after.entries()) {
      const point = points[place % points.length];
      if (answer === "archived") refused += 1;
      else expect(answer).toEqual(before[place]);
      if (answer !== "archived") told += 1;
      if (point !== undefined && "seq" in point && point.seq >= archived.throughSeq) {
        expect(answer).not.toBe("archived");
      }
    }
    expect(Math.min(told, refused)).toBeGreaterThan(20);
  });

  test("histories have every entry, in both orders, and say which are archived", async () => {
    const made = await bookOf(26, 80);
    const { book } = made;
    const ask = async (filter: object, order: "newest" | "oldest") => {
      const all: Entry[] = [];
      let cursor: string | undefined;
      do {
        const from = cursor === undefined ? {} : { cursor };
        const page = await book.history(filter, { order, limit: 7, ...from });
        all.push(...page.items);
        ({ cursor } = page);
      } while (cursor !== undefined);
      return all;
    };
    const filters = [
      { account: { path: PATHS[0], asset: ASSETS[0] } },
      { account: { path: PATHS[1] }, refusals: true },
      { prefix: "user/42", code: 2 },
      { prefix: "shop", refusals: true },
      {},
    ];
    const questions = filters.flatMap((filter) =>
      (["newest", "oldest"] as const).map((order) => [filter, order] as const),
    );
    const before = await Promise.all(questions.map(([filter, order]) => ask(filter, order)));
    const { throughSeq } = await archiveTo(
      made,
      await timeAt(made, 0.6),
      join(folderOf(), "a.lma"),
    );
    for (const [place, [filter, order]] of questions.entries()) {
      const after = await ask(filter, order);
      expect(after.map(bare)).toEqual(before[place]?.map(bare));
      for (const entry of after) {
        const isWhole = entry.seq > throughSeq || entry.kind === "pending";
        if (!isWhole) expect(entry.archived).toBe(true);
        if (entry.seq > throughSeq) expect(entry.archived).toBeUndefined();
      }
    }
  });

  test("a reference finds what is behind its end, and the rest is refused by name", async () => {
    const made = await bookOf(27, 80);
    const { book } = made;
    const [reference] = REFERENCES;
    const all = (await book.history({ reference, refusals: true }, { limit: 1_000 })).items;
    const { throughSeq, at } = await archiveTo(
      made,
      await timeAt(made, 0.5),
      join(folderOf(), "a.lma"),
    );
    const page = await book.history({ reference, refusals: true }, { limit: 1_000 });
    expect(page.items).toEqual(all.filter(({ seq }) => seq > throughSeq));
    expect(page.items.length).toBeGreaterThan(5);
    const { cursor } = page;
    if (cursor === undefined) throw new Error("nothing says that there may be more");
    const asks = [
      () => book.history({ reference, refusals: true }, { limit: 1_000, cursor }),
      () => book.history({ reference }, { order: "oldest" }),
      () => book.changes({ afterSeq: throughSeq - 1 }),
      () => book.changes({ afterSeq: 0 }),
      () => book.statement({ path: PATHS[1], asset: ASSETS[0] }),
    ];
    for (const ask of asks) {
      await expect(ask()).rejects.toMatchObject({
        code: "ledger.archived",
        details: { seq: throughSeq, file: "a.lma" },
      });
    }
    const from = (at ?? 0) + 1;
    expect(
      (await book.history({ reference, from }, { order: "oldest" })).items.length,
    ).toBeGreaterThan(1);
    expect((await book.changes({ afterSeq: throughSeq })).length).toBeGreaterThan(10);
    const statement = await book.statement({ path: PATHS[1], asset: ASSETS[0], from });
    expect(statement.closing).toEqual((await book.account(PATHS[1], ASSETS[0]))?.balance);
  });
});

test("its files tell every entry with every word, as the journal did", async () => {
  const made = await bookOf(32, 80);
  const folder = folderOf();
  const before = await journalOf(made.book);
  const told: Entry[] = [];
  for (const share of [0.3, 0.8]) {
    const to = join(folder, `${share}.lma`);
    await archiveTo(made, await timeAt(made, share), to);
    for await (const entry of readArchive(to)) told.push(entry);
  }
  expect(told.length).toBeGreaterThan(100);
  expect(before.slice(0, told.length)).toEqual(told);
});

describe("an archive that can't be", () => {
  test("reaches never into the last day, and a plan changes nothing", async () => {
    const made = await bookOf(28);
    const to = join(folderOf(), "a.lma");
    const young = LONG_AFTER.now() - 86_400_000 + 1;
    await expect(archiveTo(made, young, to)).rejects.toMatchObject({
      code: "ledger.archive_too_young",
    });
    expect(await archiveTo(made, 0, to)).toMatchObject({ outcome: "nothing", entries: 0 });
    const plan = await archiveTo(made, young - 1, to, { dryRun: true });
    const { seq } = await made.book.head();
    expect(plan).toMatchObject({ outcome: "planned", entries: seq, throughSeq: seq });
    expect(plan.wordBytes).toEqual(expect.any(Number));
    expect(plan.balances).toBeGreaterThan(50);
    expect(await made.book.verify()).not.toHaveProperty("archivedThrough");
    await archiveTo(made, young - 1, to);
    expect(await made.book.verify()).toMatchObject({ ...verified, archivedThrough: seq });
    expect(await archiveTo(made, young - 1, to)).toMatchObject({ outcome: "nothing" });
    await expect(
      archiveBook(made.test.database, "nobody", { before: 0, to }),
    ).rejects.toMatchObject({ code: "ledger.book_missing" });
  });

  test("writes over nothing, and removes nothing without a folder to write to", async () => {
    const made = await bookOf(29);
    const folder = folderOf();
    const [foreign, none] = [join(folder, "foreign"), join(folder, "no", "a.lma")];
    writeFileSync(foreign, "not an archive");
    const before = await timeAt(made, 0.5);
    await expect(archiveTo(made, before, foreign)).rejects.toMatchObject({
      code: "ledger.archive_broken",
    });
    expect(readFileSync(foreign, "utf8")).toBe("not an archive");
    await expect(archiveTo(made, before, none)).rejects.toMatchObject({
      code: "ledger.archive_file_unwritable",
    });
    const other = await bookOf(30);
    const others = join(folder, "other.lma");
    await archiveTo(other, await timeAt(other, 0.5), others);
    await expect(archiveTo(made, before, others)).rejects.toMatchObject({
      code: "ledger.archive_file_exists",
    });
    expect(await made.book.verify()).not.toHaveProperty("archivedThrough");
  });

  test("P4 is refused for a book that does not verify", async () => {
    const made = await bookOf(31);
    const { database, schema } = made.test;
    await database.transaction((tx) =>
      tx.query(`update ${schema}.ledger_entry set reference = 'edited' where seq = 40`),
    );
    const to = join(folderOf(), "a.lma");
    await expect(archiveTo(made, await timeAt(made, 0.5), to)).rejects.toMatchObject({
      code: "ledger.archive_unproved",
    });
  });
});
