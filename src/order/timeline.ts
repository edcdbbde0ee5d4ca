/** What happened to an order, for people: every step with who, why and what it moved. */
import { assert, type Instant } from "../base/index.ts";
import { lookAtRuns, type RunView, type StepView } from "../flow/index.ts";
import type { Book, Entry } from "../ledger/index.ts";
import { type PartView, readPartsOf, readRefundsOf, type RefundView } from "../payment/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { checkKey, malformed } from "./check-command.ts";
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
  /** Its chain in the journal. */
  readonly chain: string;
  /** What the book moved for it: the first hundred entries of the chain, whose length stands with each. */
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
  /** Of twenty, those that need a person first; what was kept no longer is not there. */
  readonly steps?: readonly StepView[] | undefined;
  /** What it last said of itself. */
  readonly said?: unknown;
}

export interface OrderView {
  readonly order: OrderNow;
  readonly quoteId: string;
  readonly lines: readonly LineNow[];
  readonly payments: readonly PartView[];
  /** A thousand at most; each is a step, too. */
  readonly refunds: readonly RefundView[];
  readonly steps: readonly TimelineStep[];
  /** There are later steps: ask again with the version of the last one. */
  readonly more: boolean;
}

/** Which steps of an order are to be told: a hundred at most. */
export interface TimelineAsked {
  /** Behind this version; from the beginning when left out. */
  readonly after?: number | undefined;
}

const STEPS_MAX = 100;
const POSTINGS_MAX = 100;
/** More than one act can do: of every line something of each kind. */
const MOVES_MAX = 10_000;

/**
 * An order with its lines and what happened to it, in a constant number of questions; undefined: there is none.
 * Throws: order.command_malformed.
 */
export async function findOrder(
  room: OrderRoom,
  book: Book,
  orderId: string,
  asked: TimelineAsked = {},
): Promise<OrderView | undefined> {
  checkKey("orderId", orderId);
  const { after = 0 } = asked;
  if (!Number.isInteger(after) || after < 0 || after > VERSION_MAX) {
    throw malformed("after", "it takes a version of the order, from 0");
  }
  let order = await room.reader.read(book.id, orderId);
  for (let look = 1; order !== undefined; look++) {
    const view: OrderView | undefined = await lookAt(room, book, order, after);
    const latest = await room.reader.read(book.id, orderId);
    // Of one moment where its version is as it was; an order that changes all the time is shown as it was seen.
    if (latest?.version === order.version || look === LOOKS_MAX) return view;
    order = latest;
  }
  return undefined;
}

const LOOKS_MAX = 5;
const VERSION_MAX = 2 ** 31 - 1;

async function lookAt(
  room: OrderRoom,
  book: Book,
  order: KnownOrder,
  after: number,
): Promise<OrderView | undefined> {
  const { database } = room;
  const orderId = order.id;
  const asked = { bookId: book.id, orderId };
  const placed = await database.maybe(readPlaced, asked);
  if (placed === undefined) return undefined;
  const first = after > 0 ? [] : [placedStep(orderId, placed)];
  const rows = await database.run(listSteps, { ...asked, after, limit: STEPS_MAX + 1 });
  const all = [...first, ...rows.map((row) => stepOf(orderId, row))];
  const page = all.slice(0, STEPS_MAX);
  const stretch = { ...asked, after, upTo: page.at(-1)?.version ?? after };
  const { moves, upTo } = await movesOf(room, stretch);
  const told = page.filter(({ version }) => version <= upTo);
  const runs = await runsOf(room, { ...stretch, upTo });
  const chains = await book.entriesOfChains(
    told.flatMap((step) => step.chains),
    POSTINGS_MAX,
  );
  return {
    order: nowOf(order),
    quoteId: placed.quoteId,
    lines: await readLines(database, book.id, orderId),
    payments: await readPartsOf(database, book.id, orderId),
    refunds: await readRefundsOf(database, book.id, orderId),
    steps: told.map(({ chains: names, ...step }) => {
      const chain = names.find((name) => chains.has(name)) ?? names[0];
      return {
        ...step,
        chain,
        moves: moves.get(step.version) ?? [],
        postings: chains.get(chain) ?? [],
        runs: runs.get(step.version) ?? [],
      };
    }),
    more: told.length < all.length,
  };
}

type Bare = Omit<TimelineStep, "chain" | "moves" | "postings" | "runs"> & {
  /** Of these names one. */
  readonly chains: readonly [string, ...string[]];
};

function placedStep(orderId: string, placed: RowIn<typeof readPlaced>): Bare {
  return {
    version: 1,
    act: "place",
    state: "placed",
    at: placed.placedAt,
    by: placed.byKey ?? undefined,
    request: placed.request ?? undefined,
    chains: [`o/${orderId}`],
  };
}

function stepOf(orderId: string, row: RowIn<typeof listSteps>): Bare {
  const { version, state, at, key } = row;
  const act = actOf(row.act);
  return {
    version,
    act,
    state: stateOf(state),
    at,
    key: KEYED.has(act) ? key : undefined,
    by: row.byKey ?? undefined,
    request: row.request ?? undefined,
    reason: row.reason ?? undefined,
    chains: chainsOf(act, { orderId, key, version }),
  };
}

const kindNames = Object.fromEntries(
  Object.entries(moveKinds).map(([name, number]) => [number, name as keyof typeof moveKinds]),
);

interface Stretch {
  readonly bookId: number;
  readonly orderId: string;
  readonly after: number;
  readonly upTo: number;
}

/** By the version whose act did it; of so many versions as their moves find room. */
async function movesOf({ database }: OrderRoom, stretch: Stretch) {
  const rows = await database.run(listMoves, { ...stretch, limit: MOVES_MAX });
  const last = rows.at(-1);
  // The last version may have more of them.
  const upTo = rows.length < MOVES_MAX || last === undefined ? stretch.upTo : last.version - 1;
  const moves = new Map<number, LineMove[]>();
  for (const { version, kind: number, ...move } of rows) {
    const kind = kindNames[number];
    assert(kind !== undefined, `no move of a line has the kind ${number}`);
    const of = moves.get(version) ?? [];
    of.push({ ...move, kind });
    moves.set(version, of);
  }
  return { moves, upTo };
}

/** Each line of an order may start one. */
const RUNS_LOOKED_AT_MAX = 2_000;
/** Of one page: more are found by their flow's list. */
const RUNS_MAX = 100;
const RUNS_TOLD_MAX = 20;
const RUN_STEPS_MAX = 100;
const NEED_A_PERSON: ReadonlySet<string | undefined> = new Set(["parked", "failed", "paused"]);

/** By the version whose act has started them. Those that need a person come first and are never left out for others. */
async function runsOf(
  { database }: OrderRoom,
  stretch: Stretch,
): Promise<ReadonlyMap<number, readonly TimelineRun[]>> {
  const rows = await database.run(listOrderRuns, { ...stretch, limit: RUNS_LOOKED_AT_MAX });
  const looks = lookAtRuns(database);
  const views = await looks.several(rows.map(({ run }) => run));
  const needs = ({ run }: { run: string }) => NEED_A_PERSON.has(views.get(run)?.status);
  const shown = [...rows.filter(needs), ...rows.filter((row) => !needs(row))].slice(0, RUNS_MAX);
  const seen = shown.map(({ run }) => run).filter((run) => views.has(run));
  const told = await looks.tell(seen.slice(0, RUNS_TOLD_MAX), RUN_STEPS_MAX);
  const runs = new Map<number, TimelineRun[]>();
  for (const { version, run: id } of shown) {
    const of = runs.get(version) ?? [];
    runs.set(version, of);
    of.push({ id, ...views.get(id), ...told.get(id) });
  }
  return runs;
}

const KEYED: ReadonlySet<OrderAct> = new Set(["pay", "fulfil", "refund"]);

function chainsOf(
  act: OrderAct,
  { orderId, key, version }: { orderId: string; key: string; version: number },
): Bare["chains"] {
  switch (act) {
    case "pay":
      return [`p/${key}`];
    case "fulfil":
      return [`f/${key}/${version}`];
    case "refund":
      return [`r/${key}/${version}`];
    case "close":
      return [`o/${orderId}/close`];
    default:
      return [`o/${orderId}/end`, `o/${orderId}/gone`];
  }
}
