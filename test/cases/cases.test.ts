import { describe, expect, test } from "vitest";
import { refusalCodes, type RefusalCode } from "../../src/ledger/refusal.ts";
import { END_OF_TIME } from "../simulate/model-rules.ts";
import { modelSubject } from "./model-subject.ts";
import { runTable } from "./run-table.ts";
import { parseTable } from "./table.ts";
import { tables, world } from "./tables/index.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const codes = Object.keys(refusalCodes) as RefusalCode[];

/** Needs a clock that stands in the last century that RFC 3339 can write. */
const endOfTime = `
pending a CNY/2 user/1 bank 1 timeoutMs=1                  -> created
pending b CNY/2 user/1 bank 1 timeoutMs=3153600000000      -> overflows_timeout
pending b CNY/2 user/1 bank 1                              -> created
pending c CNY/2 user/1 bank 10001 timeoutMs=3153600000000  -> overflows_timeout
pending d CNY/2 shut bank 1 timeoutMs=3153600000000        -> debit_account_closed
open CNY/2 well debit bound=none                           -> created
open CNY/2 sea credit bound=none                           -> created
transfer fill CNY/2 well sea max                           -> created
pending e CNY/2 user/2 sea 1 timeoutMs=3153600000000       -> overflows_credits_posted
pending f CNY/2 user/1 bank 10001                          -> debit_account_exceeds_bound
`;

describe("the model", () => {
  test.each(tables)("%s", async (_title, text) => {
    const subject = modelSubject(START);
    await runTable(subject, parseTable(world));
    await runTable(subject, parseTable(text));
  });

  test("refuses a time-out beyond the end of time", async () => {
    const subject = modelSubject(END_OF_TIME - 50_000);
    await runTable(subject, parseTable(world + endOfTime));
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
      await runTable(subject, parseTable(world + text));
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
