/** Decisions as data: rule sets, their versions, who let them go live, and what was decided. README.md says more. */
export type { Reason, RollBackReason } from "./change-state.ts";
export type { Contract } from "./contents.ts";
export { type Decision, type DecideOptions, decisionRow } from "./decide.ts";
export type { Difference } from "./differences.ts";
export type { NewVersion } from "./import-version.ts";
export type { Json, JsonObject } from "./jdm/json.ts";
export type { Problem } from "./jdm/graph.ts";
export { BELIEF_MS } from "./live-pointers.ts";
export { rulesMigrations } from "./migrations.ts";
export { type ExportedVersion, openRules, type Rules, type RulesOptions } from "./open-rules.ts";
export type { RulesLane } from "./rules-lane.ts";
export { refusalWords } from "./refusal-words.ts";
export { rulesErrors } from "./rules.errors.ts";
export type { ShadowDifference, ShadowOptions, ShadowReport } from "./shadow.ts";
export type { RunTestsOptions } from "./test-version.ts";
export type {
  Actor,
  RuleTest,
  TestFailure,
  TestReport,
  Use,
  VersionState,
  VersionView,
} from "./version.ts";
export type { LoggedDecision, Page, PageRequest, RuleEventView, RuleSetView } from "./views.ts";
export { type DecisionRow, insertDecisions } from "./write-decisions.ts";
export type { RuleAct } from "./write-rules.ts";
