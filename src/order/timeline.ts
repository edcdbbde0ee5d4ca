/** What happened to an order, for people: every step with who, why and what it moved. */
import { assert, type Instant } from "../base/index.ts";
import { lookAtRuns, type RunView, type StepView } from "../flow/index.ts";
import type { Book, Entry } from "../ledger/index.ts";
import { type PartView, readPartsOf, readRefundsOf, type RefundView } from "../payment/index.ts";
import { checkKey } from "./check-command.ts";
import { type LineNow, moveKinds, readLines } from "./goods.ts";
import { type KnownOrder, nowOf } from "./known-order.ts";
import type { OrderNow } from "./order.ts";
import { actOf, type OrderAct, type OrderState, stateOf } from "./order-machine.ts";
import { listMoves, listOrderRuns, listSteps, readPlaced } from "./order.sql.ts";
import type { OrderRoom } from "./room.ts";

export interface TimelineStep {
  readonly version: number;
  readonly act: OrderAct;
  /** What the order was from then on. */
  readonly state: OrderState;
  readonly at: Instant;
  /** The payment, fulfilment or refund. */
  readonly key?: string | undefined;
  readonly by?: string | undefined;
  readonly request?: string | undefined;
  readonly reason?: string | undefined;
  /** What it did to lines. */
  readonly moves: readonly LineMove[];
  /** What the book moved for it. */
  readonly postings: readonly Entry[];
  /** What it has started. */
  readonly runs: readonly TimelineRun[];
}

/** Units of a line, their share of its price, and what the buyer was given back for them. */
export interface LineMove {
  readonly line: number;
  readonly kind: keyof typeof moveKinds;
  readonly quantity: bigint;
  readonly amount: bigint;
  readonly back: bigint;
}

/** A run that an act has started, and what it did since. */
export interface TimelineRun extends Partial<Omit<RunView, "id">> {
  readonly id: string;
  /** Of the first twenty runs of an order; what was kept no longer is not there. */
  readonly steps?: readonly StepView[] | undefined;
  /** What it last said of itself. */
  readonly said?: unknown;
}

export interface OrderView {
  readonly order: OrderNow;
  readonly quoteId: string;
  readonly lines: readonly LineNow[];
  readonly payments: readonly PartView[];
  readonly refunds: readonly RefundView[];
  readonly steps: readonly TimelineStep[];
}

/** Everything of one order; undefined: there is none. Throws: order.command_malformed. */
export async function findOrder(
  room: OrderRoom,
  book: Book,
  orderId: string,
): Promise<OrderView | undefined> {
  checkKey("orderId", orderId);
  let order = await room.reader.read(book.id, orderId);
  for (let look = 1; order !== undefined; look++) {
    const view: OrderView | undefined = await lookAt(room, book, order);
    const latest = await room.reader.read(book.id, orderId);
    // Of one moment where its version is as it was; an order that changes all the time is shown as it was seen.
    if (latest?.version === order.version || look === LOOKS_MAX) return view;
    order = latest;
  }
  return undefined;
}

const LOOKS_MAX = 5;

async function lookAt(
  room: OrderRoom,
  book: Book,
  order: KnownOrder,
): Promise<OrderView | undefined> {
  const { database } = room;
  const orderId = order.id;
  const asked = { bookId: book.id, orderId };
  const placed = await database.maybe(readPlaced, asked);
  if (placed === undefined) return undefined;
  const steps = await database.run(listSteps, asked);
  const moves = await movesOf(room, asked);
  const runs = await runsOf(room, asked);
  const first = {
    version: 1,
    act: "place" as const,
    state: "placed" as const,
    at: placed.placedAt,
    by: placed.byKey ?? undefined,
    request: placed.request ?? undefined,
    moves: [],
    postings: await book.chainEntries(`o/${orderId}`),
    runs: runs.get(1) ?? [],
  };
  const later: TimelineStep[] = [];
  for (const { version, act: number, state, at, key, ...said } of steps) {
    const act = actOf(number);
    later.push({
      version,
      act,
      state: stateOf(state),
      at,
      key: KEYED.has(act) ? key : undefined,
      by: said.byKey ?? undefined,
      request: said.request ?? undefined,
      reason: said.reason ?? undefined,
      moves: moves.get(version) ?? [],
      postings: await postingsOf(book, act, { orderId, key, version }),
      runs: runs.get(version) ?? [],
    });
  }
  return {
    order: nowOf(order),
    quoteId: placed.quoteId,
    lines: await readLines(database, book.id, orderId),
    payments: await readPartsOf(database, book.id, orderId),
    refunds: await readRefundsOf(database, book.id, orderId),
    steps: [first, ...later],
  };
}

const kindNames = Object.fromEntries(
  Object.entries(moveKinds).map(([name, number]) => [number, name as keyof typeof moveKinds]),
);

/** By the version whose act did it. */
async function movesOf(
  { database }: OrderRoom,
  asked: { bookId: number; orderId: string },
): Promise<ReadonlyMap<number, readonly LineMove[]>> {
  const rows = await database.run(listMoves, asked);
  const moves = new Map<number, LineMove[]>();
  for (const { version, kind: number, ...move } of rows) {
    const kind = kindNames[number];
    assert(kind !== undefined, `no move of a line has the kind ${number}`);
    const of = moves.get(version) ?? [];
    of.push({ ...move, kind });
    moves.set(version, of);
  }
  return moves;
}

/** Of one order: more are found by their flow's list. */
const RUNS_MAX = 100;
const RUNS_TOLD_MAX = 20;

/** By the version whose act has started them. */
async function runsOf(
  { database }: OrderRoom,
  { bookId, orderId }: { bookId: number; orderId: string },
): Promise<ReadonlyMap<number, readonly TimelineRun[]>> {
  const rows = await database.run(listOrderRuns, { bookId, orderId, limit: RUNS_MAX });
  const looks = lookAtRuns(database);
  const runs = new Map<number, TimelineRun[]>();
  for (const [place, { version, run: id }] of rows.entries()) {
    const of = runs.get(version) ?? [];
    runs.set(version, of);
    const seen = place < RUNS_TOLD_MAX ? await looks.get(id) : undefined;
    if (seen === undefined) of.push({ id });
    else of.push({ ...seen, steps: await looks.steps(id), said: (await looks.query(id))?.value });
  }
  return runs;
}

const KEYED: ReadonlySet<OrderAct> = new Set(["pay", "fulfil", "refund"]);

async function postingsOf(
  book: Book,
  act: OrderAct,
  { orderId, key, version }: { orderId: string; key: string; version: number },
): Promise<readonly Entry[]> {
  switch (act) {
    case "pay":
      return book.chainEntries(`p/${key}`);
    case "fulfil":
      return book.chainEntries(`f/${key}/${version}`);
    case "refund":
      return book.chainEntries(`r/${key}/${version}`);
    case "close":
      return book.chainEntries(`o/${orderId}/close`);
    default: {
      const ended = await book.chainEntries(`o/${orderId}/end`);
      return ended.length > 0 ? ended : book.chainEntries(`o/${orderId}/gone`);
    }
  }
}
