import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FaultPlan, manualClock } from "../../base/index.ts";
import {
  archiveTo,
  bookOf,
  folderOf,
  journalOf,
  LONG_AFTER,
  timeAt,
} from "../testing/archiving.ts";
import type { RandomBook } from "../testing/random-book.ts";
import { expectVerified, openNode, openShop, pay } from "../testing/shop.ts";
import { archiveBook } from "./archive-book.ts";

const NODE = join(import.meta.dirname, "../testing/archive-node.ts");

/** Archives in a process of its own; answers how it ended. */
async function inProcess(made: RandomBook, before: number, to: string, faults: string) {
  const { url, schema } = made.test;
  const input = { url, schema, book: made.book.name, before, to, now: LONG_AFTER.now(), faults };
  const child = spawn(process.execPath, [NODE, JSON.stringify(input)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}

const everyStep = [
  "archive.file_written=kill",
  "archive.file_proved=kill",
  "archive.file_made=kill",
  "lane.before_send=kill",
  "archive.recorded=kill",
  "lane.before_send=kill",
  "lane.after_send=kill",
  "lane.committed=kill",
  "archive.step_done=kill",
];

test("P1 P4 killed at any step it goes on from there, and the book verifies all the while", async () => {
  const made = await bookOf(41, 700);
  const { book } = made;
  const entries = await journalOf(book);
  const head = await book.head();
  const to = join(folderOf(), "a.lma");
  const before = await timeAt(made, 0.95);
  for (const faults of everyStep) {
    expect([faults, await inProcess(made, before, to, faults)]).toEqual([faults, "SIGKILL"]);
    expect((await book.verify()).findings).toEqual([]);
  }
  expect(await inProcess(made, before, to, "")).toBe(0);
  expect(await inProcess(made, before, to, "")).toBe(0);
  const report = await book.verify({ archives: [to] });
  expect(report).toMatchObject({ verified: true, archives: [{ proved: true }] });
  expect(report.archivedThrough).toBeGreaterThan(entries.length / 2);
  expect(await book.head()).toEqual(head);
  expect(readdirSync(join(to, ".."))).toEqual(["a.lma"]);
  const left = (await journalOf(book)).filter(({ seq }) => seq <= (report.archivedThrough ?? 0));
  expect(left.filter(({ archived, kind }) => archived !== true && kind !== "pending")).toEqual([]);
}, 180_000);

test("goes on only with the very file that it was recorded with", async () => {
  const made = await bookOf(42, 400);
  const folder = folderOf();
  const [to, other] = [join(folder, "a.lma"), join(folder, "b.lma")];
  const before = await timeAt(made, 0.9);
  const faults = new FaultPlan().arm("archive.recorded", "throw");
  await expect(archiveTo(made, before, to, { faults })).rejects.toThrow("archive.recorded");
  expect(await made.book.verify()).toMatchObject({ findings: [] });
  await expect(archiveTo(made, before, other)).rejects.toMatchObject({
    code: "ledger.archive_unfinished",
    details: { file: "a.lma", slimmed: 0 },
  });
  expect(await archiveTo(made, before, to, { dryRun: true })).toMatchObject({ outcome: "planned" });
  expect(await archiveTo(made, before, to)).toMatchObject({ outcome: "archived" });
  expect(await made.book.verify({ archives: [to] })).toMatchObject({ findings: [] });
});

test("two at once: the book verifies, and whoever is refused is told that another is at it", async () => {
  const made = await bookOf(43, 500);
  const folder = folderOf();
  const before = await timeAt(made, 0.9);
  const outcomes = await Promise.allSettled(
    ["a.lma", "b.lma", "c.lma"].map((file) => archiveTo(made, before, join(folder, file))),
  );
  const codes = outcomes.map((one) =>
    one.status === "fulfilled" ? one.value.outcome : (one.reason as { code: string }).code,
  );
  expect(codes).toContain("archived");
  const allowed = ["archived", "nothing", "ledger.archive_busy", "ledger.archive_unfinished"];
  for (const code of codes) expect(allowed).toContain(code);
  expect(await made.book.verify()).toMatchObject({ findings: [] });
});

test("P3 P4 two nodes write on and verify while it archives, and none of them errs", async () => {
  const shop = await openShop(["ann", "bob", "cyd"]);
  const nodes = [await openNode(shop), await openNode(shop)];
  const [first] = nodes;
  if (first === undefined) throw new Error("there is no node");
  for (let round = 0; round < 30; round++) {
    const batch = Array.from({ length: 100 }, (_, i) => {
      return {
        ...pay(`old-${round}-${i}`, "bank", "till", 1n),
        reference: `r${i}`,
        metadata: "{}",
      };
    });
    await first.book.batch(batch);
  }
  const before = (await first.book.head()).at + 1;
  let writing = true;
  let written = 0;
  const write = async (node: number) => {
    for (let i = 0; writing; i++) {
      const id = `new-${node}-${i}`;
      const answer = await nodes[node]?.book.submit(pay(id, "bank", "till", 1n));
      expect(answer?.status).toBe("created");
      written += 1;
    }
  };
  const writers = nodes.map((_, node) => write(node));
  let proofs = 0;
  const prove = async () => {
    while (writing) {
      expect((await first.book.verify()).findings).toEqual([]);
      proofs += 1;
    }
  };
  const proving = prove();
  const to = join(folderOf(), "a.lma");
  const clock = manualClock(before + 2 * 86_400_000);
  const faults = new FaultPlan().arm("archive.recorded", async () => {
    await expect.poll(() => written).toBeGreaterThan(20);
  });
  const told = await archiveBook(shop.test.database, "shop", { before, to, clock, faults });
  expect(told.entries).toBeGreaterThan(3_000);
  const during = written;
  writing = false;
  await Promise.all([...writers, proving]);
  expect(during).toBeGreaterThan(20);
  expect(proofs).toBeGreaterThan(0);
  await expectVerified(first.book);
  expect(await first.book.verify({ archives: [to] })).toMatchObject({ findings: [] });
  const again = { ...pay("old-3-7", "bank", "till", 1n), reference: "r7", metadata: "{}" };
  for (const { book } of nodes) {
    expect(await book.submit(again)).toMatchObject({ status: "exists" });
    expect(await book.submit({ ...again, reference: "r8" })).toMatchObject({
      code: "ledger.id_exists_with_different_reference",
    });
  }
});
