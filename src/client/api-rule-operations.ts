/** What each operation of rules takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

import type {
  DecideRequest,
  Decision,
  LoggedDecision,
  LoggedDecisionPage,
  RollBackRule,
  RuleContent,
  RuleEventPage,
  RuleReason,
  RuleSet,
  RuleSetPage,
  RuleVersion,
  RuleVersionPage,
  ShadowReport,
} from "./api-types.ts";

export interface RuleOperations {
  readonly approveRule: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: undefined;
    readonly body: RuleReason;
    readonly answer: RuleVersion;
  };
  readonly decideRule: {
    readonly params: { readonly book: string; readonly name: string };
    readonly query: undefined;
    readonly body: DecideRequest;
    readonly answer: Decision;
  };
  readonly findDecision: {
    readonly params: { readonly book: string; readonly decision: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: LoggedDecision;
  };
  readonly findRule: {
    readonly params: { readonly book: string; readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RuleSet;
  };
  readonly findRuleVersion: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RuleVersion;
  };
  readonly importRule: {
    readonly params: { readonly book: string; readonly name: string };
    readonly query: { readonly note?: string };
    readonly body: RuleContent | Readonly<Record<string, unknown>>;
    readonly answer: RuleVersion;
  };
  readonly listDecisionsOfTrace: {
    readonly params: { readonly book: string };
    readonly query: { readonly trace: string; readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: LoggedDecisionPage;
  };
  readonly listRuleDecisions: {
    readonly params: { readonly book: string; readonly name: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: LoggedDecisionPage;
  };
  readonly listRuleEvents: {
    readonly params: { readonly book: string; readonly name: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: RuleEventPage;
  };
  readonly listRuleVersions: {
    readonly params: { readonly book: string; readonly name: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: RuleVersionPage;
  };
  readonly listRules: {
    readonly params: { readonly book: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: RuleSetPage;
  };
  readonly liveRule: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: undefined;
    readonly body: RuleReason;
    readonly answer: RuleVersion;
  };
  readonly readJdm: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Readonly<Record<string, unknown>>;
  };
  readonly readRuleContent: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RuleContent;
  };
  readonly rollBackRule: {
    readonly params: { readonly book: string; readonly name: string };
    readonly query: undefined;
    readonly body: RollBackRule;
    readonly answer: RuleVersion;
  };
  readonly shadowRule: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: { readonly last?: string; readonly of?: string };
    readonly body: undefined;
    readonly answer: ShadowReport;
  };
  readonly testRule: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: RuleVersion;
  };
  readonly withdrawRule: {
    readonly params: { readonly book: string; readonly name: string; readonly version: string };
    readonly query: undefined;
    readonly body: RuleReason;
    readonly answer: RuleVersion;
  };
}
