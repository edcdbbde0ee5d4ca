import type { Instant } from "../base/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { eventViews, keyViews } from "./access.sql.ts";
import { type AccessAct, type AccessEvent, type KeyView, readScopes, viewOf } from "./key.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import { mayAdminister, type Principal } from "./principal.ts";
import type { AccessRoom } from "./room.ts";

/** Who is shown a list; undefined: who has the machine, and is shown all of it. */
type Reader = Principal | undefined;

function isShown(reader: Reader, { scopes }: { readonly scopes: string }): boolean {
  return reader === undefined || mayAdminister(reader, readScopes(scopes));
}

/** Keys in the order in which they were made, ended ones included. */
export function listKeys(
  { database }: AccessRoom,
  page: PageRequest,
  reader: Reader,
): Promise<Page<KeyView>> {
  return readPage(
    "keys",
    page,
    (after = 0n, limit) => database.run(keyViews, { after, limit }),
    (row) => (isShown(reader, row) ? viewOf(row) : undefined),
  );
}

const AFTER_ALL = 2n ** 62n;

/** What was done to keys, newest first. */
export function listEvents(
  { database }: AccessRoom,
  page: PageRequest,
  reader: Reader,
): Promise<Page<AccessEvent>> {
  return readPage(
    "events",
    page,
    (before = AFTER_ALL, limit) => database.run(eventViews, { before, limit }),
    (row) => (isShown(reader, row) ? eventOf(row) : undefined),
  );
}

function eventOf(row: RowIn<typeof eventViews>): AccessEvent {
  const { number, what, keyId, owner, byWhom, cameFrom, request, graceMs } = row;
  const at: Instant = row.at;
  return {
    number: Number(number),
    at,
    what: what as AccessAct,
    keyId,
    owner,
    by: byWhom,
    from: cameFrom,
    request,
    graceMs: graceMs === null ? undefined : Number(graceMs),
  };
}
