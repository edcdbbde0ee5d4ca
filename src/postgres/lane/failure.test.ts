import { expect, test } from "vitest";
import type { RefusedByServer } from "./connection.ts";
import { isLoss } from "./connection.ts";
import { readFailure } from "./failure.ts";

const refused = (
  code: string,
  more: Partial<RefusedByServer & { routine: string }> = {},
): RefusedByServer => Object.assign(new Error("refused"), { code, severity: "ERROR", ...more });

const detail = JSON.stringify({ by: "shelf.insert", ordinals: [1, 4] });

test.each([
  ["LM001", { detail }, { kind: "culprits", by: "shelf.insert", ordinals: [1, 4] }],
  ["LM001", { detail: '{"by":"shelf.insert","ordinals":[]}' }, { kind: "unnamed" }],
  ["LM002", {}, { kind: "engine", failure: { kind: "stale" } }],
  ["LM003", { detail: "17" }, { kind: "engine", failure: { kind: "skewed", databaseTime: 17 } }],
  ["LM004", {}, { kind: "fenced" }],
  ["40001", {}, { kind: "passing" }],
  ["40P01", {}, { kind: "passing" }],
  ["55P03", {}, { kind: "passing" }],
  ["23505", { constraint: "shelf_pkey" }, { kind: "passing" }],
  [
    "23505",
    { constraint: "ledger_entry_id_is_used_once" },
    { kind: "engine", failure: { kind: "repeated" } },
  ],
  ["53100", {}, { kind: "unavailable" }],
  ["58030", {}, { kind: "unavailable" }],
  ["25006", {}, { kind: "unavailable" }],
  ["57014", {}, { kind: "unavailable" }],
  ["26000", {}, { kind: "connection" }],
  ["42P05", {}, { kind: "connection" }],
  ["0A000", { routine: "RevalidateCachedQuery" }, { kind: "connection" }],
  ["0A000", {}, { kind: "unexpected" }],
  ["23514", {}, { kind: "unexpected" }],
  ["42P01", {}, { kind: "unexpected" }],
] as const)("reads %s with %o as %o", (code, more, expected) => {
  expect(readFailure(refused(code, more))).toEqual(expected);
});

test("tells a connection that is lost from a refusal", () => {
  for (const code of ["08006", "57P01", "57P02", "25P03"]) expect(isLoss(refused(code))).toBe(true);
  for (const code of ["57014", "23505", "LM001", "25P02"])
    expect(isLoss(refused(code))).toBe(false);
  expect(isLoss(new Error("Connection terminated unexpectedly"))).toBe(true);
});
