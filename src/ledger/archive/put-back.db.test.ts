import { join } from "node:path";
import { expect, test } from "vitest";
import { FaultPlan } from "../../base/index.ts";
import { putBackArchive } from "../index.ts";
import { archiveTo, bookOf, folderOf, timeAt } from "../testing/archiving.ts";
import type { RandomBook } from "../testing/random-book.ts";

/** Every row of the ledger's tables, as text. */
async function tablesOf({ test: on }: RandomBook): Promise<Record<string, unknown>> {
  const names = ["entry", "balance", "batch", "account", "asset", "archive_hold"];
  const told: Record<string, unknown> = {};
  for (const name of names) {
    const { rows } = await on.database.transaction((tx) =>
      tx.query(
        `select each::text as row from ${on.schema}.ledger_${name} as each order by each::text`,
      ),
    );
    told[name] = rows;
  }
  return told;
}

test("P4 what archives took away is put back from their files, to the last row", async () => {
  const made = await bookOf(61, 120);
  const { database } = made.test;
  const { name } = made.book;
  const folder = folderOf();
  const [first, second] = [join(folder, "1.lma"), join(folder, "2.lma")];
  const whole = await tablesOf(made);
  await archiveTo(made, await timeAt(made, 0.4), first);
  const once = await tablesOf(made);
  await archiveTo(made, await timeAt(made, 0.8), second);

  await expect(putBackArchive(database, name, { from: first })).rejects.toMatchObject({
    code: "ledger.archive_not_newest",
    details: { newest: "2.lma" },
  });
  const told = await putBackArchive(database, name, { from: second, accountsPerPass: 5 });
  expect(told).toMatchObject({ file: "2.lma", afterSeq: told.throughSeq - told.entries });
  const { entry: _, ...rest } = await tablesOf(made);
  // Holds that the second found ended stay slim: their words are the first one's to put back.
  expect(rest).toEqual({ ...once, entry: undefined });
  const report = await made.book.verify({ archives: [first] });
  expect(report).toMatchObject({ findings: [], archivedThrough: told.afterSeq });

  await putBackArchive(database, name, { from: first });
  expect(await tablesOf(made)).toEqual(whole);
  expect(await made.book.verify()).not.toHaveProperty("archivedThrough");
  await expect(putBackArchive(database, name, { from: first })).rejects.toMatchObject({
    code: "ledger.archive_not_newest",
  });
  await archiveTo(made, await timeAt(made, 0.8), join(folder, "3.lma"));
  expect(await made.book.verify()).toMatchObject({ findings: [] });
});

test("P1 P4 broken off at any step it begins again, and the book verifies all the while", async () => {
  const made = await bookOf(62, 400);
  const { database } = made.test;
  const to = join(folderOf(), "a.lma");
  const whole = await tablesOf(made);
  await archiveTo(made, await timeAt(made, 0.8), to);
  let broken = 0;
  // What is back is no step any more: each run comes one further.
  while (broken < 40) {
    const faults = new FaultPlan().arm("archive.put_back_step_done", "throw");
    const work = putBackArchive(database, made.book.name, { from: to, faults });
    const ended = await work.then(
      () => "done",
      () => "broken",
    );
    expect((await made.book.verify()).findings).toEqual([]);
    if (ended === "done") break;
    broken += 1;
  }
  expect(broken).toBeGreaterThan(2);
  expect(await tablesOf(made)).toEqual(whole);
});
