/** Leases that are held, and their end by an operator's word. */
import type * as Wire from "./api-types.ts";
import { ask, digits } from "./ask.ts";
import type { Wire as Line } from "./attempt.ts";
import { instantOf } from "./from-wire.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { type List, listOf, type ListOptions } from "./pages.ts";
import type { Instant } from "./posting.ts";

export interface LeaseView extends Omit<Wire.Lease, "token" | "since" | "until" | "note"> {
  readonly note?: string | undefined;
  readonly token: bigint;
  readonly since: Instant;
  readonly until: Instant;
}

export interface BreakLease extends CallOptions {
  /** Of the holder that is meant: the next one is left alone. */
  readonly token?: bigint | undefined;
  readonly reason?: string | undefined;
}

export interface Leases {
  /** By key. */
  list(filter?: { readonly prefix?: string | undefined }, options?: ListOptions): List<LeaseView>;
  /** Ends one by force; answers what was ended. Safe to repeat with a token. */
  break(key: string, options?: BreakLease): Promise<LeaseView>;
}

export function leasesOf(wire: Line): Leases {
  return {
    list: ({ prefix } = {}, { limit, ...options } = {}) =>
      listOf(
        async (cursor) => {
          const query = { prefix, cursor, limit: digits(limit) };
          const page = await ask(wire, "listLeases", { params: undefined, query }, options);
          return { ...page, items: page.items.map(leaseOf) };
        },
        ({ items }) => items,
      ),
    async break(key, { token, reason, ...options } = {}) {
      const body = {
        key,
        ...(token === undefined ? {} : { token: String(token) }),
        ...(reason === undefined ? {} : { reason }),
      };
      const asked = { params: undefined, body, repeatable: token !== undefined };
      return leaseOf(await ask(wire, "breakLease", asked, options));
    },
  };
}

function leaseOf({ token, since, until, ...lease }: Wire.Lease): LeaseView {
  return { ...lease, token: BigInt(token), since: instantOf(since), until: instantOf(until) };
}
