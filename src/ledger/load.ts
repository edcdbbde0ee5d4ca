/**
 * Reads what postings name and memory does not have, in as few statements as there are kinds of
 * things: ids and holds first, since they name accounts, then assets, then accounts.
 */
import { asset as readAsset, isId } from "../base/index.ts";
import type { LaneReader } from "../postgres/index.ts";
import { runningOf } from "./balance-row.ts";
import type { Posting } from "./book.ts";
import { isBurnt } from "./booked.ts";
import { loadAccounts, loadAssets, loadChains, loadEntries } from "./engine.sql.ts";
import { memorizeEntry, memorizeHold } from "./memorize.ts";
import { ABSENT, type AssetFacts, type BookMemory } from "./memory.ts";
import { isChain, requestsOf } from "./posting.ts";
import type { RefusalPolicy, Request } from "./transfer.ts";

/** Pairs of path and asset code, each once. */
class AccountNames {
  readonly byAsset = new Map<string, Set<string>>();

  add(path: unknown, asset: unknown): void {
    if (typeof path !== "string" || typeof asset !== "string") return;
    const paths = this.byAsset.get(asset);
    if (paths === undefined) this.byAsset.set(asset, new Set([path]));
    else paths.add(path);
  }
}

export interface LoadPlan {
  readonly reader: LaneReader;
  readonly memory: BookMemory;
  readonly book: number;
  readonly postings: readonly Posting[];
  /** Ids that are known to be taken, or suspected: their entries are read. */
  readonly ids: ReadonlySet<string>;
  /** Holds that fall due, beside those the postings name. */
  readonly dueIds: readonly string[];
}

/** Answers how many of `ids` were found. */
export async function loadMissing(plan: LoadPlan): Promise<number> {
  const requests = plan.postings.flatMap(requestsOf);
  const found = (await loadIdsAndHolds(plan, requests)) + (await loadTakenChains(plan));
  const names = accountNames(plan, requests);
  await loadMissingAssets(plan, requests, names);
  await loadMissingAccounts(plan, names);
  return found;
}

async function loadIdsAndHolds(plan: LoadPlan, requests: readonly Request[]): Promise<number> {
  const { memory } = plan;
  const holds = new Set<string>();
  for (const id of plan.dueIds) if (memory.holds.get(id) === undefined) holds.add(id);
  for (const request of requests) {
    if (request.kind !== "post" && request.kind !== "void") continue;
    const { pendingId } = request;
    if (typeof pendingId !== "string" || !isStorable(pendingId)) continue;
    if (memory.holds.get(pendingId) === undefined) holds.add(pendingId);
  }
  const ids = [...plan.ids].filter((id) => memory.ids.get(id) === undefined && isStorable(id));
  if (holds.size === 0 && ids.length === 0) return 0;
  const wanted = [...new Set([...holds, ...ids])];
  const rows = await plan.reader.run(loadEntries, { book: plan.book, ids: wanted });
  for (const row of rows) {
    if (plan.ids.has(row.id)) memorizeEntry(memory, row);
    if (holds.has(row.id)) memorizeHold(memory, row);
    holds.delete(row.id);
  }
  for (const id of holds) memory.holds.set(id, ABSENT);
  return rows.filter((row) => plan.ids.has(row.id)).length;
}

/** Together with the ids: a chain is known by its own id, too. */
async function loadTakenChains({ reader, memory, book, postings, ids }: LoadPlan): Promise<number> {
  if (ids.size === 0) return 0;
  const chains = postings.filter(isChain).map(({ chain }) => chain);
  const unknown = chains.filter((chain) => isId(chain) && memory.chains.get(chain) === undefined);
  if (unknown.length === 0) return 0;
  const rows = await reader.run(loadChains, { book, chains: unknown });
  for (const { chain, id } of rows) if (chain !== null) memory.chains.set(chain, id);
  return rows.length;
}

/** What can't be sent can't be there either; the request itself is refused for it. */
function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}

function accountNames({ memory, dueIds }: LoadPlan, requests: readonly Request[]): AccountNames {
  const names = new AccountNames();
  const addHold = (id: string) => {
    const hold = memory.holds.get(id);
    if (typeof hold !== "object") return;
    names.add(hold.debit, hold.asset);
    names.add(hold.credit, hold.asset);
  };
  for (const id of dueIds) addHold(id);
  for (const request of requests) {
    const prior = request.id === undefined ? undefined : memory.ids.get(request.id);
    if (prior !== undefined && !isBurnt(prior)) {
      names.add(prior.debitPath, prior.assetCode);
      names.add(prior.creditPath, prior.assetCode);
    }
    if (request.kind === "post" || request.kind === "void") addHold(request.pendingId);
    else addNames(names, request);
  }
  return names;
}

function addNames(names: AccountNames, request: Request): void {
  const { asset, path, debit, credit } = request as unknown as Record<string, unknown>;
  names.add(path, asset);
  names.add(debit, asset);
  names.add(credit, asset);
}

async function loadMissingAssets(
  { reader, memory, book }: LoadPlan,
  requests: readonly Request[],
  names: AccountNames,
): Promise<void> {
  const codes = new Set(names.byAsset.keys());
  for (const { asset } of requests) if (typeof asset === "string") codes.add(asset);
  const missing = [...codes].filter((code) => memory.assets.get(code) === undefined);
  const wanted = missing.filter(isStorable);
  const rows = wanted.length === 0 ? [] : await reader.run(loadAssets, { book, codes: wanted });
  // Only now: a read that fails has found nothing to be absent.
  for (const code of missing) memory.assets.set(code, ABSENT);
  for (const row of rows) {
    memory.assets.set(row.code, {
      number: Number(row.asset),
      asset: readAsset(row.code),
      refusals: row.refusals as RefusalPolicy,
      definedAt: row.definedAt,
    });
  }
}

async function loadMissingAccounts({ reader, memory, book }: LoadPlan, names: AccountNames) {
  const missing: [path: string, code: string][] = [];
  const paths: string[] = [];
  const assets: bigint[] = [];
  const byNumber = new Map<number, AssetFacts>();
  for (const [code, wanted] of names.byAsset) {
    const asset = memory.assets.get(code);
    for (const path of wanted) {
      if (memory.account(path, code) !== undefined) continue;
      missing.push([path, code]);
      if (asset === undefined || asset === ABSENT || !isStorable(path)) continue;
      byNumber.set(asset.number, asset);
      paths.push(path);
      assets.push(BigInt(asset.number));
    }
  }
  const rows = paths.length === 0 ? [] : await reader.run(loadAccounts, { book, paths, assets });
  for (const [path, code] of missing) memory.setAccount(path, code, ABSENT);
  for (const row of rows) {
    const asset = byNumber.get(Number(row.asset));
    if (asset === undefined) continue;
    memory.setAccount(row.path, asset.asset.code, {
      number: Number(row.account),
      path: row.path,
      asset,
      side: row.side === 1 ? "debit" : "credit",
      openedAt: row.openedAt,
      openingBound: row.openingBound ?? "none",
      balance: runningOf(row),
      touchedIn: 0,
      firstSeq: 0,
    });
  }
}
