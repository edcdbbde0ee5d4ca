/** State machines: which there are, where their subjects stand, events for them, and who is stuck. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import { payloadOf, payloadToWire } from "./payload.ts";
import type { Instant } from "./posting.ts";
import { LongmenProblem } from "./problem.ts";
import type { RunError } from "./runs.ts";

/** A machine as its code says it, with the text of a Mermaid state diagram. */
export type MachineView = Wire.Machine;

export interface SubjectView extends Omit<Wire.MachineSubject, "since" | "until"> {
  readonly since: Instant;
  /** Until when it stays so without an event. */
  readonly until?: Instant | undefined;
}

export interface TakenEvent extends Omit<Wire.TakenEvent, "at"> {
  readonly at: Instant;
}

export interface StuckSubject extends Omit<Wire.StuckSubject, "since" | "next" | "error"> {
  readonly error?: RunError | undefined;
  readonly since: Instant;
  /** What happens by itself; undefined: it waits for a person. */
  readonly next?: { readonly step: string; readonly at?: Instant | undefined } | undefined;
}

export interface SendEvent extends CallOptions {
  /** Of your own: the same id is the same event, taken once. With it the call is sent again where need be. */
  readonly id?: string | undefined;
}

export interface Machines {
  /** Those that the node which answers serves. */
  list(options?: CallOptions): Promise<readonly MachineView[]>;
  /** Undefined: there is no such subject. */
  get(machine: string, subject: string, options?: CallOptions): Promise<SubjectView | undefined>;
  /** What it has taken, oldest first. */
  events(machine: string, subject: string, options?: ListOptions): List<TakenEvent>;
  /** Sends an event; that it was not taken is an answer, too. A subject is made by `runs.start` with its key. */
  send(
    machine: string,
    subject: string,
    event: string,
    payload?: unknown,
    options?: SendEvent,
  ): Promise<Wire.SentEvent>;
  /** Subjects whose work fails, oldest first. */
  stuck(
    filter?: { readonly machine?: string | undefined },
    options?: ListOptions,
  ): List<StuckSubject>;
}

export function machinesOf(wire: Line): Machines {
  return {
    async list(options) {
      return (await ask(wire, "listMachines", { params: undefined }, options)).items;
    },
    async get(machine, subject, options) {
      try {
        const asked = { params: { machine, subject } };
        return subjectOf(await ask(wire, "findSubject", asked, options));
      } catch (error) {
        const isMissing = error instanceof LongmenProblem && error.code === "flow.machine_missing";
        if (isMissing) return undefined;
        throw error;
      }
    },
    events: (machine, subject, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const asked = { params: { machine, subject }, query: { cursor, limit: digits(limit) } };
          const page = await ask(wire, "listTakenEvents", asked, options);
          return { ...page, items: page.items.map(takenOf) };
        },
        ({ items }) => items,
      ),
    send: (machine, subject, event, payload, { id, ...options } = {}) => {
      const body = {
        event,
        ...(id === undefined ? {} : { id }),
        ...(payload === undefined ? {} : { payload: payloadToWire(payload, "/payload") }),
      };
      const asked = { params: { machine, subject }, body, repeatable: id !== undefined };
      return ask(wire, "sendEvent", asked, options);
    },
    stuck: ({ machine } = {}, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { machine, cursor, limit: digits(limit) };
          const page = await ask(wire, "listStuckSubjects", { params: undefined, query }, options);
          return { ...page, items: page.items.map(stuckOf) };
        },
        ({ items }) => items,
      ),
  };
}

function subjectOf({ since, until, ...view }: Wire.MachineSubject): SubjectView {
  return {
    ...view,
    ...("data" in view ? { data: payloadOf(view.data) } : {}),
    since: instantOf(since),
    ...(until === undefined ? {} : { until: instantOf(until) }),
  };
}

function takenOf({ at, ...taken }: Wire.TakenEvent): TakenEvent {
  return {
    ...taken,
    ...("payload" in taken ? { payload: payloadOf(taken.payload) } : {}),
    at: instantOf(at),
  };
}

function stuckOf({ since, next, ...view }: Wire.StuckSubject): StuckSubject {
  if (next === undefined) return { ...view, since: instantOf(since) };
  const { step, at } = next;
  const then = { step, ...(at === undefined ? {} : { at: instantOf(at) }) };
  return { ...view, since: instantOf(since), next: then };
}
