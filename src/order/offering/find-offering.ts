/** How an offering stands, and lists of them. */
import type { Instant } from "../../base/index.ts";
import type { Book } from "../../ledger/index.ts";
import type { RowIn } from "../../postgres/index.ts";
import { checkKey } from "../check-command.ts";
import {
  freezeId,
  type KnownOffering,
  type OfferingNow,
  offeringOf,
  type OfferingRoom,
  type OfferingState,
  pathsOf,
} from "./offering.ts";
import { countBids, listOfferings as listRows, readOfferingEnd } from "./offering.sql.ts";
import { beforeOf, limitOf, type Paged, type PageAsked, pageOf } from "./page.ts";

/** Of an offering that takes bids so many are counted; of one that is settled it is known. */
const COUNTED_MAX = 10_000;

/** How it stands; undefined: there is none. Throws: order.command_malformed. */
export async function findOffering(
  room: OfferingRoom,
  book: Book,
  id: string,
): Promise<OfferingNow | undefined> {
  checkKey("id", id);
  const offering = await offeringOf(room, book, id);
  if (offering === undefined) return undefined;
  const place = { bookId: book.id, offeringId: id };
  const ended = await room.database.maybe(readOfferingEnd, place);
  const [money, counted, paidOut] = await Promise.all([
    ended === undefined ? moneyOf(book, offering) : endedMoney(ended),
    countOf(room, place, ended),
    paidOutOf(book, offering),
  ]);
  return { ...offering, ...money, ...counted, paidOut };
}

type Ended = RowIn<typeof readOfferingEnd>;
type Money = Pick<OfferingNow, "state" | "raised" | "left">;

const endedMoney = ({ raised, funded }: Pick<Ended, "raised" | "funded">): Money => {
  return { state: funded ? "funded" : "failed", raised, left: 0n };
};

async function moneyOf(book: Book, { id, asset, cap }: KnownOffering): Promise<Money> {
  const frozen = await book.find(freezeId(id));
  if (frozen?.amount !== undefined) {
    return { state: "settling", raised: cap - frozen.amount, left: 0n };
  }
  const left = (await book.account(pathsOf(id).room, asset))?.available ?? 0n;
  return { state: "open", raised: cap - left, left };
}

async function countOf(
  { database }: OfferingRoom,
  place: { readonly bookId: number; readonly offeringId: string },
  ended: Ended | undefined,
): Promise<Pick<OfferingNow, "bids" | "investors" | "moreBids">> {
  const bids = ended?.bids ?? undefined;
  const investors = ended?.investors ?? undefined;
  if (bids !== undefined && investors !== undefined) return { bids, investors, moreBids: false };
  const counted = await database.one(countBids, { ...place, limit: COUNTED_MAX + 1 });
  const moreBids = counted.bids > COUNTED_MAX;
  return { ...counted, bids: Math.min(counted.bids, COUNTED_MAX), moreBids };
}

async function paidOutOf(book: Book, { id, asset }: KnownOffering): Promise<bigint> {
  return (await book.account(pathsOf(id).payout, asset))?.balance.debitsPosted ?? 0n;
}

/** What a list tells: what was raised is told once it is settled. */
export interface ListedOffering extends KnownOffering {
  /** By its time alone: of one that is settled before its close, since its cap was reached, `open` until then. */
  readonly state: OfferingState;
  readonly raised?: bigint | undefined;
}

/** Newest first. Refuses: order.command_malformed, order.cursor_malformed. */
export async function listOfferings(
  room: OfferingRoom,
  book: Book,
  asked: PageAsked = {},
): Promise<Paged<ListedOffering>> {
  const limit = limitOf(asked);
  const question = ["offerings"];
  const before = beforeOf(question, asked.cursor);
  const rows = await room.database.run(listRows, { bookId: book.id, ...before, limit: limit + 1 });
  const now = await room.time.now();
  return pageOf(rows, { question, limit, keyOf: ({ id }) => id }, (row) => listedOf(row, now));
}

function listedOf(row: RowIn<typeof listRows>, now: Instant): ListedOffering {
  const { micros: _, raised, funded, ...offering } = row;
  if (raised === null || funded === null) {
    return { ...offering, state: now < offering.closesAt ? "open" : "settling" };
  }
  return { ...offering, state: funded ? "funded" : "failed", raised };
}
