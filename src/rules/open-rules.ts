import { type Logger, silentLogger } from "../base/index.ts";
import { type Database, demandMigrated, postgresMigrations } from "../postgres/index.ts";
import {
  approveVersion,
  makeLive,
  type Reason,
  type RollBackReason,
  rollBack,
  withdrawVersion,
} from "./change-state.ts";
import { type Contract, Contents } from "./contents.ts";
import { decide, type DecideOptions, type Decision } from "./decide.ts";
import { DecisionLog, LOG_LENGTH_MAX, LOG_WAITING_MAX } from "./decision-log.ts";
import { Engines } from "./engine/engines.ts";
import { importVersion, type NewVersion } from "./import-version.ts";
import { LivePointers } from "./live-pointers.ts";
import { rulesMigrations } from "./migrations.ts";
import { type RulesRoom, setOf, versionOf, viewOfVersion } from "./room.ts";
import type { RulesLane } from "./rules-lane.ts";
import { shadow, type ShadowOptions, type ShadowReport } from "./shadow.ts";
import { type RunTestsOptions, testVersion } from "./test-version.ts";
import { type Actor, checkPlace, must, type RuleTest, type VersionView } from "./version.ts";
import {
  decisionOf,
  decisionsOf,
  eventsOf,
  type LoggedDecision,
  type Page,
  type PageRequest,
  type RuleEventView,
  type RuleSetView,
  setsOf,
  versionsOf,
  viewOfSet,
} from "./views.ts";

/** A version as it was imported. */
export interface ExportedVersion {
  /** Byte for byte as it was given. */
  readonly jdm: Buffer;
  readonly tests: readonly RuleTest[];
  readonly contract: Contract;
}

export interface Rules {
  /**
   * Takes over a JDM file as the next version of a rule set, made with its first. The file is kept byte for byte; all
   * that is wrong with it is said at once. Sub-decisions are pinned to what is live now.
   * Safe to repeat: the same content answers the version that it is already.
   * Refuses: rules.jdm_malformed, script_forbidden, tests_malformed, contract_malformed, field_malformed,
   * number_inexact, changed_meanwhile, engine_missing, engine_busy.
   */
  import(book: string, asked: NewVersion, by: Actor): Promise<VersionView>;
  /** What was imported. Refuses: rules.version_missing. */
  export(book: string, name: string, version: number): Promise<ExportedVersion>;
  /**
   * Runs a version's tests; if all pass it is *tested*, if not a draft, also where it was tested before. Its report is
   * stored either way.
   * Safe to repeat. Refuses: rules.tests_failed, tests_missing, version_missing, transition_refused; engine_….
   */
  test(
    book: string,
    name: string,
    version: number,
    by: Actor,
    options?: RunTestsOptions,
  ): Promise<VersionView>;
  /**
   * A second person says that a tested version may go live.
   * Safe to repeat. Refuses: rules.second_person_needed, transition_refused, version_missing.
   */
  approve(book: string, name: string, version: number, reason: Reason): Promise<VersionView>;
  /**
   * Makes an approved version the one that decides; the one before is superseded. On this node at once, on others
   * within a second. Safe to repeat. Refuses: rules.transition_refused, version_missing, changed_meanwhile.
   */
  makeLive(book: string, name: string, version: number, reason: Reason): Promise<VersionView>;
  /**
   * Makes a version live again that was before: `version`; or the one that first went live before `from`, which is live
   * and wrong. Never to what was rolled back from, unless it was made live again by its name since.
   * Safe to repeat: yes. Refuses: rules.rollback_unnamed, not_live, nothing_to_roll_back, transition_refused.
   */
  rollBack(book: string, name: string, reason: RollBackReason): Promise<VersionView>;
  /** Ends a version. If it was live, none is. Safe to repeat. Refuses: rules.version_missing. */
  withdraw(book: string, name: string, version: number, reason: Reason): Promise<VersionView>;
  /**
   * Asks the live version, or the one that is named, and writes the decision down. Amounts may be bigint; an
   * answer's whole numbers are exact, or it is refused.
   * Refuses: rules.none_live, set_missing, input_refused, field_malformed, answer_null, output_refused,
   * money_inexact, number_inexact, evaluation_failed, engine_died, engine_timeout, engine_busy, log_full.
   */
  decide(book: string, name: string, input: unknown, options?: DecideOptions): Promise<Decision>;
  /**
   * Decides again what was decided last, by a candidate, and counts what would change. Changes nothing and writes no
   * decisions; reads by pages. Refuses: rules.version_missing, none_live, field_malformed; and the signal's reason.
   */
  shadow(
    book: string,
    name: string,
    candidate: number,
    options?: ShadowOptions,
  ): Promise<ShadowReport>;
  find(book: string, name: string): Promise<RuleSetView>;
  findVersion(book: string, name: string, version: number): Promise<VersionView>;
  list(book: string, page?: PageRequest): Promise<Page<RuleSetView>>;
  versions(book: string, name: string, page?: PageRequest): Promise<Page<VersionView>>;
  /** What was done to a rule set, by whom and why, newest first. */
  events(book: string, name: string, page?: PageRequest): Promise<Page<RuleEventView>>;
  /** Refuses: rules.decision_missing. */
  decision(book: string, decisionId: string): Promise<LoggedDecision>;
  /** Of a rule set newest first, or of a trace oldest first. */
  decisions(
    book: string,
    asked: { readonly name: string } | { readonly traceId: string },
    page?: PageRequest,
  ): Promise<Page<LoggedDecision>>;
  /** Resolves when every decision made so far is written down. */
  logged(): Promise<void>;
  /** Writes down what was decided, and ends the engine's processes. */
  close(): Promise<void>;
}

export interface RulesOptions {
  readonly database: Database;
  /** A lane without an engine: the node's own, for rows of no book. */
  readonly lane: RulesLane;
  readonly log?: Logger | undefined;
  /** How long decisions are kept; 0: for ever. 90 days when left out. */
  readonly keepDays?: number | undefined;
  /** How long one evaluation may take; 2 s when left out. */
  readonly timeoutMs?: number | undefined;
  /** Decisions that may wait to be written down; 20,000 when left out. */
  readonly logWaitingMax?: number | undefined;
  /** How long these may be together, in characters; 64 Mi when left out. */
  readonly logLengthMax?: number | undefined;
}

const KEEP_DAYS = 90;
const KEEP_DAYS_MAX = 36_500;
/** What this node believes ages by a clock that nobody sets. */
const monotonic = { now: () => performance.now() };

/** Opens the rules on a migrated schema. The engine's process is started when something needs it. */
export async function openRules(options: RulesOptions): Promise<Rules> {
  const { database, lane, log = silentLogger, keepDays = KEEP_DAYS } = options;
  const { timeoutMs, logWaitingMax: waitingMax = LOG_WAITING_MAX } = options;
  const { logLengthMax: lengthMax = LOG_LENGTH_MAX } = options;
  const isDays = Number.isInteger(keepDays) && keepDays >= 0 && keepDays <= KEEP_DAYS_MAX;
  must(isDays, "keepDays", `whole days from 1 to ${KEEP_DAYS_MAX}, or 0 for ever`);
  await demandMigrated(database, [postgresMigrations, rulesMigrations]);
  const { clock } = database;
  const engines = new Engines({ timeoutMs });
  const decisions = new DecisionLog({
    ...{ database, lane, clock, log },
    ...{ keepDays, waitingMax, lengthMax },
  });
  const live = new LivePointers(database, monotonic);
  const contents = new Contents(database);
  return rulesOf({ database, lane, log, engines, contents, live, decisions });
}

function rulesOf(room: RulesRoom): Rules {
  return {
    import: (book, asked, by) => importVersion(room, book, asked, by),
    async export(book, name, version) {
      checkPlace(book, name);
      await versionOf(room, { book, name }, version);
      const { jdm, tests, contract } = await room.contents.read({ book, name }, version);
      return { jdm, tests, contract };
    },
    test: (book, name, version, by, options) =>
      testVersion(room, { book, name }, version, by, options),
    approve: (book, name, version, reason) => approveVersion(room, { book, name }, version, reason),
    makeLive: (book, name, version, reason) => makeLive(room, { book, name }, version, reason),
    rollBack: (book, name, reason) => rollBack(room, { book, name }, reason),
    withdraw: (book, name, version, reason) =>
      withdrawVersion(room, { book, name }, version, reason),
    decide: (book, name, input, options) => decide(room, { book, name }, input, options),
    shadow: (book, name, candidate, options) => shadow(room, { book, name }, candidate, options),
    ...reads(room),
    logged: () => room.decisions.settled(),
    async close() {
      await room.decisions.close();
      await room.engines.close();
    },
  };
}

type Reads = Pick<
  Rules,
  "find" | "findVersion" | "list" | "versions" | "events" | "decision" | "decisions"
>;

const reads = (room: RulesRoom): Reads => ({
  async find(book, name) {
    checkPlace(book, name);
    return viewOfSet(await setOf(room, { book, name }));
  },
  async findVersion(book, name, version) {
    checkPlace(book, name);
    return viewOfVersion(await versionOf(room, { book, name }, version));
  },
  list: (book, page = {}) => setsOf(room, book, page),
  versions: (book, name, page = {}) => versionsOf(room, { book, name }, page),
  events: (book, name, page = {}) => eventsOf(room, { book, name }, page),
  decision: (book, decisionId) => decisionOf(room, book, decisionId),
  decisions: (book, asked, page = {}) => decisionsOf(room, book, asked, page),
});
