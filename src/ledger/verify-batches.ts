/**
 * The part of `verify` that walks the chain of batches: a few of them at a time, from their own rows
 * over their hash to every entry and every balance that they made.
 */
import { STATUS_CREATED } from "./entry.ts";
import { touches } from "./fold.ts";
import { batchHashOfBody, genesisHash, HASH_BYTES } from "./hash.ts";
import type { Reader } from "./reader.ts";
import { foldInto, type FoldedAccounts, type Version } from "./verify-accounts.ts";
import { brokenChains } from "./verify-chain.ts";
import { problemOf, type ResolvedHold, type Scene } from "./verify-entry.ts";
import type { Findings } from "./verify-finding.ts";
import {
  type BodyRow,
  type JournalRow,
  type Link,
  readBatch,
  type ReadBatch,
} from "./verify-journal.ts";
import { checkOpenings } from "./verify-openings.ts";
import { type SaidMissing, saidMissing, wrongRefusal } from "./verify-refusal.ts";
import { checkVersions, extraVersions, type Touch } from "./verify-versions.ts";
import { batchBodies, holdsResolved, wereThere } from "./verify.sql.ts";

/** What the walk has counted, to be compared with what the tables hold. */
export interface Counts {
  batches: number;
  entries: number;
  accounts: number;
  versions: number;
  /** Holds with a time-out that ended by `dueBy`, and those of them that were resolved. */
  due: number;
  dueResolved: number;
}

export interface Walk {
  readonly database: Reader;
  readonly bookId: number;
  readonly bookName: string;
  readonly findings: Findings;
  readonly accounts: FoldedAccounts;
  readonly counts: Counts;
  /** Up to here the book is archived: entries are slim, and balances begin. */
  readonly from: number;
  /** The seq up to which everything is verified: the head when it began. */
  readonly upTo: number;
  /** The head's own word: every hold that ended by then is resolved. */
  readonly dueBy: number;
  readonly expectHead: string | undefined;
  expectedSeen: boolean;
  /** The batch before the next one; undefined before batch zero. */
  previous: Link | undefined;
}

/** A batch that claims more entries than any flush can have is not read: somebody wrote it. */
export const BATCH_ENTRIES_MAX = 65_536;

/** Batch zero has no entries: it must be there, say nothing, and begin the chain with the name. */
export function checkGenesis(walk: Walk, link: Link): void {
  const genesis = genesisHash(walk.bookName);
  if (link.prevSeq !== -1 || link.lastSeq !== 0) {
    batchFinding(walk, link, "the book does not begin with batch zero");
  }
  if (!link.hash.equals(genesis)) {
    batchFinding(walk, link, "its hash is not that of the book's name");
  }
  if (link.sweptUntil > link.at) batchFinding(walk, link, "holds are swept past its time");
  pass(walk, link);
}

/**
 * The next batches in order, each following the one before it: their links, then everything in them.
 */
export async function checkBatches(
  walk: Walk,
  links: readonly Link[],
  bodies: Promise<readonly BodyRow[]>,
): Promise<void> {
  const first = links[0];
  const last = links.at(-1);
  if (first === undefined || last === undefined) return;
  const before = walk.previous?.lastSeq ?? 0;
  const batches = batchesOf(walk, links, await bodies);
  const rows = batches.flatMap((batch) => batch.rows.filter((row) => row.seq > before));
  if (first.prevSeq !== before) walk.accounts.forget();
  await walk.accounts.load(rows, Math.max(before, first.prevSeq));
  const window = { after: before, upTo: last.lastSeq };
  const [versions, holds, opened] = await Promise.all([
    walk.accounts.versions(Math.max(before, first.prevSeq), last.lastSeq),
    loadHolds(walk, rows),
    checkOpenings(walk.database, walk.bookId, window, rows, walk.findings),
  ]);
  walk.counts.accounts += opened;
  const missing: SaidMissing[] = [];
  for (const batch of batches) {
    const { previous } = walk;
    if (previous === undefined) continue;
    checkLink(walk, batch, previous);
    checkEntries(walk, batch, previous, holds, versions, missing);
    pass(walk, batch.link);
  }
  walk.counts.versions += extraVersions(versions, walk.findings);
  await checkMissing(walk, missing);
}

export function pass(walk: Walk, link: Link): void {
  if (link.hash.toString("hex") === walk.expectHead) walk.expectedSeen = true;
  walk.counts.batches += 1;
  walk.previous = link;
}

function batchFinding(walk: Walk, link: Link, message: string): void {
  walk.findings.add({
    invariant: "I6",
    message: `batch ${link.prevSeq + 1} to ${link.lastSeq}: ${message}`,
    seq: link.lastSeq,
  });
}

/** The rows of batches, but for those that claim too much. They never change: read them as early as you like. */
export async function readBodies(walk: Walk, links: readonly Link[]): Promise<BodyRow[]> {
  const readable = links.filter((link) => link.lastSeq - link.prevSeq <= BATCH_ENTRIES_MAX);
  const lastSeqs = readable.map((link) => BigInt(link.lastSeq));
  return walk.database.run(batchBodies, { book: walk.bookId, lastSeqs });
}

function batchesOf(walk: Walk, links: readonly Link[], bodies: readonly BodyRow[]): ReadBatch[] {
  const bySeq = new Map(bodies.map((body) => [Number(body.lastSeq), body]));
  const batches: ReadBatch[] = [];
  for (const link of links) {
    const body = bySeq.get(link.lastSeq);
    if (body === undefined)
      batchFinding(walk, link, "it claims more entries than a batch can have");
    else batches.push(readBatch(link, body));
  }
  return batches;
}

function checkLink(
  walk: Walk,
  { link, body, rows, strays, slims }: ReadBatch,
  previous: Link,
): void {
  if (link.prevSeq !== previous.lastSeq) {
    batchFinding(
      walk,
      link,
      `it does not follow the batch before, which ends at ${previous.lastSeq}`,
    );
  }
  const places = link.lastSeq - link.prevSeq;
  if (rows.length !== places || rows.some((row, i) => row.seq !== link.prevSeq + 1 + i)) {
    batchFinding(walk, link, `its ${rows.length} entries do not fill its ${places} places`);
  }
  if (link.at < previous.at) batchFinding(walk, link, "it is earlier than the batch before");
  if (link.sweptUntil < previous.sweptUntil || link.sweptUntil > link.at) {
    batchFinding(walk, link, "the time up to which holds are swept is wrong");
  }
  const whole = previous.hash.length === HASH_BYTES;
  if (!whole || !batchHashOfBody(previous.hash, body).equals(link.hash)) {
    batchFinding(walk, link, "its hash is not that of its entries");
  }
  for (const seq of strays) {
    const row = rows.find((each) => each.seq === seq);
    const message = "its time is not that of its batch";
    walk.findings.add({ invariant: "I6", message, seq, id: row?.id() });
  }
  for (const seq of slims) {
    const id = rows.find((each) => each.seq === seq)?.id();
    const message = "it is marked as archived, and no archive has it";
    walk.findings.add({ invariant: "I6", message, seq, id });
  }
  for (const { row, problem } of brokenChains(rows)) {
    walk.findings.add({ invariant: "I4", message: problem, seq: row.seq, id: row.id() });
  }
}

function checkEntries(
  walk: Walk,
  { link, rows }: ReadBatch,
  previous: Link,
  holds: ReadonlyMap<number, ResolvedHold>,
  versions: Map<number, Version[]>,
  missing: SaidMissing[],
): void {
  const { accounts, counts, findings } = walk;
  const touched = new Map<number, Touch>();
  for (const row of rows) {
    if (row.seq <= previous.lastSeq) continue;
    counts.entries += 1;
    const hold = row.pendingSeq === undefined ? undefined : holds.get(row.pendingSeq);
    const debit = accounts.get(row.debit);
    const credit = accounts.get(row.credit);
    const scene: Scene = { link, previous, debit, credit, hold };
    if (row.status === STATUS_CREATED) checkCreated(walk, row, scene, touched);
    else checkRefused(walk, row, scene, missing);
  }
  counts.versions += checkVersions(link, rows, touched, versions, findings);
}

function checkRefused(walk: Walk, row: JournalRow, scene: Scene, missing: SaidMissing[]): void {
  const wrong = wrongRefusal(row, scene);
  if (wrong !== undefined) {
    const message = `its refusal is not justified: ${wrong}`;
    walk.findings.add({ invariant: "I8", message, seq: row.seq, id: row.id() });
  }
  const said = saidMissing(row);
  if (said !== undefined) missing.push(said);
}

function checkCreated(
  walk: Walk,
  row: JournalRow,
  scene: Scene,
  touched: Map<number, Touch>,
): void {
  const { findings, counts, dueBy } = walk;
  const problem = problemOf(row, scene);
  if (problem !== undefined) {
    const [invariant, message] = problem;
    findings.add({ invariant, message, seq: row.seq, id: row.id() });
  }
  if ((row.expiresAt ?? Infinity) <= dueBy) counts.due += 1;
  // Holds that an archive left open are looked at one by one.
  const { hold } = scene;
  const isWalked = hold !== undefined && hold.seq > walk.from;
  if (isWalked && (hold.expiresAt ?? Infinity) <= dueBy) counts.dueResolved += 1;
  for (const account of [scene.debit, scene.credit]) {
    if (account === undefined || !touches(row, account.key)) continue;
    account.opened ||= row.debit === row.seq;
    const touch = touched.get(account.key);
    if (touch === undefined) {
      touched.set(account.key, { account, first: row.seq, last: row.seq });
    } else {
      touch.last = row.seq;
    }
    if (foldInto(account, row, scene.hold?.amount)) continue;
    const message = `account ${account.key} is below its bound after it`;
    const { seq } = row;
    findings.add({ invariant: "I3", message, seq, id: row.id(), account: `${account.key}` });
  }
}

async function loadHolds(
  walk: Walk,
  rows: readonly JournalRow[],
): Promise<Map<number, ResolvedHold>> {
  const seqs = new Set<bigint>();
  for (const row of rows) if (row.pendingSeq !== undefined) seqs.add(BigInt(row.pendingSeq));
  if (seqs.size === 0) return new Map();
  const found = await walk.database.run(holdsResolved, {
    book: walk.bookId,
    seqs: [...seqs],
    upTo: BigInt(walk.upTo),
  });
  return new Map(
    found.map((hold) => [
      Number(hold.seq),
      {
        seq: Number(hold.seq),
        kind: hold.kind,
        status: hold.status,
        asset: numberOf(hold.asset),
        debit: numberOf(hold.debit),
        credit: numberOf(hold.credit),
        amount: hold.amount ?? undefined,
        expiresAt: hold.expiresAt ?? undefined,
        resolutions: Number(hold.resolutions),
      },
    ]),
  );
}

function numberOf(value: bigint | null): number | undefined {
  return value === null ? undefined : Number(value);
}

async function checkMissing(walk: Walk, said: readonly SaidMissing[]): Promise<void> {
  if (said.length === 0) return;
  const found = await walk.database.run(wereThere, {
    book: walk.bookId,
    seqs: said.map((each) => BigInt(each.row.seq)),
    whats: said.map((each) => each.what),
    names: said.map((each) => each.name),
    assets: said.map((each) => BigInt(each.asset)),
  });
  const wrong = new Set(found.map((row) => Number(row.seq)));
  for (const { row, name } of said) {
    if (!wrong.has(row.seq)) continue;
    const message = `its refusal is not justified: ${name} was there`;
    walk.findings.add({ invariant: "I8", message, seq: row.seq, id: row.id() });
  }
}
