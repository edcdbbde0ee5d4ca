import { expect, test } from "vitest";
import { accessErrors } from "../access/index.ts";
import { ledgerErrors, readingErrors, refusalErrors } from "../ledger/index.ts";
import { httpErrors } from "./http.errors.ts";

const tables = { accessErrors, httpErrors, ledgerErrors, readingErrors, refusalErrors };

test.for(Object.entries(tables))("what a caller is told by %s is a sentence", ([, { rows }]) => {
  const told = Object.values(rows).map(({ message }) => message);
  expect(told.filter((message) => !/^["{A-Z].*[^.]\.$/.test(message))).toEqual([]);
});
