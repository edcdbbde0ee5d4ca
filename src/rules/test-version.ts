import { fail, LongmenError } from "../base/index.ts";
import { evaluate } from "./decide.ts";
import { isSame } from "./jdm/json.ts";
import { changeSet, checkTransition, type RulesRoom, versionOf, viewOfVersion } from "./room.ts";
import { rulesErrors } from "./rules.errors.ts";
import {
  type Actor,
  checkActor,
  checkPlace,
  numberOfState,
  type RuleTest,
  type TestFailure,
  type TestReport,
  type VersionView,
} from "./version.ts";
import { changeVersions, type Place } from "./write-rules.ts";

export interface RunTestsOptions {
  readonly onProgress?: ((done: number, count: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a report keeps of its failures. */
const FAILURES_MAX = 100;

/** The contract stands at the door, `open-rules.ts`. */
export async function testVersion(
  room: RulesRoom,
  place: Place,
  version: number,
  by: Actor,
  options: RunTestsOptions = {},
): Promise<VersionView> {
  const { book, name } = place;
  checkPlace(book, name);
  checkActor(by);
  checkTransition(await versionOf(room, place, version), "tested");
  const { tests } = await room.contents.read(place, version);
  if (tests.length === 0) throw fail(rulesErrors, "tests_missing", { name, version });
  const report = await runTests(room, place, version, tests, options);
  const passes = report.passed === report.count;
  await changeSet(room, place, async () => {
    const row = await versionOf(room, place, version);
    checkTransition(row, "tested");
    // Also where it was tested: what fails now is approved by nobody.
    const to = numberOfState(passes ? "tested" : "draft");
    const change = {
      book,
      name,
      version,
      from: row.state,
      to,
      report: JSON.stringify(report),
      approvedBy: null,
    };
    return {
      change: { version, what: passes ? ("tested" as const) : ("failed_tests" as const), by },
      more: (building) => building.write(changeVersions, change),
    };
  });
  const { count, passed, failures } = report;
  if (!passes) {
    const names = failures.map((one) => one.name);
    const details = { name, version, count, failed: count - passed, names, failures };
    throw fail(rulesErrors, "tests_failed", details);
  }
  return viewOfVersion(await versionOf(room, place, version));
}

/** Runs them apart from everybody's decisions: nobody knows yet what they may end. */
async function runTests(
  room: RulesRoom,
  place: Place,
  version: number,
  tests: readonly RuleTest[],
  { onProgress, signal }: RunTestsOptions,
): Promise<TestReport> {
  const failures: TestFailure[] = [];
  let passed = 0;
  for (const [i, test] of tests.entries()) {
    signal?.throwIfAborted();
    const failure = await runTest(room, place, version, test);
    if (failure === undefined) passed += 1;
    else if (failures.length < FAILURES_MAX) failures.push(failure);
    onProgress?.(i + 1, tests.length);
  }
  return { count: tests.length, passed, failures };
}

async function runTest(
  room: RulesRoom,
  place: Place,
  version: number,
  { name, input, output, refused }: RuleTest,
): Promise<TestFailure | undefined> {
  const { compiled } = await room.contents.compiled(place, version);
  try {
    const answer = await evaluate(room, compiled, input, {
      name: place.name,
      version,
      apart: true,
    });
    if (refused === undefined && isSame(answer.output, output)) return undefined;
    return { name, output: answer.output };
  } catch (error) {
    if (!(error instanceof LongmenError) || isOfTheMachine(error)) throw error;
    return error.code === refused
      ? undefined
      : { name, refused: error.code, reason: error.message };
  }
}

const isOfTheMachine = ({ kind }: LongmenError): boolean =>
  kind === "unavailable" || kind === "limited";
