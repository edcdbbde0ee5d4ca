import { expect, test } from "vitest";
import { refusalCodes } from "../src/ledger/index.ts";
import { errorsPage, refusalsPage } from "./reference.ts";

const row = {
  kind: "limited",
  message: "The queue of {book} is full.",
  advice: "Wait a moment.",
  retry: "later",
} as const;

test("gives every code a heading, its status and its advice, rooms in order", () => {
  const page = errorsPage([
    { room: "postgres", rows: { unreachable: row } },
    { room: "ledger", rows: { overloaded: row, busy: row } },
  ]);
  const headings = page.split("\n").filter((line) => line.startsWith("#"));
  expect(headings).toEqual([
    "# Errors",
    "## ledger",
    "### `ledger.overloaded`",
    "### `ledger.busy`",
    "## postgres",
    "### `postgres.unreachable`",
  ]);
  expect(page).toContain("The queue of {book} is full.");
  expect(page).toContain("*limited (429) · retry: later* — Wait a moment.");
});

test("puts the tables of one room under one heading", () => {
  const page = errorsPage([
    { room: "ledger", rows: { busy: row } },
    { room: "ledger", rows: { stale: row } },
  ]);
  expect(page.match(/^## ledger$/gm)).toHaveLength(1);
});

test("lists every refusal of a book once, in order of precedence, and says which burn their ids", () => {
  const rows = refusalsPage()
    .split("\n")
    .map((line) => /^\| (\d+) \| \[`([a-z_.]+)`\]\S+ \| (burnt)? ?\|/.exec(line))
    .flatMap((match) => (match === null ? [] : [match]));
  const wanted = Object.entries(refusalCodes).map(([code, { number, remembered }]) => [
    String(number),
    code,
    remembered ? "burnt" : undefined,
  ]);
  expect(rows.map(([, number, code, burnt]) => [number, code, burnt])).toEqual(wanted);
});
