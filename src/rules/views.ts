/** Rule sets, their versions, what was done to them and what was decided, as they are listed. */
import { fail, type Instant } from "../base/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { instantOfId } from "./decision-log.ts";
import { type RulesRoom, setOf, viewOfVersion } from "./room.ts";
import { rulesErrors } from "./rules.errors.ts";
import {
  listDecisions,
  listDecisionsOfTrace,
  listEvents,
  listSets,
  listVersions,
  readDecision,
} from "./rules.sql.ts";
import { checkPlace, must, type VersionView } from "./version.ts";
import type { Place, RuleAct } from "./write-rules.ts";

export interface PageRequest {
  /** Where the page before ended. */
  readonly cursor?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** There is more behind it. */
  readonly cursor?: string | undefined;
}

export interface RuleSetView {
  readonly book: string;
  readonly name: string;
  readonly liveVersion?: number | undefined;
  readonly lastVersion: number;
  readonly createdAt: Instant;
}

export interface RuleEventView {
  readonly number: number;
  readonly at: Instant;
  readonly version: number;
  readonly what: RuleAct;
  /** Which version was live before. */
  readonly liveBefore?: number | undefined;
  readonly by: string;
  readonly byKind: string;
  readonly from: string;
  readonly request: string;
  readonly why?: string | undefined;
}

export interface LoggedDecision {
  readonly decisionId: string;
  readonly at: Instant;
  readonly book: string;
  readonly name: string;
  readonly version: number;
  readonly hash: string;
  readonly input: unknown;
  readonly output?: unknown;
  /** The code of the refusal, where it was refused. */
  readonly refused?: string | undefined;
  readonly micros: number;
  readonly traceId?: string | undefined;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const CURSOR_LENGTH_MAX = 200;
/** Behind all ids. */
const AFTER_ALL = "~";
const NUMBER_AFTER_ALL = 2 ** 31 - 1;
const EVENT_AFTER_ALL = 2n ** 62n;

/** One row more than asked for is read: it tells whether there is a next page. */
async function readPage<Row, T>(
  { cursor, limit = LIMIT_DEFAULT }: PageRequest,
  isPlace: (text: string) => boolean,
  read: (place: string | undefined, limit: number) => Promise<readonly Row[]>,
  view: (row: Row) => T,
  placeOf: (row: Row) => string,
): Promise<Page<T>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw fail(rulesErrors, "limit_out_of_range", { limit, most: LIMIT_MAX });
  }
  const isRead = typeof cursor === "string" && cursor.length <= CURSOR_LENGTH_MAX;
  const place = isRead ? Buffer.from(cursor, "base64url").toString() : undefined;
  if (cursor !== undefined && (place === undefined || !isPlace(place))) {
    throw fail(rulesErrors, "cursor_malformed");
  }
  const rows = await read(place, limit + 1);
  const items = rows.slice(0, limit).map(view);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  if (last === undefined) return { items };
  return { items, cursor: Buffer.from(placeOf(last)).toString("base64url") };
}

const isName = (text: string): boolean => /^[!-~]{1,64}$/.test(text);
const isNumber = (text: string): boolean => /^[0-9]{1,9}$/.test(text);
const isEvent = (text: string): boolean => /^[0-9]{1,18}$/.test(text);
const isDecision = (text: string): boolean => /^[0-9a-z]{26}$/.test(text);

export function viewOfSet(row: RowIn<typeof listSets>): RuleSetView {
  const { book, name, lastVersion, createdAt } = row;
  return { book, name, liveVersion: row.liveVersion ?? undefined, lastVersion, createdAt };
}

/** Of a book, by name. */
export function setsOf(
  { database }: RulesRoom,
  book: string,
  page: PageRequest,
): Promise<Page<RuleSetView>> {
  checkPlace(book, "any");
  const read = (after = "", limit: number) => database.run(listSets, { book, after, limit });
  return readPage(page, isName, read, viewOfSet, ({ name }) => name);
}

/** Newest first. */
export async function versionsOf(
  room: RulesRoom,
  place: Place,
  page: PageRequest,
): Promise<Page<VersionView>> {
  checkPlace(place.book, place.name);
  await setOf(room, place);
  const read = (before: string | undefined, limit: number) =>
    room.database.run(listVersions, {
      ...{ book: place.book, name: place.name, limit },
      before: before === undefined ? NUMBER_AFTER_ALL : Number(before),
    });
  return readPage(page, isNumber, read, viewOfVersion, ({ version }) => String(version));
}

/** Newest first. */
export async function eventsOf(
  room: RulesRoom,
  place: Place,
  page: PageRequest,
): Promise<Page<RuleEventView>> {
  checkPlace(place.book, place.name);
  await setOf(room, place);
  const read = (before: string | undefined, limit: number) =>
    room.database.run(listEvents, {
      ...{ book: place.book, name: place.name, limit },
      before: before === undefined ? EVENT_AFTER_ALL : BigInt(before),
    });
  return readPage(page, isEvent, read, viewOfEvent, ({ number }) => String(number));
}

function viewOfEvent(row: RowIn<typeof listEvents>): RuleEventView {
  return {
    number: Number(row.number),
    at: row.at,
    version: row.version,
    what: row.what as RuleAct,
    liveBefore: row.before ?? undefined,
    by: row.byWhom,
    byKind: row.byKind,
    from: row.cameFrom,
    request: row.request,
    why: row.why ?? undefined,
  };
}

/** Of a rule set newest first, or of a trace oldest first. */
export function decisionsOf(
  { database }: RulesRoom,
  book: string,
  asked: { readonly name: string } | { readonly traceId: string },
  page: PageRequest,
): Promise<Page<LoggedDecision>> {
  const idOf = ({ decisionId }: RowIn<typeof listDecisions>) => decisionId;
  if ("traceId" in asked) {
    const { traceId } = asked;
    checkPlace(book, "any");
    must(typeof traceId === "string" && traceId.isWellFormed(), "traceId", "text");
    const read = (after = "", limit: number) =>
      database.run(listDecisionsOfTrace, { book, traceId, after, limit });
    return readPage(page, isDecision, read, viewOfDecision, idOf);
  }
  const { name } = asked;
  checkPlace(book, name);
  const read = (before = AFTER_ALL, limit: number) =>
    database.run(listDecisions, { book, name, before, limit });
  return readPage(page, isDecision, read, viewOfDecision, idOf);
}

/** Refuses: rules.decision_missing. */
export async function decisionOf(
  { database }: RulesRoom,
  book: string,
  decisionId: string,
): Promise<LoggedDecision> {
  checkPlace(book, "any");
  const isId = typeof decisionId === "string" && isDecision(decisionId);
  const row = isId ? await database.maybe(readDecision, { book, decisionId }) : undefined;
  if (row === undefined) throw fail(rulesErrors, "decision_missing", { decisionId });
  return viewOfDecision(row);
}

function viewOfDecision(row: RowIn<typeof listDecisions>): LoggedDecision {
  const { decisionId, book, name, version, hash, micros } = row;
  return {
    ...{ decisionId, at: instantOfId(decisionId), book, name, version, hash, micros },
    input: JSON.parse(row.input) as unknown,
    ...(row.output === null ? {} : { output: JSON.parse(row.output) as unknown }),
    refused: row.refused ?? undefined,
    traceId: row.traceId ?? undefined,
  };
}
