import { describe, expect, test } from "vitest";
import { missingMigrations } from "./migrate.ts";
import { labelOf, migrationOf } from "./migration.ts";

const one = migrationOf("ledger", 1, "accounts", "create table a ();");
const two = migrationOf("ledger", 2, "batches", "create table b ();");
const flow = migrationOf("flow", 1, "runs", "create table c ();");

const applied = (m: typeof one) => ({ ...m, appliedAt: 0 });

describe("which migrations are missing", () => {
  test("all of an empty database, in the order of the rooms", () => {
    expect(missingMigrations([one, two, flow], []).map(labelOf)).toEqual([
      "ledger/0001-accounts",
      "ledger/0002-batches",
      "flow/0001-runs",
    ]);
  });

  test("only what was not applied", () => {
    expect(missingMigrations([one, two], [applied(one)])).toEqual([two]);
  });

  test("a changed text is refused, whatever else is missing", () => {
    const changed = migrationOf("ledger", 1, "accounts", "create table other ();");
    expect(() => missingMigrations([changed, two], [applied(one)])).toThrow(
      "Migration ledger/0001-accounts was applied with another text",
    );
  });

  test("an unknown newer one is accepted unless it is breaking", () => {
    const breaking = migrationOf("ledger", 2, "split", "-- breaking\nalter table a add b int4;");
    expect(missingMigrations([one], [applied(one), applied(two)])).toEqual([]);
    expect(() => missingMigrations([one], [applied(one), applied(breaking)])).toThrow(
      expect.objectContaining({ code: "postgres.schema_newer" }),
    );
  });

  test("a room that this caller does not use may be as new as it likes", () => {
    const breaking = migrationOf("flow", 9, "split", "-- breaking\n");
    expect(missingMigrations([one], [applied(one), applied(breaking)])).toEqual([]);
  });

  test("a number below one that was applied is refused", () => {
    expect(() => missingMigrations([one, two], [applied(two)])).toThrow(
      "Migration ledger/0001-accounts was never applied, though ledger/0002-batches was",
    );
  });

  test("line ends do not change a migration", () => {
    const windows = migrationOf("ledger", 1, "accounts", "-- breaking\r\nselect 1;\r\n");
    const unix = migrationOf("ledger", 1, "accounts", "-- breaking\nselect 1;\n");
    expect(windows).toEqual(unix);
    expect(windows.breaking).toBe(true);
  });
});
