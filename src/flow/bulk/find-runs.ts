/** Which runs a verb is for: conditions, checked, and the pages of runs that meet them. */
import { fail } from "../../base/index.ts";
import type { Database } from "../../postgres/index.ts";
import { encodePayload } from "../codec.ts";
import { flowErrors } from "../flow.errors.ts";
import { readVersions } from "../flow.sql.ts";
import { idAt } from "../run-id.ts";
import { Outcome, State } from "../state.ts";
import { scanEnded, scanLive } from "./bulk.sql.ts";
import type { BulkVerb } from "./write-bulk.ts";

/** All that is given must be true of a run. */
export interface BulkWhere {
  readonly flow?: string | undefined;
  readonly version?: number | undefined;
  /** One that the verb is for; all of those when left out. */
  readonly status?: BulkStatus | undefined;
  /** By the database's clock; in ms, or a Date. */
  readonly createdBefore?: number | Date | undefined;
  readonly createdAfter?: number | Date | undefined;
  readonly keyPrefix?: string | undefined;
  /** What the input has at least: objects within objects, as jsonb's @>. */
  readonly input?: object | undefined;
}

export type BulkStatus = "ready" | "running" | "waiting" | "held" | "parked" | "paused" | "failed";

const fits: { readonly [V in BulkVerb]: readonly BulkStatus[] } = {
  cancel: ["ready", "running", "waiting", "held", "parked", "paused"],
  pause: ["ready", "running", "waiting", "held"],
  resume: ["parked", "paused"],
  retry: ["parked", "failed"],
  redrive: ["parked", "failed"],
};

/** Bulk verbs are runs, too: they are left alone unless they are asked for by name. */
export const BULK = "longmen.bulk";
export const isBulkRun = ({ flow }: { readonly flow: string }): boolean => flow === BULK;
/** So many rows are looked at in one question. */
const SCAN = 20_000;
const INSTANT_MAX = Date.UTC(2095, 0, 1);

interface Source {
  readonly statement: typeof scanLive;
  readonly states: readonly number[];
}

/** What is looked for, ready to be asked for by pages. */
export interface Sought {
  readonly sources: readonly Source[];
  readonly after: bigint;
  readonly until: bigint;
  readonly asked: {
    readonly every: boolean;
    readonly flows: readonly number[];
    readonly except: readonly number[];
    readonly prefix: string | null;
    readonly input: string | null;
  };
}

/** `before`: only runs of lower numbers. Refuses: flow.bulk_malformed, flow.payload_unfit. */
export async function seek(
  database: Database,
  verb: BulkVerb,
  where: BulkWhere,
  before = idAt(INSTANT_MAX),
): Promise<Sought> {
  const known = fits[verb] as readonly BulkStatus[] | undefined;
  if (known === undefined) throw malformed("verb", `one of ${Object.keys(fits).join(", ")}`);
  const { flow, version, status, keyPrefix, input } = where;
  if (status !== undefined && !known.includes(status)) {
    throw malformed("status", `one that ${verb} is for: ${known.join(", ")}`);
  }
  if (keyPrefix !== undefined && typeof keyPrefix !== "string")
    throw malformed("keyPrefix", "a text");
  if (version !== undefined && flow === undefined)
    throw malformed("flow", "given with the version");
  if (input !== undefined && (typeof input !== "object" || input === null)) {
    throw malformed("input", "an object");
  }
  const versions = await database.run(readVersions, {});
  const meant = versions.filter(
    (one) => one.name === flow && (version === undefined || one.version === version),
  );
  if (flow !== undefined && meant.length === 0) throw malformed("flow", "one that was ever served");
  const statuses = status === undefined ? known : [status];
  return {
    sources: sourcesOf(statuses),
    after: idOf("createdAfter", where.createdAfter, 0),
    until: least(before, idOf("createdBefore", where.createdBefore, INSTANT_MAX)),
    asked: {
      every: flow === undefined,
      flows: meant.map((one) => one.flow),
      except: flow === BULK ? [] : versions.flatMap((one) => (one.name === BULK ? [one.flow] : [])),
      prefix: keyPrefix ?? null,
      input: input === undefined ? null : encodePayload("the input looked for", input),
    },
  };
}

function sourcesOf(statuses: readonly BulkStatus[]): readonly Source[] {
  const states = statuses.flatMap((one) => (one === "failed" ? [] : [State[one]]));
  const live = states.length === 0 ? [] : [{ statement: scanLive, states }];
  const ended = { statement: scanEnded, states: [Outcome.failed] };
  return statuses.includes("failed") ? [...live, ended] : live;
}

function idOf(field: string, at: number | Date | undefined, otherwise: number): bigint {
  const ms = at instanceof Date ? at.getTime() : (at ?? otherwise);
  if (!Number.isSafeInteger(ms) || ms > INSTANT_MAX) throw malformed(field, "an instant");
  const id = idAt(Math.max(ms, Date.UTC(2026, 0, 1)));
  return id === 0n ? -1n : id;
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

const malformed = (field: string, expected: string): Error =>
  fail(flowErrors, "bulk_malformed", { field, expected });

/** How far a search has come: in which of its sources, and behind which run. */
export interface Cursor {
  readonly source: number;
  readonly after: bigint;
}

export interface FoundPage {
  readonly runs: readonly bigint[];
  readonly count: number;
  readonly seen: number;
  /** Undefined: that was all. */
  readonly next: Cursor | undefined;
}

export async function findPage(
  database: Database,
  sought: Sought,
  { source, after }: Cursor,
  listed: boolean,
): Promise<FoundPage> {
  const { statement, states } = sought.sources[source] ?? { statement: scanLive, states: [] };
  const { until, asked } = sought;
  const row = await database.one(statement, { ...asked, after, until, states, scan: SCAN, listed });
  const { last, ids } = row;
  const seen = row.seen ?? 0;
  const runs = ids === null ? [] : (JSON.parse(ids) as string[]).map(BigInt);
  const more = seen === SCAN && last !== null;
  const isLast = source + 1 >= sought.sources.length;
  const nextSource = isLast ? undefined : { source: source + 1, after: sought.after };
  const next = more ? { source, after: last } : nextSource;
  return { runs, count: row.count ?? 0, seen, next };
}

export interface CountOptions {
  /** Runs found, and rows looked at, so far; called after each page. */
  readonly onProgress?: ((found: number, seen: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Exact as of each page's own instant. */
export async function countFound(
  database: Database,
  sought: Sought,
  { onProgress, signal }: CountOptions,
): Promise<number> {
  let found = 0;
  let seen = 0;
  for (let at: Cursor | undefined = { source: 0, after: sought.after }; at !== undefined;) {
    signal?.throwIfAborted();
    const page: FoundPage = await findPage(database, sought, at, false);
    found += page.count;
    seen += page.seen;
    onProgress?.(found, seen);
    at = page.next;
  }
  return found;
}
