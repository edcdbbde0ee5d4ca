/** What has versions: types, price plans and products, and how their rows are numbered. */
import type { Instant } from "../base/index.ts";
import type { ProductState } from "./product.ts";

export type Kind = "type" | "plan" | "product";
export const KINDS: Readonly<Record<Kind, number>> = { type: 1, plan: 2, product: 3 };
export const STATES: Readonly<Record<ProductState, number>> = {
  draft: 1,
  published: 2,
  withdrawn: 3,
};

export function kindOf(number: number): Kind {
  return number === KINDS.type ? "type" : number === KINDS.plan ? "plan" : "product";
}

export function stateOf(number: number): ProductState {
  return number === STATES.draft
    ? "draft"
    : number === STATES.published
      ? "published"
      : "withdrawn";
}

/** The column by which lists go. */
export const shelfOf = (kind: Kind, book: string): string => `${KINDS[kind]}/${book}`;

/** Who changes something, in which request: kept with every version. */
export interface Actor {
  readonly by: string;
  readonly request?: string | undefined;
}

/** An actor that was checked. */
export interface KnownActor {
  readonly by: string;
  readonly request: string;
}

/** A version as its row has it; the body is read by who knows its shape. */
export interface StoredVersion {
  readonly version: number;
  readonly effectiveFrom: Instant;
  readonly state: ProductState;
  readonly body: string;
}

/** The highest version whose time has come; versions in any order. The same in `liveVersions`. */
export function effectiveAt<V extends Pick<StoredVersion, "version" | "effectiveFrom">>(
  versions: readonly V[],
  at: Instant,
): V | undefined {
  let found: V | undefined;
  for (const one of versions) {
    if (one.effectiveFrom > at) continue;
    if (found === undefined || one.version > found.version) found = one;
  }
  return found;
}
