/**
 * Which accounts a chain of postings needs, opened in front of its transfers until the books have answered that
 * they are open. An opening without an id is of no chain in particular: where the account is there
 * already it changes nothing, and it does not count when a chain is compared with the one in the books.
 */
import { CHAIN_MAX, type Chain, type Request } from "../../ledger/index.ts";
import { openShelf, openTill } from "../../order/index.ts";
import { accounts, CASH } from "./classify.ts";
import type { TransferChain } from "./invoice-plan.ts";
import { MONEY } from "./names.ts";

/**
 * Remembers what one run knows to be open. Only an answer makes it known: chains that are on their
 * way together may arrive in any order, and one that is refused opens nothing.
 */
export interface Openings {
  /** The chain with its openings in front; or, where that would be too long, chains of them first. */
  before(chain: TransferChain): readonly Chain[];
  /** The books have carried the chain out: all that it names is open. */
  carriedOut(chain: TransferChain): void;
}

/** Paths by asset. */
type Paths = Map<string, Set<string>>;

export function openings(chainMax: number = CHAIN_MAX): Openings {
  const open: Paths = new Map();
  return {
    before: (chain) => {
      const needed = missing(open, chain);
      if (needed.length === 0) return [chain];
      if (needed.length + chain.requests.length <= chainMax) {
        return [{ chain: chain.chain, requests: [...needed, ...chain.requests] }];
      }
      return [...inChains(needed, `${chain.chain}/accounts`, chainMax), chain];
    },
    carriedOut: (chain) => {
      for (const { asset, debit, credit } of chain.requests)
        pathsOf(open, asset).add(debit).add(credit);
    },
  };
}

function pathsOf(all: Paths, asset: string): Set<string> {
  let paths = all.get(asset);
  if (paths === undefined) all.set(asset, (paths = new Set()));
  return paths;
}

function missing(open: Paths, chain: TransferChain): readonly Request[] {
  const isOpen = ({ asset, debit, credit }: TransferChain["requests"][number]) => {
    const paths = open.get(asset);
    return paths?.has(debit) === true && paths.has(credit);
  };
  if (chain.requests.every(isOpen)) return [];
  const needed: Request[] = [];
  const named: Paths = new Map();
  for (const { asset, debit, credit } of chain.requests) {
    const there = open.get(asset);
    if (there === undefined && !named.has(asset)) needed.push(...shopsOwn(asset));
    const also = pathsOf(named, asset);
    for (const path of [debit, credit]) {
      if (there?.has(path) === true || also.has(path) || isShopsOwn(path)) continue;
      also.add(path);
      // A file begins in the middle of a shop's life: more may come back than was sold, and is owed so.
      needed.push({ kind: "open", path, asset, side: "credit", bound: "none" });
    }
  }
  return needed;
}

/** The asset with the accounts that orders move, as the order room opens them. */
function shopsOwn(asset: string): readonly Request[] {
  return asset === MONEY ? openTill(asset) : openShelf(asset.slice("SKU:".length, -"/0".length));
}

function isShopsOwn(path: string): boolean {
  return path === accounts.stock || path === CASH;
}

function inChains(requests: readonly Request[], id: string, chainMax: number): Chain[] {
  const chains: Chain[] = [];
  for (let at = 0; at < requests.length; at += chainMax) {
    chains.push({ chain: id, requests: requests.slice(at, at + chainMax) });
  }
  return chains;
}
