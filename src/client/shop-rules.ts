/** Rules: imported, tested, approved, live, taken back; and what they decide. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import type { Instant } from "./posting.ts";
import { orMissing } from "./resolve.ts";

export interface RuleSet extends Omit<Wire.RuleSet, "createdAt"> {
  readonly createdAt: Instant;
}

export interface RuleVersion extends Omit<Wire.RuleVersion, "madeAt" | "approvedAt"> {
  readonly madeAt: Instant;
  readonly approvedAt?: Instant | undefined;
}

export interface RuleEvent extends Omit<Wire.RuleEvent, "at"> {
  readonly at: Instant;
}

export type Decision = Wire.Decision;

export interface LoggedDecision extends Omit<Wire.LoggedDecision, "at"> {
  readonly at: Instant;
}

export type ShadowReport = Wire.ShadowReport;

/** File, tests and contract of a version. */
export interface RuleContent {
  /** The JDM file as text: kept byte for byte. */
  readonly jdm: string;
  readonly tests?: Wire.RuleContent["tests"] | undefined;
  /** JSON Schemas of input and answer. */
  readonly contract?: Wire.RuleContent["contract"] | undefined;
  /** What changes with it, in a line. */
  readonly note?: string | undefined;
}

export interface WhyOptions extends CallOptions {
  /** Kept with the change, in a line. */
  readonly why?: string | undefined;
}

export interface DecideOptions extends CallOptions {
  /** Another than the live version; needs shop.define, as `trace` does. */
  readonly version?: number | undefined;
  readonly trace?: boolean | undefined;
  /** Answered when it is written down. */
  readonly durable?: boolean | undefined;
}

export interface ShadowOptions extends CallOptions {
  /** How many of the latest decisions: 1 to 10,000; 1,000 when left out. */
  readonly last?: number | undefined;
  /** Whose; the live version's when left out. */
  readonly of?: number | undefined;
}

export interface Rules {
  /** The next version; the same content is the version that it is already. Throws with all `mistakes`. */
  import(name: string, content: RuleContent, options?: CallOptions): Promise<RuleVersion>;
  /** What `import` takes. */
  export(name: string, version: number, options?: CallOptions): Promise<RuleContent>;
  /** Runs its tests. Throws rules.tests_failed; the report is kept either way. */
  test(name: string, version: number, options?: CallOptions): Promise<RuleVersion>;
  /** As a second person: rules.second_person_needed. */
  approve(name: string, version: number, options?: WhyOptions): Promise<RuleVersion>;
  live(name: string, version: number, options?: WhyOptions): Promise<RuleVersion>;
  withdraw(name: string, version: number, options?: WhyOptions): Promise<RuleVersion>;
  /**
   * From the version that is live and wrong to the one before it, or to the version named. Sent again it goes no further
   * back.
   */
  rollback(
    name: string,
    options: WhyOptions & ({ readonly from: number } | { readonly version: number }),
  ): Promise<RuleVersion>;
  /** What the live version says; each call is a decision of its own. */
  decide(
    name: string,
    input: Readonly<Record<string, unknown>>,
    options?: DecideOptions,
  ): Promise<Decision>;
  /** What would change if this version were live. */
  shadow(name: string, version: number, options?: ShadowOptions): Promise<ShadowReport>;
  /** By name. */
  list(options?: ListOptions): List<RuleSet>;
  get(name: string, options?: CallOptions): Promise<RuleSet | undefined>;
  /** Newest first. */
  versions(name: string, options?: ListOptions): List<RuleVersion>;
  version(name: string, version: number, options?: CallOptions): Promise<RuleVersion | undefined>;
  /** What was done to it, by whom and why, newest first. */
  events(name: string, options?: ListOptions): List<RuleEvent>;
  /** Of a rule set newest first, or of a trace oldest first. */
  decisions(
    of: { readonly name: string } | { readonly trace: string },
    options?: ListOptions,
  ): List<LoggedDecision>;
  decision(id: string, options?: CallOptions): Promise<LoggedDecision | undefined>;
}

export function rulesOf(wire: Line, book: string): Rules {
  return { ...changesOf(wire, book), ...decisionsOf(wire, book), ...looksOf(wire, book) };
}

type Changes = "import" | "export" | "test" | "approve" | "live" | "withdraw" | "rollback";

function changesOf(wire: Line, book: string): Pick<Rules, Changes> {
  const at = (name: string, version: number) => ({ book, name, version: String(version) });
  const verb =
    (route: "approveRule" | "liveRule" | "withdrawRule"): Rules["approve"] =>
    async (name, version, { why, ...options } = {}) => {
      const body = why === undefined ? {} : { why };
      return versionOf(await ask(wire, route, { params: at(name, version), body }, options));
    };
  return {
    import: async (name, { jdm, tests, contract, note }, options) => {
      const body = {
        jdm,
        ...(tests === undefined ? {} : { tests }),
        ...(contract === undefined ? {} : { contract }),
        ...(note === undefined ? {} : { note }),
      };
      return versionOf(await ask(wire, "importRule", { params: { book, name }, body }, options));
    },
    export: (name, version, options) =>
      ask(wire, "readRuleContent", { params: at(name, version) }, options),
    test: async (name, version, options) =>
      versionOf(await ask(wire, "testRule", { params: at(name, version), body: {} }, options)),
    approve: verb("approveRule"),
    live: verb("liveRule"),
    withdraw: verb("withdrawRule"),
    rollback: async (name, { why, ...given }) => {
      const { from, version, ...options } = { from: undefined, version: undefined, ...given };
      const body = {
        ...(why === undefined ? {} : { why }),
        ...(from === undefined ? {} : { from }),
        ...(version === undefined ? {} : { version }),
      };
      const asked = { params: { book, name }, body, repeatable: true };
      return versionOf(await ask(wire, "rollBackRule", asked, options));
    },
  };
}

function decisionsOf(
  wire: Line,
  book: string,
): Pick<Rules, "decide" | "shadow" | "decisions" | "decision"> {
  return {
    decide: (name, input, { version, trace, durable, ...options } = {}) => {
      const body = {
        input,
        ...(version === undefined ? {} : { version }),
        ...(trace === undefined ? {} : { trace }),
        ...(durable === undefined ? {} : { durable }),
      };
      return ask(wire, "decideRule", { params: { book, name }, body }, options);
    },
    shadow: (name, version, { last, of, ...options } = {}) => {
      const params = { book, name, version: String(version) };
      const query = { last: digits(last), of: digits(of) };
      return ask(wire, "shadowRule", { params, query }, options);
    },
    decisions: (of, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { cursor, limit: digits(limit) };
          const asked =
            "name" in of
              ? ask(wire, "listRuleDecisions", { params: { book, name: of.name }, query }, options)
              : ask(
                  wire,
                  "listDecisionsOfTrace",
                  { params: { book }, query: { ...query, trace: of.trace } },
                  options,
                );
          const page = await asked;
          return { ...page, items: page.items.map(loggedOf) };
        },
        ({ items }) => items,
      ),
    decision: async (decision, options) => {
      const asked = ask(wire, "findDecision", { params: { book, decision } }, options);
      const told = await orMissing(asked, ["rules.decision_missing"]);
      return told && loggedOf(told);
    },
  };
}

function looksOf(
  wire: Line,
  book: string,
): Pick<Rules, "list" | "get" | "versions" | "version" | "events"> {
  return {
    list: ({ limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { cursor, limit: digits(limit) };
          const page = await ask(wire, "listRules", { params: { book }, query }, options);
          return { ...page, items: page.items.map(setOf) };
        },
        ({ items }) => items,
      ),
    get: async (name, options) => {
      const asked = ask(wire, "findRule", { params: { book, name } }, options);
      const told = await orMissing(asked, ["rules.set_missing"]);
      return told && setOf(told);
    },
    versions: (name, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const asked = { params: { book, name }, query: { cursor, limit: digits(limit) } };
          const page = await ask(wire, "listRuleVersions", asked, options);
          return { ...page, items: page.items.map(versionOf) };
        },
        ({ items }) => items,
      ),
    version: async (name, version, options) => {
      const params = { book, name, version: String(version) };
      const told = await orMissing(ask(wire, "findRuleVersion", { params }, options), [
        "rules.version_missing",
      ]);
      return told && versionOf(told);
    },
    events: (name, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const asked = { params: { book, name }, query: { cursor, limit: digits(limit) } };
          const page = await ask(wire, "listRuleEvents", asked, options);
          return { ...page, items: page.items.map(eventOf) };
        },
        ({ items }) => items,
      ),
  };
}

function setOf({ createdAt, ...set }: Wire.RuleSet): RuleSet {
  return { ...set, createdAt: instantOf(createdAt) };
}

function versionOf({ madeAt, approvedAt, ...version }: Wire.RuleVersion): RuleVersion {
  return {
    ...version,
    madeAt: instantOf(madeAt),
    ...(approvedAt === undefined ? {} : { approvedAt: instantOf(approvedAt) }),
  };
}

function eventOf({ at, ...event }: Wire.RuleEvent): RuleEvent {
  return { ...event, at: instantOf(at) };
}

function loggedOf({ at, ...decision }: Wire.LoggedDecision): LoggedDecision {
  return { ...decision, at: instantOf(at) };
}
