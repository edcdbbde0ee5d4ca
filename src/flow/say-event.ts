/** Saying an event: written with what reminds of its delivery, once under a name that its sayer gave. */
import { fail } from "../base/index.ts";
import { digestOf } from "./asking.ts";
import { encodePayload } from "./codec.ts";
import { eventOf } from "./ears.ts";
import { flowErrors } from "./flow.errors.ts";
import { readEvent, readKey, readState } from "./flow.sql.ts";
import { DELIVERY, type FlowNode } from "./node.ts";
import { refuseEnded } from "./operate.ts";
import { checkMatch, checkName, checkText } from "./position.ts";
import { writing } from "./session.ts";
import { State } from "./state.ts";
import { deliver } from "./tell-ends.ts";
import { insertEvents, insertKeys } from "./write-runs.ts";

/** What makes an event one that is said once, however often it is sent. */
export interface OnceSaid {
  /** Whose name it is: two callers may use one. */
  readonly caller: string;
  /** Made before the first try. */
  readonly name: string;
}

export interface Saying {
  readonly name: string;
  readonly match: string;
  readonly payload: unknown;
  /** Said to that run alone: it must not have ended. */
  readonly to?: bigint | undefined;
  readonly once?: OnceSaid | undefined;
}

/** Whether it was said now, or before under the same name. */
export type Said = "now" | "before";

const NAME_MAX_LENGTH = 500;
/** No flow is called so: such a name has no line break. */
const KEYS_OF_EVENTS = "\nevents";

/**
 * The event, the name it is said under and what reminds of its delivery are one commit; then it is delivered.
 * Refuses: flow.name_malformed, flow.payload_unfit, flow.payload_too_large, flow.event_key_reused,
 * flow.run_missing, flow.run_ended.
 */
export async function sayEvent(node: FlowNode, saying: Saying): Promise<Said> {
  const { name, match, once, to } = saying;
  checkName("the event", name);
  checkMatch(match);
  if (once !== undefined) checkText("the key of the event", once.name, NAME_MAX_LENGTH);
  const payload = encodePayload("the event", saying.payload);
  const digest = once && digestOf(KEYS_OF_EVENTS, `${once.caller}\n${once.name}`);
  if (digest !== undefined && (await saidBefore(node, digest, saying, payload))) return "before";
  const { session } = node;
  const eventId = node.newId();
  const at = session.now();
  const { owner, epoch } = session.owner;
  const live = { runId: eventId, flow: DELIVERY, wakeAt: at, owner, epoch, priority: 0 };
  const rows = [
    ...(digest === undefined ? [] : [writing(insertKeys, { digest, runId: eventId, until: null })]),
    writing(insertEvents, { eventId, name, match, payload, at, to }),
    writing(session.writers.insertLives, { ...live, state: State.telling }),
  ];
  const { database } = session;
  const stands = async () =>
    digest === undefined
      ? (await database.maybe(readState, { runId: eventId })) !== undefined
      : (await database.maybe(readKey, { digest }))?.runId === eventId;
  const find = async (): Promise<"before" | undefined> => {
    if (digest !== undefined && (await saidBefore(node, digest, saying, payload))) return "before";
    // It lives, so it is the key that was taken: by who is not committed yet, or is gone by now.
    if (to !== undefined && !(await lives(node, to))) await refuseEnded(node, to);
    return undefined;
  };
  const came = await session.commitOrFind(`event/${eventId}`, rows, { stands, find });
  if (came === "before") return "before";
  node.ears.tell(eventOf(name, match));
  await deliver(session, eventId);
  node.nudgeAll();
  return "now";
}

/** As whoever writes the event asks: one whose end is only being told has ended. */
async function lives({ input }: FlowNode, runId: bigint): Promise<boolean> {
  const live = await input.database.maybe(readState, { runId });
  return live !== undefined && live.state !== State.telling;
}

/** Refuses: flow.event_key_reused, while the event that was said under it is kept. */
async function saidBefore(
  { input }: FlowNode,
  digest: Buffer,
  { name, match, once }: Saying,
  payload: string | null,
): Promise<boolean> {
  const known = await input.database.maybe(readKey, { digest });
  if (known === undefined) return false;
  const said = await input.database.maybe(readEvent, { eventId: known.runId });
  const isSame =
    said === undefined || (said.name === name && said.match === match && said.payload === payload);
  if (!isSame) throw fail(flowErrors, "event_key_reused", { key: once?.name ?? "" });
  return true;
}
