/** One verb for all runs of which something is true: counted first, then done by a run of its own. */
import type * as Wire from "./api-types.ts";
import { ask } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { payloadOf, payloadToWire } from "./payload.ts";
import type { Instant } from "./posting.ts";
import type { RunError } from "./runs.ts";
import { timeText } from "./to-wire.ts";

export type BulkVerb = Wire.BulkRequest["verb"];

/** All that is given must be true of a run. */
export interface BulkWhere extends Omit<
  Wire.BulkRequest["where"],
  "createdBefore" | "createdAfter" | "input"
> {
  readonly createdBefore?: Instant | undefined;
  readonly createdAfter?: Instant | undefined;
  /** What the input has at least: objects within objects. */
  readonly input?: object | undefined;
}

export interface BulkRun extends Omit<Wire.BulkRun, "where" | "createdAt" | "endedAt" | "error"> {
  readonly error?: RunError | undefined;
  readonly where: BulkWhere;
  readonly createdAt: Instant;
  readonly endedAt?: Instant | undefined;
}

export interface Bulk {
  /** How many runs the verb would be for; `complete` is false where the deadline came first. */
  count(verb: BulkVerb, where: BulkWhere, options?: CallOptions): Promise<Wire.BulkCount>;
  /** Starts it; answers when it is recorded. With a key it is started once, however often it is sent. */
  start(
    verb: BulkVerb,
    where: BulkWhere,
    options?: CallOptions & { readonly key?: string | undefined },
  ): Promise<Wire.StartedRun>;
  /** How far it is. `runs.result` of its id waits for its end, for who may read every flow. */
  get(id: string, options?: CallOptions): Promise<BulkRun>;
  cancel(id: string, options?: CallOptions): Promise<BulkRun>;
  pause(id: string, options?: CallOptions): Promise<BulkRun>;
  resume(id: string, options?: CallOptions): Promise<BulkRun>;
}

export function bulkOf(wire: Line): Bulk {
  const verb = (name: "cancelBulk" | "pauseBulk" | "resumeBulk") => {
    return async (id: string, options?: CallOptions) =>
      runOf(await ask(wire, name, { params: { id }, body: {} }, options));
  };
  return {
    count: async (verb, where, options) => {
      const body = { verb, where: whereOf(where) };
      return ask(wire, "countBulk", { params: undefined, body }, options);
    },
    start: async (verb, where, { key, ...options } = {}) => {
      const body = { verb, where: whereOf(where), ...(key === undefined ? {} : { key }) };
      const asked = { params: undefined, body, repeatable: key !== undefined };
      return ask(wire, "startBulk", asked, options);
    },
    get: async (id, options) => runOf(await ask(wire, "findBulk", { params: { id } }, options)),
    cancel: verb("cancelBulk"),
    pause: verb("pauseBulk"),
    resume: verb("resumeBulk"),
  };
}

function whereOf({
  createdBefore,
  createdAfter,
  input,
  ...where
}: BulkWhere): Wire.BulkRequest["where"] {
  const time = (at: Instant | undefined, name: "createdBefore" | "createdAfter") =>
    at === undefined ? {} : { [name]: timeText(at, `/where/${name}`) };
  return {
    ...where,
    ...(input === undefined ? {} : { input: payloadToWire(input, "/where/input") }),
    ...time(createdBefore, "createdBefore"),
    ...time(createdAfter, "createdAfter"),
  };
}

function runOf({ where, createdAt, endedAt, ...run }: Wire.BulkRun): BulkRun {
  const { createdBefore, createdAfter, input, ...rest } = where;
  return {
    ...run,
    where: {
      ...rest,
      ...(input === undefined ? {} : { input: payloadOf(input) as object }),
      ...(createdBefore === undefined ? {} : { createdBefore: instantOf(createdBefore) }),
      ...(createdAfter === undefined ? {} : { createdAfter: instantOf(createdAfter) }),
    },
    createdAt: instantOf(createdAt),
    ...(endedAt === undefined ? {} : { endedAt: instantOf(endedAt) }),
  };
}
