/** What travels over HTTP of rules. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

export interface DecideRequest {
  readonly input: Readonly<Record<string, unknown>>;
  readonly version?: number;
  readonly trace?: boolean;
  readonly durable?: boolean;
}
export interface Decision {
  readonly decisionId: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly output: unknown;
  readonly micros: number;
  readonly traceId?: string;
  readonly trace?: unknown;
}
export interface LoggedDecision {
  readonly decisionId: string;
  readonly at: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly input: unknown;
  readonly output?: unknown;
  readonly refused?: string;
  readonly micros: number;
  readonly traceId?: string;
}
export interface LoggedDecisionPage {
  readonly items: readonly LoggedDecision[];
  readonly cursor?: string;
}
export interface RollBackRule {
  readonly from?: number;
  readonly version?: number;
  readonly why?: string;
}
export interface RuleContent {
  readonly jdm: string;
  readonly tests?: readonly {
    readonly name?: string;
    readonly input: Readonly<Record<string, unknown>>;
    readonly output?: unknown;
    readonly refused?: string;
  }[];
  readonly contract?: { readonly input?: unknown; readonly output?: unknown };
  readonly note?: string;
}
export interface RuleEvent {
  readonly number: number;
  readonly at: string;
  readonly version: number;
  readonly what:
    "imported" | "tested" | "failed_tests" | "approved" | "live" | "rolled_back" | "withdrawn";
  readonly liveBefore?: number;
  readonly by: string;
  readonly byKind: string;
  readonly from: string;
  readonly request: string;
  readonly why?: string;
}
export interface RuleEventPage {
  readonly items: readonly RuleEvent[];
  readonly cursor?: string;
}
export interface RuleReason {
  readonly why?: string;
}
export interface RuleSet {
  readonly name: string;
  readonly liveVersion?: number;
  readonly lastVersion: number;
  readonly createdAt: string;
}
export interface RuleSetPage {
  readonly items: readonly RuleSet[];
  readonly cursor?: string;
}
export interface RuleTestReport {
  readonly count: number;
  readonly passed: number;
  readonly failures: readonly {
    readonly name: string;
    readonly output?: unknown;
    readonly refused?: string;
    readonly reason?: string;
  }[];
}
export interface RuleVersion {
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly state: "draft" | "tested" | "approved" | "live" | "superseded" | "withdrawn";
  readonly note?: string;
  readonly uses: readonly {
    readonly key: string;
    readonly version: number;
    readonly hash: string;
  }[];
  readonly madeBy: string;
  readonly madeAt: string;
  readonly report?: RuleTestReport;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
}
export interface RuleVersionPage {
  readonly items: readonly RuleVersion[];
  readonly cursor?: string;
}
export interface ShadowReport {
  readonly of: number;
  readonly candidate: number;
  readonly decided: number;
  readonly same: number;
  readonly changed: number;
  readonly failed: number;
  readonly differences: readonly {
    readonly decisionId: string;
    readonly fields: readonly {
      readonly path: string;
      readonly was?: unknown;
      readonly wouldBe?: unknown;
    }[];
  }[];
}
