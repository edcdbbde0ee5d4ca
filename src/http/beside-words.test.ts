import { expect, test } from "vitest";
import { type ErrorKind, httpStatusOf, LongmenError } from "../base/index.ts";
import { rowOfCode } from "./codes.ts";
import { INTERNAL_CODE } from "./http.errors.ts";
import { problemOf } from "./problem.ts";
import { routes } from "./routes.ts";

/** Whatever a route that buyers come to may answer. */
const met = routes
  .filter(({ needs, orNeeds = [] }) => [needs, orNeeds].flat().includes("shop.buy"))
  .flatMap(({ codes }) => codes);

test.each([...new Set(met)].sort())("%s is told a buyer in English and Chinese", (code) => {
  const { message, advice, status } = rowOfCode(code);
  const kinds = Object.keys(httpStatusOf) as ErrorKind[];
  const kind = kinds.find((one) => httpStatusOf[one] === status) ?? "invalid";
  const places = [...`${message}${advice}`.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const told: (readonly [string, string])[] = [...places, "problemsZh", "decisionId"].map(
    (name) => [name, "<it>"],
  );
  // Words of a few: these are told from a list.
  told.push(["keyOf", "payment"], ["problem", "it is no object"]);
  const row = { kind, message, advice, retry: "never" } as const;
  const error =
    code === INTERNAL_CODE
      ? new Error("a bug")
      : new LongmenError(code, row, Object.fromEntries(told));
  const { words } = problemOf(error, "trace", "buyer");
  expect(words?.zh).toMatch(/\p{Script=Han}/u);
  expect(words?.en).toMatch(/^[^\p{Script=Han}]+$/u);
  expect(`${words?.zh}${words?.en}`).not.toMatch(/[{}]|undefined/);
});

test("what the house says of its own rooms is no part of a buyer's words", () => {
  const row = {
    kind: "unavailable",
    message: "role {role}",
    advice: "psql",
    retry: "later",
  } as const;
  const problem = problemOf(
    new LongmenError("postgres.login_refused", row, { role: "longmen" }),
    "t",
  );
  expect(JSON.stringify(problem)).not.toMatch(/longmen"|psql/);
});

test("who asks a run for what it can't be is not told to come again", () => {
  const row = { kind: "conflict", message: "ended", advice: "it stands", retry: "never" } as const;
  expect(problemOf(new LongmenError("flow.run_ended", row, {}), "t")).not.toHaveProperty("words");
  const passing = { ...row, kind: "unavailable", retry: "later" } as const;
  expect(problemOf(new LongmenError("flow.fenced", passing, {}), "t").words?.en).toMatch(/again/);
});
