/** Payouts of an offering: what was to be shared, and how far the run is that shares it. */
import { lookAtRuns, type RunStatus } from "../../flow/index.ts";
import type { Book } from "../../ledger/index.ts";
import type { RowIn } from "../../postgres/index.ts";
import { checkKey } from "../check-command.ts";
import { KEY_WORD, readCursor, writeCursor } from "../cursor.ts";
import { offeringOf, type OfferingRoom } from "./offering.ts";
import { listPayouts as listRows } from "./offering.sql.ts";
import { limitOf, type Paged, type PageAsked, type Who, whoOf } from "./page.ts";

export interface PayoutNow extends Who {
  readonly id: string;
  readonly offering: string;
  readonly total: bigint;
  /** The account that has paid. */
  readonly from: string;
  readonly run: string;
  /** `stuck`: some wallets took nothing, or the run stands still: see it. */
  readonly state: "paying" | "paid" | "stuck";
  /** Parts of bids. */
  readonly paid: number;
  readonly unpaid: number;
  /** Of how many; not known before the first are paid. */
  readonly of?: number | undefined;
}

type Row = RowIn<typeof listRows>;

/** By their keys; undefined: there is no such offering. Refuses: order.command_malformed, order.cursor_malformed. */
export async function listPayouts(
  room: OfferingRoom,
  book: Book,
  id: string,
  asked: PageAsked = {},
): Promise<Paged<PayoutNow> | undefined> {
  checkKey("offering", id);
  const limit = limitOf(asked);
  const question = ["payouts", id];
  const [from = ""] =
    asked.cursor === undefined ? [] : readCursor(question, asked.cursor, [KEY_WORD]);
  if ((await offeringOf(room, book, id)) === undefined) return undefined;
  const place = { bookId: book.id, offeringId: id };
  const rows = await room.database.run(listRows, { ...place, from, limit: limit + 1 });
  const items = await Promise.all(rows.slice(0, limit).map((row) => payoutOf(room, id, row)));
  const next = rows[limit];
  return next === undefined ? { items } : { items, cursor: writeCursor(question, [next.id]) };
}

/** One of them; undefined: there is none. Refuses: order.command_malformed. */
export async function readPayoutNow(
  room: OfferingRoom,
  book: Book,
  { offering, id }: { readonly offering: string; readonly id: string },
): Promise<PayoutNow | undefined> {
  checkKey("offering", offering);
  checkKey("id", id);
  const place = { bookId: book.id, offeringId: offering };
  const [row] = await room.database.run(listRows, { ...place, from: id, limit: 1 });
  return row?.id === id ? payoutOf(room, offering, row) : undefined;
}

async function payoutOf(room: OfferingRoom, offering: string, row: Row): Promise<PayoutNow> {
  const { id, total, source: from, run, paid, unpaid } = row;
  const told = { id, offering, total, from, run, ...whoOf(row) };
  if (paid === null || unpaid === null) return { ...told, ...(await underWay(room, run)) };
  return { ...told, state: unpaid === 0 ? "paid" : "stuck", paid, unpaid, of: paid + unpaid };
}

const STOPPED: ReadonlySet<RunStatus> = new Set(["failed", "cancelled", "parked", "paused"]);

/** As far as its run has said. */
async function underWay(
  { database }: OfferingRoom,
  run: string,
): Promise<Pick<PayoutNow, "state" | "paid" | "unpaid" | "of">> {
  const looks = lookAtRuns(database);
  const view = await looks.get(run);
  if (view === undefined) return { state: "stuck", paid: 0, unpaid: 0 };
  const state = STOPPED.has(view.status) ? "stuck" : "paying";
  const said = (await looks.query(run))?.value as Partial<PayoutSaid> | undefined;
  return { state, paid: said?.paid ?? 0, unpaid: said?.unpaid ?? 0, of: said?.of };
}

/** What the run says of itself, batch after batch. */
export interface PayoutSaid {
  readonly paid: number;
  readonly unpaid: number;
  readonly of: number;
}
