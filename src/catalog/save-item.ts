/** The one way in which types, plans and products get a version: read, decided, committed as one unit. */
import { fail, type Instant } from "../base/index.ts";
import { unit, type UnitBuilder } from "../postgres/index.ts";
import { canonical, sha256 } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { ownersOfSkus, readHeads, readSaved } from "./catalog.sql.ts";
import { type Actor, type KnownActor, KINDS, type Kind, stateOf, STATES } from "./items.ts";
import type { BookMemory } from "./memory.ts";
import { isCode, type ProductState } from "./product.ts";
import { type CatalogRoom, checkActor, commitUnit } from "./room.ts";
import { INSTANT_MAX } from "./scheme.ts";
import { insertSkus, itemAsRead, saveVersions, type SkuRow } from "./write-items.ts";

/** What an author names besides the thing itself. */
export interface EditOptions {
  /** The version that the edit was made on; 0 for a new one. */
  readonly version: number;
  /** At once when left out. */
  readonly effectiveFrom?: Instant | undefined;
}

/** What came of it. */
export interface Saved {
  readonly kind: Kind;
  readonly code: string;
  readonly version: number;
  readonly state: ProductState;
  readonly effectiveFrom: Instant;
  /** False: it says so already, nothing was written. */
  readonly changed: boolean;
}

/** Where an item stands, as it was read. */
export interface Head {
  readonly version: number;
  readonly state: ProductState;
  readonly effectiveFrom: Instant;
  readonly soldFrom: Instant | undefined;
  readonly soldUntil: Instant | undefined;
  readonly bodyHash: Buffer;
  readonly body: string;
}

/** A version to come. */
export interface Draft extends EditOptions {
  readonly kind: Kind;
  readonly code: string;
  readonly state: ProductState;
  readonly body: unknown;
  /** The author said all of the body, not only which version is meant: made on whichever, it stays what they want. */
  readonly isWhole?: boolean | undefined;
  readonly tokens?: readonly string[] | undefined;
  /** SKUs of a product that it must have; those it has not yet become its. */
  readonly skus?: readonly string[] | undefined;
}

export async function headsOf(
  { database }: Pick<CatalogRoom, "database">,
  book: string,
  kind: Kind,
  codes: readonly string[],
): Promise<ReadonlyMap<string, Head>> {
  const rows = await database.run(readHeads, {
    book,
    kind: KINDS[kind],
    codes: codes.filter(isCode),
  });
  return new Map(
    rows.map(({ code, state, soldFrom, soldUntil, ...rest }) => [
      code,
      {
        ...rest,
        state: stateOf(state),
        soldFrom: soldFrom ?? undefined,
        soldUntil: soldUntil ?? undefined,
      },
    ]),
  );
}

export async function ownersOf(
  { database }: Pick<CatalogRoom, "database">,
  book: string,
  skus: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (skus.length === 0) return new Map();
  const rows = await database.run(ownersOfSkus, { book, skus: skus.filter(isCode) });
  return new Map(rows.map(({ sku, product }) => [sku, product]));
}

/** A unit's part for one version, and what is to be answered when it is committed. */
export interface Planned {
  readonly saved: Saved;
  add(to: UnitBuilder<never>): UnitBuilder<never>;
}

export interface PlanContext {
  readonly book: BookMemory;
  readonly now: Instant;
  readonly by: KnownActor;
  readonly head: Head | undefined;
  readonly owners: ReadonlyMap<string, string>;
}

/**
 * Decides what one version comes to. Refuses: catalog.version_conflict, catalog.backdated, catalog.sku_taken.
 */
export function planVersion(draft: Draft, context: PlanContext): Planned {
  const { head, now, book, by, owners } = context;
  const { kind, code, state, version: madeOn, skus = [] } = draft;
  const body = canonical(draft.body);
  const bodyHash = sha256(body);
  const effectiveFrom = checkedFrom(draft.effectiveFrom, now);
  if (head !== undefined && isSaid(head, { draft, bodyHash, effectiveFrom })) {
    const { version, effectiveFrom: from } = head;
    const saved = { kind, code, version, state, effectiveFrom: from, changed: false };
    return { saved, add: (to) => to };
  }
  const stands = head?.version ?? 0;
  if (madeOn !== stands) {
    throw fail(catalogErrors, "version_conflict", { kind, code, version: stands, madeOn });
  }
  if (draft.effectiveFrom !== undefined && draft.effectiveFrom < now) {
    throw fail(catalogErrors, "backdated", {
      effectiveFrom: new Date(draft.effectiveFrom).toISOString(),
    });
  }
  const news: SkuRow[] = [];
  for (const sku of skus) {
    const owner = owners.get(sku);
    if (owner !== undefined && owner !== code) {
      throw fail(catalogErrors, "sku_taken", { sku, book: book.book });
    }
    if (owner === undefined) news.push({ book: book.book, sku, product: code });
  }
  const version = stands + 1;
  const seen = { book: book.book, kind: KINDS[kind], code };
  const row = {
    ...{ ...seen, version, effectiveFrom, state: STATES[state], body, bodyHash, ...by },
    isLive: kind === "plan" || (kind === "product" && state !== "draft"),
    ...soldBetween(state, effectiveFrom, head, now),
    tokens: draft.tokens ?? [],
  };
  return {
    saved: { kind, code, version, state, effectiveFrom, changed: true },
    add: (to) =>
      to
        .guard(itemAsRead, { ...seen, version: stands })
        .write(saveVersions, row)
        .write(insertSkus, ...news),
  };
}

/** Refuses: catalog.backdated. */
function checkedFrom(asked: Instant | undefined, now: Instant): Instant {
  if (asked === undefined) return now;
  if (Number.isInteger(asked) && asked >= 0 && asked <= INSTANT_MAX) return asked;
  throw fail(catalogErrors, "backdated", { effectiveFrom: String(asked) });
}

/**
 * The head says it already: the same edit made again on the version before (of a whole body on any before: what was saved and
 * published since can be saved again by the same script), or one that changes nothing. With an effectiveFrom it must be
 * the same, or hold earlier.
 */
function isSaid(
  head: Head,
  asked: { readonly draft: Draft; readonly bodyHash: Buffer; readonly effectiveFrom: Instant },
): boolean {
  const { draft, bodyHash, effectiveFrom } = asked;
  const { version, state, isWhole = false } = draft;
  const isSame = head.state === state && head.bodyHash.equals(bodyHash);
  const isSeen = version === head.version || version === head.version - 1;
  if (!isSame || !(isSeen || (isWhole && version < head.version))) return false;
  return head.effectiveFrom <= effectiveFrom;
}

/** No instant outside of these finds it on sale. */
function soldBetween(state: ProductState, from: Instant, head: Head | undefined, now: Instant) {
  const { soldFrom, soldUntil } = head ?? {};
  if (state === "draft") return { soldFrom: null, soldUntil: null };
  if (state === "withdrawn") {
    return { soldFrom: soldFrom ?? from, soldUntil: least(soldUntil ?? from, from) };
  }
  const isOn = soldFrom !== undefined && (soldUntil === undefined || soldUntil > now);
  return { soldFrom: isOn ? least(soldFrom, from) : from, soldUntil: null };
}

const least = (a: Instant, b: Instant): Instant => Math.min(a, b);

/** One version, by itself. Refuses: catalog.version_conflict, catalog.backdated, catalog.sku_taken, catalog.book_unknown. */
export async function saveItem(
  room: CatalogRoom,
  book: string,
  draft: Draft,
  by: Actor,
): Promise<Saved> {
  const actor = checkActor(by);
  const memory = await room.memory.current(book);
  const { kind, code, skus = [] } = draft;
  const head = (await headsOf(room, book, kind, [code])).get(code);
  const owners = await ownersOf(room, book, skus);
  const now = room.time.earliest();
  const planned = planVersion(draft, { book: memory, now, by: actor, head, owners });
  if (!planned.saved.changed) return planned.saved;
  const made = planned.add(unit(`catalog/${kind}/${code}/${planned.saved.version}/${book}`));
  const hash = sha256(canonical(draft.body));
  const outcome = await commitUnit(room, made, async () => {
    const { version } = planned.saved;
    const of = { book, kind: KINDS[kind], code, version };
    const there = await room.database.maybe(readSaved, of);
    // Somebody else may have saved the very same.
    const isMine = there?.byWhom === actor.by && there.request === actor.request;
    return isMine && there.bodyHash.equals(hash);
  });
  if (outcome !== "committed") throw await conflictOf(room, book, draft, outcome.by);
  // What this node sold by is old from now on.
  await room.memory.refreshed(book);
  return planned.saved;
}

/** Why the unit was refused, by what stands now. */
export async function conflictOf(room: CatalogRoom, book: string, draft: Draft, by: string) {
  const { kind, code, version: madeOn, skus = [] } = draft;
  if (by === insertSkus.label) {
    const owners = await ownersOf(room, book, skus);
    const sku = skus.find((one) => owners.has(one) && owners.get(one) !== code) ?? skus[0];
    return fail(catalogErrors, "sku_taken", { sku, book });
  }
  const version = (await headsOf(room, book, kind, [code])).get(code)?.version ?? 0;
  return fail(catalogErrors, "version_conflict", { kind, code, version, madeOn });
}
