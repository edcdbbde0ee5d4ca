/** A version's tests: those in the JDM file, and those given beside it. */
import { fail } from "../base/index.ts";
import { readInput } from "./check-values.ts";
import { isObject, isSame } from "./jdm/json.ts";
import { rulesErrors } from "./rules.errors.ts";
import type { RuleTest } from "./version.ts";

export const TESTS_MAX = 1_000;
const NAME_MAX_LENGTH = 200;

/**
 * One that is given beside the file and stands in it, too, is one: so has an exported version its tests.
 * Refuses: rules.tests_malformed, rules.number_inexact.
 */
export function readTests(inFile: unknown, beside: unknown): readonly RuleTest[] {
  const own = listOf(inFile, "the file's tests");
  const others = listOf(beside, "the tests");
  checkCount(Math.max(own.length, others.length));
  const ofFile = own.map((test, i) => readTest(test, i));
  const byName = new Map(ofFile.map((test) => [test.name, test]));
  const given = others.map((test, i) => readTest(test, own.length + i));
  const read = [...ofFile, ...given.filter((test) => !isSame(test, byName.get(test.name)))];
  checkCount(read.length);
  const names = new Set<string>();
  for (const { name } of read) {
    if (names.has(name)) throw malformed(`two are called ${name}`);
    names.add(name);
  }
  return read;
}

function checkCount(count: number): void {
  if (count > TESTS_MAX) throw malformed(`there are ${count}, and ${TESTS_MAX} are the most`);
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(`${what} are no list`);
  return value;
}

function readTest(test: unknown, i: number): RuleTest {
  if (!isObject(test) || !isObject(test["input"])) throw malformed(`number ${i + 1} has no input`);
  const { name = `test ${i + 1}`, output, refused } = test;
  if (
    typeof name !== "string" ||
    name === "" ||
    name.length > NAME_MAX_LENGTH ||
    !name.isWellFormed()
  ) {
    throw malformed(
      `number ${i + 1} has a name that is no text of 1 to ${NAME_MAX_LENGTH} characters`,
    );
  }
  const input = readInput(test["input"]);
  if (typeof refused === "string" && output === undefined) return { name, input, refused };
  if (refused !== undefined || output === undefined) {
    throw malformed(`"${name}" says neither its output nor the code it is refused with`);
  }
  return { name, input, output: readInput({ output })["output"] };
}

const malformed = (problem: string): Error => fail(rulesErrors, "tests_malformed", { problem });
