/**
 * How anything is done to an order: it is decided on how the order stands, by a pure function, and
 * committed as one unit whose step is the next version. Acts of one node take turns; where another node was first, the
 * order is read anew and it is decided again, until its caller waits no longer.
 */
import { performance } from "node:perf_hooks";
import { assert, backoff, systemClock, toRfc3339 } from "../base/index.ts";
import type { Book, Chain, ChainAnswer, Refused as LedgerRefused } from "../ledger/index.ts";
import { insertParts, insertRefunds, type PartRow, type RefundRow } from "../payment/index.ts";
import { unit } from "../postgres/index.ts";
import { type KnownOrder, nowOf } from "./known-order.ts";
import { isTaken, unexpected } from "./ledger-says.ts";
import type { OrderAnswer, Refused } from "./order.ts";
import {
  type GoodsAfter,
  nextState,
  type OrderAct,
  actNumber,
  stateNumber,
} from "./order-machine.ts";
import { findKey, findStep } from "./order.sql.ts";
import { contributionsOf, NO_CONTRIBUTIONS, tellCommitted, withContributions } from "./react.ts";
import { refuse } from "./refusal.ts";
import type { Asked, OrderRoom } from "./room.ts";
import { insertMoves, insertSteps, type MoveRow } from "./write-orders.ts";

/** What is done to an order if it is found as it is known. */
export interface Decision {
  readonly chain: Chain;
  readonly after: KnownOrder;
  readonly reason?: string | undefined;
  readonly parts?: readonly Omit<PartRow, "bookId" | "subject">[] | undefined;
  readonly refunds?: readonly Omit<RefundRow, "bookId" | "subject">[] | undefined;
  readonly moves?: readonly Omit<MoveRow, "bookId" | "orderId" | "version">[] | undefined;
}

export interface Act {
  readonly act: OrderAct;
  readonly orderId: string;
  /** Of this act, unique in the book; a repeat is found by it. */
  readonly key: string;
  readonly bodyHash?: Buffer | undefined;
  readonly decide: (order: KnownOrder) => Refused | Decision | Promise<Refused | Decision>;
  /** What the ledger's refusal means; undefined: nothing that this act knows. */
  readonly meaning?: (
    refused: LedgerRefused & { index: number },
    of: Decision,
  ) => Refused | undefined | Promise<Refused | undefined>;
}

/** Who does not say how long they wait: as long as a lane would. */
const DEADLINE_MS = 30_000;
/** Between two attempts, jittered, so that no node is always the first. */
const PAUSE_MS = { baseMs: 4, maxMs: 16 };
/** Conflicts in a row that nothing explains: no version came, and the key is nobody's. */
const UNEXPLAINED_MAX = 12;

export async function doAct(
  room: OrderRoom,
  book: Book,
  act: Act,
  asked: Asked,
): Promise<OrderAnswer> {
  const until = performance.now() + (asked.deadlineMs ?? DEADLINE_MS);
  const leave = await room.turns.take(book.id, act.orderId, until);
  if (leave === undefined) return refuse("order.busy");
  try {
    return await inTurn(room, book, act, asked, until);
  } finally {
    leave();
  }
}

async function inTurn(
  room: OrderRoom,
  book: Book,
  act: Act,
  { context }: Asked,
  until: number,
): Promise<OrderAnswer> {
  const read = () => room.reader.read(book.id, act.orderId);
  let seen = room.memory.get(book.id, act.orderId) ?? (await read());
  for (let attempt = 1, unexplained = 0; unexplained < UNEXPLAINED_MAX; attempt++) {
    if (seen === undefined) return refuse("order.missing", { order: act.orderId });
    const decision = await act.decide(seen);
    let latest: KnownOrder | undefined;
    if ("status" in decision) {
      latest = await read();
      // The version is as it was, so all that was read between is of one moment: the *no* is true.
      if (latest?.version === seen.version)
        return (await repeatOf(room, book, act, seen)) ?? decision;
    } else {
      const asked = { context, deadlineMs: until - performance.now() };
      if (attempt > 1 && asked.deadlineMs <= 0) break;
      const outcome = await commit(room, book, { act, decision, asked });
      if (outcome === "committed") {
        room.memory.learn(book.id, decision.after);
        return { status: "done", order: nowOf(decision.after) };
      }
      latest = await read();
      const repeat = latest && (await repeatOf(room, book, act, latest));
      if (repeat !== undefined) return repeat;
      const isAsItWas = latest?.version === seen.version;
      if (outcome === "conflict") {
        // Whoever is first may not be committed yet: the next attempt waits behind it in the lane.
        if (await isElsewhere(room, book, act))
          return refuse("order.key_conflict", { key: act.key });
      } else if (isAsItWas) {
        // Nobody was first: it is refused as the order stands.
        return refusedAsItStands(act, outcome, decision);
      }
      unexplained = isAsItWas ? unexplained + 1 : 0;
    }
    seen = latest;
    await systemClock.sleep(backoff({ attempt, ...PAUSE_MS }));
  }
  return refuse("order.busy");
}

async function refusedAsItStands(
  act: Act,
  outcome: Exclude<Committed, string>,
  decision: Decision,
): Promise<Refused> {
  // By another order, since none of this one's steps has the key.
  if (isTaken(outcome.code)) {
    return refuse("order.key_conflict", { key: act.key });
  }
  const meaning = await act.meaning?.(outcome, decision);
  if (meaning !== undefined) return meaning;
  throw unexpected(outcome, decision.chain.requests[outcome.index]);
}

/** Whether the act's key stands for a step of another order. Of payments the ledger has said so already. */
async function isElsewhere(room: OrderRoom, book: Book, { act, orderId, key }: Act) {
  const found = await room.database.maybe(findKey, { bookId: book.id, act: actNumber(act), key });
  return found !== undefined && found.orderId !== orderId;
}

type Committed = "committed" | "conflict" | (LedgerRefused & { readonly index: number });

interface Committing {
  readonly act: Act;
  readonly decision: Decision;
  readonly asked: Asked;
}

async function commit(
  room: OrderRoom,
  book: Book,
  { act, decision, asked }: Committing,
): Promise<Committed> {
  const { chain, after, reason, parts = [], refunds = [], moves = [] } = decision;
  const { context, deadlineMs } = asked;
  const bookId = book.id;
  const orderId = act.orderId;
  const step = {
    bookId,
    orderId,
    version: after.version,
    act: actNumber(act.act),
    state: stateNumber(after.state),
    key: act.key,
    bodyHash: act.bodyHash ?? null,
    paid: after.paid,
    refunded: after.refunded,
    by: context?.by ?? null,
    request: context?.request ?? null,
    reason: reason ?? null,
  };
  const { act: name, key } = act;
  const beside =
    room.reactions.length === 0
      ? NO_CONTRIBUTIONS
      : await contributionsOf(room, { book, act: name, after, key, reason }, asked);
  const work = unit(chain.chain)
    .post(chain)
    .write(insertSteps, step)
    .write(insertParts, ...parts.map((part) => ({ ...part, bookId, subject: orderId })))
    .write(insertRefunds, ...refunds.map((back) => ({ ...back, bookId, subject: orderId })))
    .write(insertMoves, ...moves.map((m) => ({ ...m, bookId, orderId, version: after.version })));
  const whole = withContributions(work, beside, { book, after });
  const answered = await book.commit(whole, { context, deadlineMs });
  if (answered.status === "committed") {
    tellCommitted(beside);
    return "committed";
  }
  if (answered.status !== "refused") return "conflict";
  const answer = answered.answer as ChainAnswer;
  assert(answer.status === "refused", "a refused unit has a refusal");
  return answer;
}

/** Whether this very act was done before: then that is the answer, as the order stands now. */
async function repeatOf(
  room: OrderRoom,
  book: Book,
  { act, orderId, key, bodyHash }: Act,
  seen: KnownOrder,
): Promise<OrderAnswer | undefined> {
  const asked = { bookId: book.id, orderId, act: actNumber(act), key };
  const step = await room.database.maybe(findStep, asked);
  if (step === undefined) return undefined;
  if (bodyHash !== undefined && step.bodyHash?.equals(bodyHash) !== true) {
    return refuse("order.key_conflict", { key });
  }
  const order = seen.version >= step.version ? seen : await room.reader.read(book.id, orderId);
  assert(order !== undefined, "an order with a step is there");
  room.memory.learn(book.id, order);
  return { status: "exists", order: nowOf(order) };
}

/**
 * The chain of an act that an order takes several times. The version is in it: a refusal of the ledger's, decided
 * on an order that had changed meanwhile, burns ids of that version only. That the act's key is used once, a
 * unique index of the steps says.
 */
export function keyedChain(letter: "f" | "r", key: string, { version }: KnownOrder): string {
  return `${letter}/${key}/${version + 1}`;
}

/** The order as the act leaves it, or why it can't be done. */
export function stepOn(
  order: KnownOrder,
  act: OrderAct,
  change: { paid?: bigint; refunded?: bigint; goods?: GoodsAfter } = {},
): KnownOrder | Refused {
  const state = nextState(order.state, act, change.goods);
  if (state === undefined) return notPossible(order, act);
  const { paid = order.paid, refunded = order.refunded } = change;
  return { ...order, state, version: order.version + 1, paid, refunded };
}

function notPossible({ state, expiresAt }: KnownOrder, act: OrderAct): Refused {
  if (act === "pay" && state === "expired") {
    return refuse("order.expired", { until: toRfc3339(expiresAt) });
  }
  const isOpen = state === "placed" || state === "cancelled" || state === "expired";
  if ((act === "pay" || act === "cancel") && !isOpen) return refuse("order.already_paid");
  return refuse("order.not_possible", { state, act });
}
