/** Versions of rule sets as they are told, their states, and who may do what. */
import { fail, type Instant, isId, isPath } from "../base/index.ts";
import { isObject, type JsonObject } from "./jdm/json.ts";
import { rulesErrors } from "./rules.errors.ts";

/**
 * draft → tested (all its tests pass; a draft again when they are run again and fail) → approved (by a second person)
 * → live → superseded (another went live), from there live again (a rollback); from all of them withdrawn, which is the
 * end.
 */
export type VersionState = "draft" | "tested" | "approved" | "live" | "superseded" | "withdrawn";

const NUMBERS: Readonly<Record<VersionState, number>> = {
  draft: 1,
  tested: 2,
  approved: 3,
  live: 4,
  superseded: 5,
  withdrawn: 6,
};
const NAMES = Object.entries(NUMBERS) as readonly [VersionState, number][];

export const numberOfState = (state: VersionState): number => NUMBERS[state];

export function stateOfNumber(number: number): VersionState {
  const found = NAMES.find(([, known]) => known === number);
  return found?.[0] ?? "withdrawn";
}

/** What each state may become. */
export const transitions: Readonly<Record<VersionState, readonly VersionState[]>> = {
  draft: ["tested", "withdrawn"],
  tested: ["tested", "draft", "approved", "withdrawn"],
  approved: ["live", "withdrawn"],
  live: ["superseded", "withdrawn"],
  superseded: ["live", "withdrawn"],
  withdrawn: [],
};

/** A sub-decision: the rule set it names, and the version it is pinned to. */
export interface Use {
  readonly key: string;
  readonly version: number;
  readonly hash: string;
}

/** Who changes rules, from where, in which request: for the audit. */
export interface Actor {
  /** Who that is, without the key used: two keys of one owner are one person. */
  readonly owner: string;
  readonly kind: "person" | "service";
  readonly from: string;
  readonly request: string;
}

export interface VersionView {
  readonly book: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly state: VersionState;
  readonly note?: string | undefined;
  readonly uses: readonly Use[];
  readonly madeBy: string;
  readonly madeAt: Instant;
  readonly report?: TestReport | undefined;
  readonly approvedBy?: string | undefined;
  readonly approvedAt?: Instant | undefined;
}

/** One of a version's tests: what an input is to answer, or with which code it is to be refused. */
export interface RuleTest {
  readonly name: string;
  readonly input: JsonObject;
  readonly output?: unknown;
  readonly refused?: string;
}

export interface TestReport {
  readonly count: number;
  readonly passed: number;
  readonly failures: readonly TestFailure[];
}

export interface TestFailure {
  readonly name: string;
  /** What came instead. */
  readonly output?: unknown;
  readonly refused?: string;
  readonly reason?: string;
}

export const LINE_MAX_LENGTH = 256;

/** Refuses: rules.field_malformed. */
export function must(holds: boolean, field: string, expected: string): void {
  if (!holds) throw fail(rulesErrors, "field_malformed", { field, expected });
}

/** Refuses: rules.field_malformed. */
export function checkPlace(book: string, name: string): void {
  must(isPath(book), "book", "the name of a book");
  const expected = "1 to 64 of letters, digits and . _ : @ # + - /, first a letter or a digit";
  must(isId(name), "name", expected);
}

/** Refuses: rules.field_malformed. */
export function checkActor(actor: Actor): void {
  must(isObject(actor), "by", "who does it");
  for (const field of ["owner", "from", "request"] as const) {
    must(isLine(actor[field]), field, `one line of 1 to ${LINE_MAX_LENGTH} characters`);
  }
  must(actor.kind === "person" || actor.kind === "service", "kind", '"person" or "service"');
}

/** Refuses: rules.field_malformed. */
export function checkLine(text: string | undefined, field: string): void {
  const expected = `one line of 1 to ${LINE_MAX_LENGTH} characters`;
  must(text === undefined || isLine(text), field, expected);
}

function isLine(text: unknown): text is string {
  if (typeof text !== "string" || text.length === 0 || text.length > LINE_MAX_LENGTH) return false;
  return text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
}
