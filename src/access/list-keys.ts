import type { Instant } from "../base/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { eventViews, keyViews } from "./access.sql.ts";
import { type AccessAct, type AccessEvent, type KeyView, viewOf } from "./key.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import type { AccessRoom } from "./room.ts";

/** Keys in the order in which they were made, ended ones included. */
export function listKeys({ database }: AccessRoom, page: PageRequest): Promise<Page<KeyView>> {
  return readPage(
    "keys",
    page,
    (after = 0n, limit) => database.run(keyViews, { after, limit }),
    viewOf,
  );
}

const AFTER_ALL = 2n ** 62n;

/** What was done to keys, newest first. */
export function listEvents(
  { database }: AccessRoom,
  page: PageRequest,
): Promise<Page<AccessEvent>> {
  return readPage(
    "events",
    page,
    (before = AFTER_ALL, limit) => database.run(eventViews, { before, limit }),
    eventOf,
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
