/** Sending an event: decided here, on the machine's row as it is, and taken if that is so still. */
import { randomUUID } from "node:crypto";
import { fail } from "../../base/index.ts";
import { decodePayload, encodePayload } from "../codec.ts";
import { eventOf } from "../ears.ts";
import { flowErrors } from "../flow.errors.ts";
import { readKey, readState, readRunView } from "../flow.sql.ts";
import { DELIVERY, type FlowNode } from "../node.ts";
import { askOf } from "../operate.ts";
import { checkName, checkText } from "../position.ts";
import { showRunId } from "../run-id.ts";
import { repeatable, writing } from "../session.ts";
import { digestOf } from "../asking.ts";
import { Asked, State } from "../state.ts";
import { deliver } from "../tell-ends.ts";
import { insertEvents, insertWaits } from "../write-runs.ts";
import { allowedIn, deadlineOf, decide, type Unfit } from "./decide.ts";
import { type AnyDefinition, definitionOf, type TakenEvent } from "./definition.ts";
import { readMachine, readTakenById } from "./machine.sql.ts";
import { INBOX } from "./run-machine.ts";
import { beginMachines, takeEvents } from "./write-machine.ts";

export interface SendOptions {
  /** The same id is the same event: taken once. Made for this one call when left out. */
  readonly id?: string | undefined;
  readonly payload?: unknown;
}

/** What became of an event. */
export type Sent<S extends string = string, E extends string = string> =
  | {
      readonly taken: true;
      readonly from: S;
      /** The state that it led to; a repeat is told where it led the first time. */
      readonly state: S;
      /** How many events the machine had taken with this one. */
      readonly number: number;
      readonly repeated: boolean;
    }
  | {
      readonly taken: false;
      /** `guard`: the state knows the event, and no guard let it through. `ended`: nothing is taken any more. */
      readonly reason: Unfit;
      readonly state: S;
      readonly allowed: readonly E[];
    };

const ID_MAX_LENGTH = 200;
const TRIES_MAX = 60;
const PAUSE_MS = 8;

/** By the subject's key. Refuses: flow.machine_missing. */
export async function findSubject(
  { input }: FlowNode,
  machine: string,
  subject: string,
): Promise<bigint> {
  const digest = digestOf(machine, subject);
  const known = await input.database.maybe(readKey, { digest });
  if (known === undefined) throw fail(flowErrors, "machine_missing", { machine, subject });
  return known.runId;
}

/** Events of one subject that are sent here are decided in the order of sending, one behind the other. */
const turns = new WeakMap<FlowNode, Map<string, Promise<unknown>>>();

/** Refuses: flow.machine_missing, flow.event_reused, flow.guard_failed, flow.machine_busy, flow.unknown_flow. */
export async function sendEvent(
  node: FlowNode,
  machine: string,
  subject: string,
  event: string,
  { id = randomUUID(), payload }: SendOptions,
): Promise<Sent> {
  checkName("the event", event);
  checkText("the event's id", id, ID_MAX_LENGTH);
  if (id === "" || id.startsWith("~")) {
    throw fail(flowErrors, "name_malformed", {
      what: "the event's id",
      name: id,
      max: ID_MAX_LENGTH,
    });
  }
  const text = encodePayload("the event", payload);
  const lines = turns.get(node) ?? new Map<string, Promise<unknown>>();
  turns.set(node, lines);
  const label = `${machine}\n${subject}`;
  const before = lines.get(label);
  const mine = (async () => {
    await before?.catch(() => undefined);
    const runId = await findSubject(node, machine, subject);
    return take(node, { runId, subject, id, event, text });
  })();
  lines.set(label, mine);
  try {
    return await mine;
  } finally {
    if (lines.get(label) === mine) lines.delete(label);
  }
}

interface Asking {
  readonly runId: bigint;
  readonly subject: string;
  readonly id: string;
  readonly event: string;
  readonly text: string | null;
}

async function take(node: FlowNode, asking: Asking): Promise<Sent> {
  const { runId, subject } = asking;
  const { database } = node.input;
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const before = await takenBefore(node, asking);
    if (before !== undefined) return before;
    const row = await database.maybe(readMachine, { runId });
    const live = await database.maybe(readState, { runId });
    if (row === undefined && live !== undefined) {
      await beginHere(node, runId);
      continue;
    }
    const of = await definitionFor(node, runId);
    const state = row?.state ?? of.initial;
    if (row === undefined || live === undefined || isOver(live)) {
      // Its last event may have come in between: then it is known by now.
      const late = await takenBefore(node, asking);
      return late ?? { taken: false, reason: "ended", state, allowed: [] };
    }
    const sent = await takeOn(node, asking, of, row);
    if (sent === undefined) {
      await database.clock.sleep(PAUSE_MS * attempt * (0.5 + Math.random()));
      continue;
    }
    if (sent.taken && live.state === State.parked) await askOf(node, runId, Asked.nothing);
    return sent;
  }
  throw fail(flowErrors, "machine_busy", { subject });
}

const isOver = ({ state, asked }: { readonly state: number; readonly asked: number }): boolean =>
  state === State.telling || asked === Asked.cancel;

/** Refuses: flow.event_reused. */
async function takenBefore(
  { input }: FlowNode,
  { runId, subject, id, event, text }: Asking,
): Promise<Sent | undefined> {
  const known = await input.database.maybe(readTakenById, { runId, eventId: id });
  if (known === undefined) return undefined;
  if (known.name !== event || known.payload !== text) {
    throw fail(flowErrors, "event_reused", { event: id, subject });
  }
  const { fromState: from, toState: state, number } = known;
  return { taken: true, from, state, number, repeated: true };
}

/** Of the version that the subject was started with. Refuses: flow.unknown_flow. */
async function definitionFor(node: FlowNode, runId: bigint): Promise<AnyDefinition> {
  const { name, version } = await node.input.database.one(readRunView, { runId });
  const of = definitionOf(node.versionOf(name, version));
  if (of === undefined) {
    throw fail(flowErrors, "unknown_flow", { name, version, node: node.input.node });
  }
  return of;
}

/** Its run has not come to it yet. */
async function beginHere(node: FlowNode, runId: bigint): Promise<void> {
  const { database } = node.input;
  const of = await definitionFor(node, runId);
  const { flow, input, createdAt } = await database.one(readRunView, { runId });
  const until = deadlineOf(of, of.initial, createdAt);
  const row = { runId, flow, state: of.initial, data: input, since: createdAt, until };
  const wait = { runId, step: INBOX, name: INBOX, match: showRunId(runId) };
  const rows = [writing(beginMachines, row), writing(insertWaits, wait)];
  await node.session.commit(`begin/${showRunId(runId)}`, rows, repeatable);
}

/** Undefined: what it was decided on is not so any more. */
async function takeOn(
  node: FlowNode,
  { runId, id, event: name, text }: Asking,
  of: AnyDefinition,
  row: { readonly state: string; readonly data: string | null; readonly number: number },
): Promise<Sent | undefined> {
  const { session } = node;
  const { state: from, number: seen } = row;
  const at = session.now();
  const event: TakenEvent = { id, name, payload: decodePayload(text), at };
  const decided = decide(of, { state: from, data: decodePayload(row.data) }, event);
  if (!decided.taken) {
    return { taken: false, reason: decided.reason, state: from, allowed: allowedIn(of, from) };
  }
  const { to } = decided;
  const data = encodePayload("the data of a machine", decided.data);
  const until = deadlineOf(of, to, at);
  const taking = { runId, seen, eventId: id, name, payload: text, from, to, data, at, until };
  // As with any event: what reminds of waking the run is in the same commit, and goes when it is woken.
  const eventId = node.newId();
  const match = showRunId(runId);
  const { owner, epoch } = session.owner;
  const live = { runId: eventId, flow: DELIVERY, wakeAt: at, owner, epoch, priority: 0 };
  const rows = [
    writing(takeEvents, taking),
    writing(insertEvents, { eventId, name: INBOX, match, payload: null, at }),
    writing(session.writers.insertLives, { ...live, state: State.telling }),
  ];
  const stands = async () =>
    (await session.database.maybe(readTakenById, { runId, eventId: id })) !== undefined;
  const came = await session.commit(`${match}/${id}`, rows, {
    stands,
    mayBeTaken: true,
    impatient: true,
  });
  if (came === "taken") return undefined;
  node.ears.tell(eventOf(INBOX, match));
  await deliver(session, eventId);
  node.nudgeAll();
  // It stood already: by our own reply that was lost, or by the same event from elsewhere.
  if (came === "stood") return undefined;
  return { taken: true, from, state: to, number: seen + 1, repeated: false };
}
