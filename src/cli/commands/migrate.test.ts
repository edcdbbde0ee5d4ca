import { expect, test } from "vitest";
import type { MigrationPlan } from "../../postgres/index.ts";
import { planText } from "./migrate.ts";

const upToDate: MigrationPlan = {
  schemaExists: true,
  pending: [],
  currentNodesMayStay: true,
  otherSessions: 3,
  otherAddresses: 2,
};
const expand = { migration: "ledger/0003-notes", currentNodesMayStay: true };
const contract = {
  migration: "ledger/0004-note-times",
  currentNodesMayStay: false,
  needs: "ledger/0003-notes",
};

test("nothing to do is said in a line", () => {
  expect(planText(upToDate)).toBe("the tables are up to date; nothing would be done");
});

test("compatible migrations: the nodes that run now may stay", () => {
  const text = planText({ ...upToDate, pending: [expand] });
  expect(text).toContain("ledger/0003-notes  older nodes may stay");
  expect(text).toContain("3 sessions of others are connected, from 2 addresses");
  expect(text).toContain("the nodes that run now may stay");
});

test("others: which nodes may stay, and that those that run now are refused", () => {
  const pending = [expand, contract];
  const text = planText({ ...upToDate, pending, currentNodesMayStay: false, otherSessions: 0 });
  expect(text.split("\n")).toEqual([
    "would apply, in this order:",
    "  ledger/0003-notes       older nodes may stay",
    "  ledger/0004-note-times  needs nodes that know ledger/0003-notes",
    "no other Longmen is connected",
    "the nodes that run now are refused every write from then on: stop them first, or",
    "go by a version between, which knows what is needed and may run beside them",
  ]);
});

test("of an empty database nobody can be shut out", () => {
  const text = planText({ ...upToDate, schemaExists: false, pending: [expand] });
  expect(text).toBe("would make the schema, and apply:\n  ledger/0003-notes  older nodes may stay");
});
