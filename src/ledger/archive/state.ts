/**
 * A book as of the end of a batch: every account with its balance, and the holds that are open.
 * Written at both ends of an archive, so that its file can be folded from the one to the other.
 */
import { createHash } from "node:crypto";
import { integersOf, packedAt, packedColumns } from "../packed.ts";
import type { Reader } from "../reader.ts";
import { type Version, versionsOf } from "../verify-accounts.ts";
import { keptHolds, openHolds, stateAccounts, stateAssets } from "./archive.sql.ts";

/** In the order in which a page has them. */
const stateCells = [
  "accounts",
  "paths",
  "assets",
  "sides",
  "seqs",
  "firstSeqs",
  "debitsPending",
  "debitsPosted",
  "creditsPending",
  "creditsPosted",
  "bounds",
  "closed",
] as const;
type Cells = Readonly<Record<(typeof stateCells)[number], Buffer>>;

export interface StateAccount extends Version {
  readonly path: string;
  readonly asset: string;
  readonly side: number;
}

export interface StateHold {
  readonly seq: number;
  readonly amount: bigint;
}

const ACCOUNTS_PER_PAGE = 5_000;
const SEQS_PER_STATEMENT = 50_000;

/** Pages of all accounts in order of their numbers, each as of `seq`. */
export async function* accountPages(database: Reader, book: number, seq: number) {
  for (let after = 0n; ;) {
    const asked = { book, seq: BigInt(seq), after, most: ACCOUNTS_PER_PAGE };
    const cells = await database.one(stateAccounts, asked);
    const last = integersOf(packedAt(cells.accounts)).at(-1);
    if (last === undefined) return;
    yield pageOfCells(cells);
    after = BigInt(last);
  }
}

/**
 * Pages of the holds that were open at `through`, in order: those that an archive before left open,
 * and those made after `after`.
 */
export async function* holdPages(database: Reader, book: number, after: number, through: number) {
  const at = { book, through: BigInt(through) };
  yield pageOfHolds(await database.one(keptHolds, { ...at, upTo: BigInt(after) }));
  for (let from = after; from < through; from += SEQS_PER_STATEMENT) {
    const upTo = BigInt(Math.min(from + SEQS_PER_STATEMENT, through));
    yield pageOfHolds(await database.one(openHolds, { ...at, after: BigInt(from), upTo }));
  }
}

/** Pages of the assets that were defined up to `seq`: what their numbers stand for. */
export async function* assetPages(database: Reader, book: number, seq: number) {
  for (let after = 0n; ;) {
    const asked = { book, seq: BigInt(seq), after, most: ACCOUNTS_PER_PAGE };
    const { assets, codes } = await database.one(stateAssets, asked);
    const last = integersOf(packedAt(assets)).at(-1);
    if (last === undefined) return;
    yield Buffer.concat([...withLength(assets), ...withLength(codes)]);
    after = BigInt(last);
  }
}

export function assetsIn(page: Buffer): { readonly asset: number; readonly code: string }[] {
  const [assets, codes] = cellsIn(page, 2).map((cell) => packedAt(cell));
  return Array.from({ length: assets?.length ?? 0 }, (_, i) => ({
    asset: assets?.integer(i) ?? 0,
    code: codes?.text(i) ?? "",
  }));
}

function pageOfCells(cells: Cells): Buffer {
  return Buffer.concat(stateCells.flatMap((name) => withLength(cells[name])));
}

function pageOfHolds({ seqs, amounts }: { readonly seqs: Buffer; readonly amounts: Buffer }) {
  return Buffer.concat([...withLength(seqs), ...withLength(amounts)]);
}

function withLength(cell: Buffer): Buffer[] {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(cell.length);
  return [length, cell];
}

function cellsIn(page: Buffer, count: number): Buffer[] {
  let at = 0;
  return Array.from({ length: count }, () => {
    const from = at + 4;
    at = from + page.readUInt32BE(at);
    if (at > page.length) throw new RangeError("a cell is longer than its page");
    return page.subarray(from, at);
  });
}

export function accountsIn(page: Buffer): StateAccount[] {
  const found = cellsIn(page, stateCells.length);
  const cells = Object.fromEntries(stateCells.map((name, i) => [name, found[i]])) as Cells;
  const { paths, assets, sides } = packedColumns(cells);
  return versionsOf(cells).map((version, i) => ({
    ...version,
    path: paths.text(i),
    asset: assets.text(i),
    side: sides.integer(i),
  }));
}

export function holdsIn(page: Buffer): StateHold[] {
  const [seqs, amounts] = cellsIn(page, 2).map((cell) => packedAt(cell));
  return Array.from({ length: seqs?.length ?? 0 }, (_, i) => ({
    seq: seqs?.integer(i) ?? 0,
    amount: amounts?.bigint(i) ?? 0n,
  }));
}

/** SHA-256 over a line for each account, then one for each open hold: what a state says. */
export class StateDigest {
  private readonly hash = createHash("sha256").update("longmen.state.1\0");

  accounts(accounts: readonly StateAccount[]): void {
    this.hash.update(accounts.map(lineOf).join(""));
  }

  holds(holds: readonly StateHold[]): void {
    this.hash.update(holds.map(({ seq, amount }) => `hold,${seq},${amount}\n`).join(""));
  }

  digest(): Buffer {
    return this.hash.digest();
  }
}

function lineOf(account: StateAccount): string {
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = account;
  const cells = [
    ...[account.account, account.path, account.asset, account.side],
    ...[account.seq, account.firstSeq, debitsPending, debitsPosted, creditsPending, creditsPosted],
    ...[account.bound, account.closed],
  ];
  return `${cells.join(",")}\n`;
}
