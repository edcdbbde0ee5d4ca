import { describe, expect, test } from "vitest";
import { missingMigrations } from "./migrate.ts";
import { labelOf, type Migration, migrationOf } from "./migration.ts";

const one = migrationOf("ledger", 1, "accounts", "create table a ();");
const two = migrationOf("ledger", 2, "batches", "create table b ();");
const flow = migrationOf("flow", 1, "runs", "create table c ();");

const history = (applied: readonly Migration[], floor?: Migration) => ({
  applied: applied.map((m) => ({ ...m, appliedAt: 0 })),
  floors:
    floor === undefined
      ? []
      : [{ room: floor.room, oldest: floor.oldest, migration: labelOf(floor) }],
});

describe("which migrations are missing", () => {
  test("all of an empty database, in the order of the rooms", () => {
    expect(missingMigrations([one, two, flow], history([])).map(labelOf)).toEqual([
      "ledger/0001-accounts",
      "ledger/0002-batches",
      "flow/0001-runs",
    ]);
  });

  test("only what was not applied", () => {
    expect(missingMigrations([one, two], history([one]))).toEqual([two]);
  });

  test("a changed text is refused, whatever else is missing", () => {
    const changed = migrationOf("ledger", 1, "accounts", "create table other ();");
    expect(() => missingMigrations([changed, two], history([one]))).toThrow(
      "Migration ledger/0001-accounts was applied with another text",
    );
  });

  test("an unknown newer one is accepted unless it shuts this node out", () => {
    const breaking = migrationOf("ledger", 2, "split", "-- breaking\nalter table a add b int4;");
    expect(missingMigrations([one], history([one, two]))).toEqual([]);
    expect(() => missingMigrations([one], history([one, breaking], breaking))).toThrow(
      expect.objectContaining({
        code: "postgres.schema_newer",
        details: { room: "ledger", oldest: 2, migration: "ledger/0002-split" },
      }),
    );
  });

  test("who knows what a later one needs may stay; who doesn't may not", () => {
    const contract = migrationOf("ledger", 3, "drop", "-- needs 0002\nalter table a drop b;");
    expect(contract).toMatchObject({ oldest: 2, breaking: true });
    const later = history([one, two, contract], contract);
    expect(missingMigrations([one, two], later)).toEqual([]);
    expect(() => missingMigrations([one], later)).toThrow("needs nodes that know ledger/2");
  });

  test("a room that this caller does not use may be as new as it likes", () => {
    const breaking = migrationOf("flow", 9, "split", "-- breaking\n");
    expect(missingMigrations([one], history([one, breaking], breaking))).toEqual([]);
  });

  test("a number below one that was applied is refused", () => {
    expect(() => missingMigrations([one, two], history([two]))).toThrow(
      "Migration ledger/0001-accounts was never applied, though ledger/0002-batches was",
    );
  });

  test("line ends do not change a migration", () => {
    const windows = migrationOf("ledger", 1, "accounts", "-- breaking\r\nselect 1;\r\n");
    const unix = migrationOf("ledger", 1, "accounts", "-- breaking\nselect 1;\n");
    expect(windows).toEqual(unix);
    expect(windows.breaking).toBe(true);
  });

  test("needing what comes later is a bug", () => {
    expect(() => migrationOf("ledger", 2, "x", "-- needs 0003\n")).toThrow("comes later");
  });
});
