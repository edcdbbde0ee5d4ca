import { expect, test } from "vitest";
import { AMOUNT_MAX } from "../base/index.ts";
import { ledgerErrors } from "./ledger.errors.ts";
import { isRemembered, type RefusalCode, refusalCodes } from "./refusal.ts";
import { refusalErrors, refusalRow } from "./refusal.errors.ts";
import { CHAIN_MAX, CODE_MAX, METADATA_MAX_BYTES, REFERENCE_MAX_LENGTH } from "./transfer.ts";

const codes = Object.keys(refusalCodes) as RefusalCode[];

test("puts every refusal into words, in order of precedence, and no other", () => {
  expect(refusalErrors.codes).toEqual(codes);
});

test("numbers refusals from 1, each once and none left out", () => {
  const numbers = codes.map((code) => refusalCodes[code].number);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(codes.map((_, place) => place + 1));
});

test("gives no code to a refusal that an error has already", () => {
  const thrown: readonly string[] = ledgerErrors.codes;
  expect(codes.filter((code) => thrown.includes(code))).toEqual([]);
});

test.each(codes)("%s says what happened and what to do, in sentences", (code) => {
  const { message, advice } = refusalRow(code);
  expect(message).toMatch(/^[A-Z].*\.$/);
  expect(advice).toMatch(/^[A-Z`].*\.$/);
  // Nobody fills places in: a refusal is a value without details.
  expect(message + advice).not.toMatch(/[{}]/);
});

test("burns no id for what speaks against the request itself", () => {
  const speaksOfItself = codes.filter((code) =>
    ["invalid", "conflict"].includes(refusalRow(code).kind),
  );
  expect(speaksOfItself.filter(isRemembered)).toEqual([]);
  expect(codes.filter((code) => refusalRow(code).kind === "missing")).toSatisfy(
    (found: RefusalCode[]) => found.length > 0 && found.every(isRemembered),
  );
});

test("P2: sends nobody to repeat a request that will be refused alike", () => {
  expect(codes.filter((code) => refusalRow(code).retry !== "never")).toEqual([]);
});

test("names the limits as they are", () => {
  expect(refusalRow("ledger.amount_too_large").message).toContain(String(AMOUNT_MAX));
  expect(refusalRow("ledger.code_malformed").message).toContain(String(CODE_MAX));
  expect(refusalRow("ledger.reference_malformed").message).toContain(String(REFERENCE_MAX_LENGTH));
  expect(refusalRow("ledger.metadata_malformed").message).toContain(String(METADATA_MAX_BYTES));
  expect(refusalRow("ledger.chain_too_long").message).toContain(String(CHAIN_MAX));
});
