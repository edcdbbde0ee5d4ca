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

  test("let every two neighbours of the list meet that can meet", async () => {
    const met = new Set<string>();
    for (const text of [...tables.map(([, text]) => text), endOfTime]) {
      const subject = modelSubject(text === endOfTime ? END_OF_TIME - 50_000 : START);
      await runTable(subject, parseTable(world + text));
      for (const reasons of subject.reasons) {
        for (const later of reasons) met.add(`${reasons[0]} ${later}`);
      }
    }
    const missing = codes.slice(1).filter((code, index) => {
      const pair = `${codes[index]} ${code}`;
      return !met.has(pair) && !(code in neverMeets);
    });
    expect(missing).toEqual([]);
  });
});

/** Reasons that can't be there together with the one before them in the list, and why. */
const neverMeets: Partial<Record<RefusalCode, string>> = {};
