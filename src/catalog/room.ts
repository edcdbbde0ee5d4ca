/** What every verb of this room works with. */
import { backoff, fail, hasCode, systemClock } from "../base/index.ts";
import type { Database, Lane, Unit } from "../postgres/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import type { KnownActor } from "./items.ts";
import type { KeptQuotes } from "./kept-quotes.ts";
import type { OldQuotes } from "./old-quotes.ts";
import type { CatalogMemory } from "./memory.ts";
import { Reading } from "./reading.ts";
import type { PriceRule } from "./rule.ts";
import type { CatalogTime } from "./time.ts";

/** A lane for rows: the node's own, or a book's. */
export type CatalogLane = Pick<Lane<never, never>, "submit">;

export interface CatalogRoom {
  readonly database: Database;
  readonly lane: CatalogLane;
  readonly memory: CatalogMemory;
  readonly time: CatalogTime;
  readonly rules: PriceRule | undefined;
  readonly quotes: KeptQuotes;
  readonly old: OldQuotes | undefined;
}

const LOOKS_MAX = 6;

/**
 * Submits the unit. Where the lane can't say whether it was committed, `stands` looks, a few times; if
 * nothing comes of it the error stays. Answers what was there first by its label.
 */
export async function commitUnit(
  { lane }: Pick<CatalogRoom, "lane">,
  made: Unit<never>,
  stands: () => Promise<boolean>,
): Promise<"committed" | { readonly by: string }> {
  try {
    const answer = await lane.submit({ ...made, context: undefined });
    return answer.status === "conflict" ? { by: answer.by } : "committed";
  } catch (error) {
    if (!hasCode(error, "lane.outcome_unknown")) throw error;
    for (let attempt = 1; attempt <= LOOKS_MAX; attempt++) {
      if (await stands()) return "committed";
      await systemClock.sleep(backoff({ attempt, baseMs: 20, maxMs: 400 }));
    }
    throw error;
  }
}

/** Refuses: catalog.definition_malformed. */
export function checkActor(given: unknown): KnownActor {
  const reading = new Reading();
  const { by, request = "-" } = reading.fields("", given, ["by", "request"]);
  const actor = {
    by: reading.text("/by", by, 256),
    request: reading.text("/request", request, 256),
  };
  reading.done("who does it");
  return actor;
}

const PAGE_DEFAULT = 100;
export const PAGE_MAX = 1_000;

/** Refuses: catalog.filter_malformed. */
export function pageLimit(limit: number = PAGE_DEFAULT, max = PAGE_MAX): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw fail(catalogErrors, "filter_malformed", { field: "limit", expected: `from 1 to ${max}` });
}

/** A place in a list, as text that says of which. Refuses: catalog.filter_malformed. */
export function placeIn(list: string, cursor: string | undefined, first: bigint): bigint {
  if (cursor === undefined) return first;
  const isShort = typeof cursor === "string" && cursor.length <= 64;
  const text = isShort ? Buffer.from(cursor, "base64url").toString() : "";
  const [, of, number] = /^([a-z]+)\/([0-9]{1,18})$/.exec(text) ?? [];
  if (of === list && number !== undefined) return BigInt(number);
  throw fail(catalogErrors, "filter_malformed", { field: "cursor", expected: "one of this list" });
}

export const cursorAt = (list: string, place: bigint): string =>
  Buffer.from(`${list}/${place}`).toString("base64url");
