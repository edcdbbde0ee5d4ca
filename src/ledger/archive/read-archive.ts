/** The entries of an archive, as reads would tell them: names instead of numbers, every word there. */
import type { Entry } from "../book.ts";
import { balancingNumbers, entryKinds, kindOfNumber, refusalOfStatus } from "../entry.ts";
import { HASH_BYTES, POSTGRES_EPOCH_MS } from "../hash.ts";
import { type Body, bodyOf, type Packed } from "../packed.ts";
import { readFrames } from "./frames.ts";
import { accountsIn, assetsIn } from "./state.ts";

/** What numbers stand for, of all accounts that the file has met so far. */
interface Names {
  readonly assets: Map<number, string>;
  readonly accounts: Map<number, string>;
}

/**
 * Reads the entries of a file in order, oldest first; `verify` proves it, this does not. Memory grows
 * with the number of accounts in it, not of entries.
 * Refuses: ledger.archive_file_missing, ledger.archive_broken.
 */
export async function* readArchive(path: string): AsyncGenerator<Entry> {
  const names: Names = { assets: new Map(), accounts: new Map() };
  for await (const { kind, bytes } of readFrames(path)) {
    if (kind === "A") for (const { asset, code } of assetsIn(bytes)) names.assets.set(asset, code);
    if (kind === "O") {
      for (const { account, path: name } of accountsIn(bytes)) names.accounts.set(account, name);
    }
    if (kind === "B") yield* entriesIn(bytes.subarray(HASH_BYTES), names);
  }
}

function* entriesIn(body: Buffer, names: Names): Generator<Entry> {
  const columns = bodyOf(body);
  const prevSeq = Number(body.readBigInt64BE(0));
  const at = Number(body.readBigInt64BE(16) / 1_000n) + POSTGRES_EPOCH_MS;
  const count = columns.get("kind")?.length ?? 0;
  for (let i = 0; i < count; i++) {
    const seq = prevSeq + 1 + i;
    const entry = { seq, at, ...cellsOf(columns, i, names, seq) };
    yield Object.fromEntries(
      Object.entries(entry).filter(([, value]) => value !== undefined),
    ) as unknown as Entry;
  }
}

function cellsOf(columns: Body, i: number, names: Names, seq: number) {
  const read = <T>(name: string, get: (column: Packed) => T): T | undefined => {
    const column = columns.get(name);
    return column === undefined || column.isNull(i) ? undefined : get(column);
  };
  const text = (name: string) => read(name, (column) => column.text(i));
  const integer = (name: string) => read(name, (column) => column.integer(i));
  const amount = (name: string) => read(name, (column) => column.bigint(i));
  const instant = (name: string) => read(name, (column) => column.instant(i));
  const kind = integer("kind") ?? 0;
  const named = text("named");
  const status = integer("status") ?? 0;
  if (kind === entryKinds.open && status === 0 && named !== undefined)
    names.accounts.set(seq, named);
  const nameOf = (account: number | undefined) =>
    account === undefined ? undefined : names.accounts.get(account);
  const asset = integer("asset");
  return {
    id: text("id"),
    kind: kindOfNumber.get(kind),
    refused: refusalOfStatus(status),
    asset: asset === undefined ? undefined : names.assets.get(asset),
    debit: nameOf(integer("debit")),
    credit: nameOf(integer("credit")),
    amount: amount("amount"),
    requested: amount("requested"),
    balancing: balancingOf(kind, integer("balancing")),
    pendingSeq: integer("pending_seq"),
    timeoutMs: integer("timeout_ms"),
    expiresAt: instant("expires_at"),
    code: integer("code"),
    chain: text("chain"),
    chainIndex: integer("chain_index"),
    chainLength: integer("chain_length"),
    reference: text("reference"),
    metadata: text("metadata"),
    effectiveAt: instant("effective_at"),
    by: text("by_key"),
    request: text("request"),
    rule: text("rule"),
    named,
  };
}

/** Openings and assets have something else in that column. */
function balancingOf(kind: number, number: number | undefined): Entry["balancing"] {
  if (kind === entryKinds.open || kind === entryKinds.asset) return undefined;
  if (number === balancingNumbers.debit) return "debit";
  if (number === balancingNumbers.credit) return "credit";
  return number === balancingNumbers.both ? "both" : undefined;
}
