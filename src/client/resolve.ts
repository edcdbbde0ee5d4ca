/** After an unknown outcome: what the books have, and the same question once more. */
import type { Entry } from "./answer.ts";
import { ask, patienceOf } from "./ask.ts";
import type { Wire } from "./attempt.ts";
import { backOffMs, pause } from "./back-off.ts";
import { entryOf } from "./from-wire.ts";
import type { CallOptions, Resolved } from "./outcome-unknown.ts";
import type { Chain, Posting, Request } from "./posting.ts";
import { LongmenProblem } from "./problem.ts";

/** Look-ups on their way at one time. */
const LOOKS_MAX = 8;
const LOOK_PAUSE_MIN_MS = 50;

/** Looks all up, then those again that were not there, until the deadline. */
export async function resolvePostings(
  wire: Wire,
  book: string,
  postings: readonly Posting[],
  options: CallOptions,
): Promise<readonly Resolved[]> {
  const { deadlineAt, signal } = patienceOf(wire, options);
  const found: Resolved[] = postings.map((posting) => {
    return { posting, state: "not_found", entries: [] };
  });
  for (let round = 1; ; round++) {
    const missing = [...found.keys()].filter((place) => found[place]?.state === "not_found");
    const leftMs = deadlineAt - performance.now();
    if (missing.length === 0 || leftMs <= 0) return found;
    const look = async (place: number) => {
      const posting = postings[place];
      if (posting === undefined) return;
      try {
        found[place] = await lookUp(wire, book, posting, { deadlineMs: leftMs, signal });
      } catch (error) {
        // Looked up before, and not there: that a later look is cut by the deadline takes nothing back.
        if (round === 1 || !isTooLate(error)) throw error;
      }
    };
    await inTurn(missing, look);
    if (found.every(({ state }) => state !== "not_found")) return found;
    const waitMs = LOOK_PAUSE_MIN_MS + backOffMs(round);
    if (performance.now() + waitMs >= deadlineAt) return found;
    await pause(waitMs, signal);
    signal?.throwIfAborted();
  }
}

function isTooLate(error: unknown): boolean {
  return error instanceof LongmenProblem && error.code === "client.deadline_passed";
}

async function inTurn(places: readonly number[], look: (place: number) => Promise<void>) {
  const next = places[Symbol.iterator]();
  const worker = async () => {
    for (const place of next) await look(place);
  };
  await Promise.all(Array.from({ length: Math.min(LOOKS_MAX, places.length) }, worker));
}

async function lookUp(
  wire: Wire,
  book: string,
  posting: Posting,
  options: CallOptions,
): Promise<Resolved> {
  if ("requests" in posting) {
    const entries = await findChain(wire, book, posting.chain, options);
    if (entries.length > 0) return { posting, state: "carried_out", entries };
    return refusedChain(wire, book, posting, options);
  }
  if (posting.id === undefined) return lookUpWithoutId(wire, book, posting, options);
  const entry = await findEntry(wire, book, posting.id, options);
  return resolved(posting, entry);
}

function resolved(posting: Posting, entry: Entry | undefined): Resolved {
  if (entry === undefined) return { posting, state: "not_found", entries: [] };
  const state = entry.refused === undefined ? "carried_out" : "refused";
  return { posting, state, entries: [entry] };
}

/** Of a refused chain at most its culprit's id is kept. */
async function refusedChain(
  wire: Wire,
  book: string,
  chain: Chain,
  options: CallOptions,
): Promise<Resolved> {
  for (const { id } of chain.requests) {
    if (id === undefined) continue;
    const entry = await findEntry(wire, book, id, options);
    if (entry?.refused !== undefined) return { posting: chain, state: "refused", entries: [entry] };
  }
  return { posting: chain, state: "not_found", entries: [] };
}

/** Openings and assets are known by what they name. */
async function lookUpWithoutId(
  wire: Wire,
  book: string,
  posting: Request,
  options: CallOptions,
): Promise<Resolved> {
  let isThere = false;
  if (posting.kind === "open") {
    const { path, asset } = posting;
    const query = { path, asset };
    isThere =
      (await orMissing(ask(wire, "readAccount", { params: { book }, query }, options), [
        "ledger.account_not_found",
      ])) !== undefined;
  } else if (posting.kind === "asset") {
    isThere = await hasAsset(wire, book, posting.asset, options);
  }
  return { posting, state: isThere ? "carried_out" : "not_found", entries: [] };
}

async function hasAsset(wire: Wire, book: string, asset: string, options: CallOptions) {
  let cursor: string | undefined;
  do {
    const page: {
      readonly items: readonly { readonly asset: string }[];
      readonly cursor?: string;
    } = await ask(
      wire,
      "listAssets",
      { params: { book }, query: { cursor, limit: "1000" } },
      options,
    );
    if (page.items.some((one) => one.asset === asset)) return true;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return false;
}

/** The entry of an id, if there is one: carried out, or a remembered refusal. */
export async function findEntry(
  wire: Wire,
  book: string,
  id: string,
  options: CallOptions = {},
): Promise<Entry | undefined> {
  const entry = await orMissing(ask(wire, "readTransfer", { params: { book, id } }, options), [
    "http.transfer_missing",
  ]);
  return entry === undefined ? undefined : entryOf(entry);
}

/** The entries of a chain that was carried out, in order; empty if it was not. */
export async function findChain(
  wire: Wire,
  book: string,
  chain: string,
  options: CallOptions = {},
): Promise<readonly Entry[]> {
  const found = await orMissing(ask(wire, "readChain", { params: { book, chain } }, options), [
    "http.chain_missing",
  ]);
  return (found?.entries ?? []).map(entryOf);
}

/** What is not there by one of these codes is undefined; every other problem is thrown. */
export async function orMissing<T>(
  asked: Promise<T>,
  codes: readonly string[],
): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LongmenProblem && codes.includes(error.code)) return undefined;
    throw error;
  }
}
