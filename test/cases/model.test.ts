import { describe, expect, test } from "vitest";
import { type RefusalCode, refusalCodes } from "../../src/ledger/index.ts";
import { END_OF_TIME } from "../simulate/model-rules.ts";
import { modelSubject } from "./model-subject.ts";
import { findDifferences } from "./run-table.ts";
import { parseTable } from "./table.ts";
import { endOfTime, tables, world } from "./tables/index.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const codes = Object.keys(refusalCodes) as RefusalCode[];

describe("the model", () => {
  test.each(tables)("%s", async (_title, text) => {
    expect(await findDifferences(modelSubject(START), parseTable(world + text))).toEqual([]);
  });

  test("refuses a time-out beyond the end of time", async () => {
    const subject = modelSubject(END_OF_TIME - 50_000);
    expect(await findDifferences(subject, parseTable(world + endOfTime))).toEqual([]);
  });
});

describe("the tables", () => {
  test("have several hundred cases", () => {
    const steps = tables.flatMap(([, text]) => parseTable(text));
    expect(steps.filter((step) => step.do === "submit").length).toBeGreaterThan(500);
  });

  test("show every refusal that is published", () => {
    const expected = tables.flatMap(([, text]) => parseTable(text)).concat(parseTable(endOfTime));
    const shown = new Set(
      expected.flatMap((step) => (step.do === "submit" ? [step.expected.code] : [])),
    );
    expect(codes.filter((code) => !shown.has(code))).toEqual([]);
  });

  test("show every refusal before a later one and behind an earlier one, where they can meet", async () => {
    const won = new Set<RefusalCode>();
    const lost = new Set<RefusalCode>();
    for (const text of [...tables.map(([, text]) => text), endOfTime]) {
      const subject = modelSubject(text === endOfTime ? END_OF_TIME - 50_000 : START);
      await findDifferences(subject, parseTable(world + text));
      for (const [first, ...all] of subject.reasons) {
        const others = all.filter((code) => code !== first);
        if (first !== undefined && others.length > 0) won.add(first);
        for (const other of others) lost.add(other);
      }
    }
    expect(codes.filter((code) => !won.has(code) && !(code in winsAlone))).toEqual([]);
    expect(codes.filter((code) => !lost.has(code) && !(code in losesToNone))).toEqual([]);
  });
});

/** Refusals that no later one can stand behind, and why. */
const winsAlone: Partial<Record<RefusalCode, string>> = {
  "ledger.pending_missing": "all later ones are about the hold",
  "ledger.pending_is_not_pending": "all later ones are about the hold",
  "ledger.credit_account_exceeds_bound": "the last of a transfer",
  "ledger.account_exists_with_different_bound": "the last of an opening",
  "ledger.asset_exists_with_different_refusals": "the last of an asset",
  "ledger.account_missing": "all later ones are about the account",
  "ledger.account_not_closed": "the last of a reopening",
  "ledger.bound_below_balance": "the last of a bound",
  "ledger.chain_empty": "the other is of a chain too long",
  "ledger.chain_too_long": "the last of a chain",
};

/** Refusals that no earlier one can stand before, and why. */
const losesToNone: Partial<Record<RefusalCode, string>> = {
  "ledger.kind_unknown": "the first of a request",
  "ledger.chain_id_malformed": "the first of a chain",
};
