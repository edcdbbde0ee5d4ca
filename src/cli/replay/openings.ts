/**
 * Which accounts a chain needs, opened in front of its transfers the first time that a run meets
 * them. An opening without an id is of no chain in particular: where the account is there already
 * it changes nothing, and it does not count when a chain is compared with the one in the books.
 */
import { CHAIN_MAX, type Chain, type Request, type Side } from "../../ledger/index.ts";
import { accounts } from "./classify.ts";
import type { TransferChain } from "./invoice-chain.ts";

const creditSided: ReadonlySet<string> = new Set([
  accounts.supplier,
  accounts.revenue,
  accounts.returnsBeforeSample,
  accounts.badDebt,
  accounts.counted,
]);

/** Remembers what one run has opened. */
export interface Openings {
  /** The chain with its openings in front; or, where that would be too long, a chain of them first. */
  before(chain: TransferChain): readonly Chain[];
}

export function openings(chainMax: number = CHAIN_MAX): Openings {
  /** The paths that are open, by asset. */
  const opened = new Map<string, Set<string>>();
  return {
    before: (chain) => {
      const needed: Request[] = [];
      for (const { asset, debit, credit } of chain.requests) {
        let paths = opened.get(asset);
        if (paths === undefined) {
          opened.set(asset, (paths = new Set()));
          needed.push({ kind: "asset", asset });
        }
        open(paths, debit, asset, needed);
        open(paths, credit, asset, needed);
      }
      if (needed.length === 0) return [chain];
      if (needed.length + chain.requests.length <= chainMax) {
        return [{ chain: chain.chain, requests: [...needed, ...chain.requests] }];
      }
      return [...inChains(needed, `${chain.chain}/accounts`, chainMax), chain];
    },
  };
}

function open(paths: Set<string>, path: string, asset: string, needed: Request[]): void {
  if (paths.has(path)) return;
  paths.add(path);
  needed.push(opening(path, asset));
}

function inChains(requests: readonly Request[], id: string, chainMax: number): Chain[] {
  const chains: Chain[] = [];
  for (let at = 0; at < requests.length; at += chainMax) {
    chains.push({ chain: id, requests: requests.slice(at, at + chainMax) });
  }
  return chains;
}

/**
 * Only the shelf is bounded: what is not there can't be sold. All others may go below zero, for a
 * file begins in the middle of a shop's life: money is paid back that was earned before.
 */
function opening(path: string, asset: string): Request {
  const side: Side = creditSided.has(path) ? "credit" : "debit";
  return { kind: "open", path, asset, side, bound: path === accounts.stock ? 0n : "none" };
}
