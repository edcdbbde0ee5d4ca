/**
 * The part of `verify` that looks at what is archived: that everything which stays of it is what it was
 * when its file was proved, that the batches still follow each other, and that the balances which the
 * rest of the book is folded from are those of the archive's end.
 */
import { type JournalRow, journalRows, type Link } from "../verify-journal.ts";
import { integersOf, packedAt, bodyOf } from "../packed.ts";
import { checkGenesis, pass, type Walk } from "../verify-batches.ts";
import { FINDINGS_MAX } from "../verify-finding.ts";
import { checkOpenings } from "../verify-openings.ts";
import { nextLinks } from "../verify.sql.ts";
import { type ArchiveColumns, holdsKept, keptBodies, keptHoldsOverdue } from "./archive.sql.ts";
import { keptColumns, latestEffective, PartDigest } from "./kept.ts";
import { accountPages, accountsIn, holdPages, holdsIn, StateDigest } from "./state.ts";
import { parts } from "./write-file.ts";

export interface ArchiveRow extends Omit<ArchiveColumns, "partSeqs" | "partDigests"> {
  readonly from: number;
  readonly through: number;
  readonly partSeqs: readonly number[];
  readonly partDigests: readonly Buffer[];
}

export function archiveRow(row: ArchiveColumns): ArchiveRow {
  const digests = packedAt(row.partDigests);
  return {
    ...row,
    from: Number(row.afterSeq),
    through: Number(row.throughSeq),
    partSeqs: integersOf(packedAt(row.partSeqs)),
    partDigests: Array.from({ length: digests.length }, (_, i) => digests.bytes(i)),
  };
}

const BEFORE_ALL = -(2n ** 63n);

/** Leaves the walk at the end of the last archive. */
export async function checkArchives(
  walk: Walk,
  archives: readonly ArchiveRow[],
  onProgress: ((done: number, total: number) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  await begin(walk);
  const kept = await walk.database.one(holdsKept, { book: walk.bookId });
  const whole: ReadonlySet<number> = new Set(integersOf(packedAt(kept.seqs)));
  let effectiveMax = -Infinity;
  let through = 0;
  for (const archive of archives) {
    if (archive.from !== through) wrong(walk, archive, "it does not follow the one before it");
    through = archive.through;
    effectiveMax = Math.max(
      effectiveMax,
      await checkParts(walk, archive, whole, { onProgress, signal }),
    );
    checkEnd(walk, archive, effectiveMax);
  }
  const last = archives.at(-1);
  if (last !== undefined) await checkState(walk, last, signal);
}

async function begin(walk: Walk): Promise<void> {
  const asked = { book: walk.bookId, after: BEFORE_ALL, upTo: 0n, most: 2 };
  const [first, ...others] = (await walk.database.run(nextLinks, asked)).map((row) => ({
    ...row,
    prevSeq: Number(row.prevSeq),
    lastSeq: Number(row.lastSeq),
  }));
  if (first !== undefined) checkGenesis(walk, first);
  for (const { lastSeq } of others) {
    walk.findings.add({ invariant: "I6", message: `a batch ends at ${lastSeq}`, seq: lastSeq });
  }
}

function wrong(walk: Walk, { from, through }: ArchiveRow, problem: string): void {
  const message = `the archive of ${from + 1} to ${through}: ${problem}`;
  walk.findings.add({ invariant: "I6", message, seq: through });
}

interface Looking {
  readonly onProgress: ((done: number, total: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Answers the latest business time in it. */
async function checkParts(
  walk: Walk,
  archive: ArchiveRow,
  whole: ReadonlySet<number>,
  { onProgress, signal }: Looking,
): Promise<number> {
  const before = { entries: walk.counts.entries, batches: walk.counts.batches };
  let effectiveMax = -Infinity;
  let from = archive.from;
  for (const [place, partSeq] of archive.partSeqs.entries()) {
    const digest = new PartDigest();
    for await (const links of parts(walk.database, walk.bookId, from, partSeq)) {
      signal?.throwIfAborted();
      effectiveMax = Math.max(effectiveMax, await checkPart(walk, archive, links, digest, whole));
      onProgress?.(Math.min(links.at(-1)?.lastSeq ?? 0, walk.upTo), walk.upTo);
    }
    if (archive.partDigests[place]?.equals(digest.take()) !== true) {
      wrong(walk, archive, `what stays of ${from + 1} to ${partSeq} is not what was archived`);
    }
    from = partSeq;
  }
  if (from !== archive.through) wrong(walk, archive, "its parts do not fill it");
  if (BigInt(walk.counts.entries - before.entries) !== archive.entries) {
    wrong(walk, archive, "it has another number of entries");
  }
  if (BigInt(walk.counts.batches - before.batches) !== archive.batches) {
    wrong(walk, archive, "it has another number of batches");
  }
  return effectiveMax;
}

async function checkPart(
  walk: Walk,
  archive: ArchiveRow,
  links: readonly Link[],
  digest: PartDigest,
  whole: ReadonlySet<number>,
): Promise<number> {
  const { database, bookId, findings } = walk;
  const asked = { book: bookId, lastSeqs: links.map((link) => BigInt(link.lastSeq)) };
  const bodies = await database.run(keptBodies, asked);
  const rows: JournalRow[] = [];
  const window = { after: links[0]?.prevSeq ?? 0, upTo: links.at(-1)?.lastSeq ?? 0 };
  let effectiveMax = -Infinity;
  for (const [place, link] of links.entries()) {
    const body = bodies[place];
    if (body === undefined || Number(body.lastSeq) !== link.lastSeq) {
      wrong(walk, archive, `the batch that ends at ${link.lastSeq} is gone`);
      continue;
    }
    const seqs = integersOf(packedAt(body.seqs));
    checkSeqs(walk, archive, link, seqs);
    digest.add(body.hash, body.kept);
    effectiveMax = Math.max(effectiveMax, latestEffective(body.kept));
    rows.push(...journalRows(seqs, bodyOf(body.kept, keptColumns)));
    for (const seq of integersOf(packedAt(body.strays))) {
      findings.add({ invariant: "I6", message: "its time is not that of its batch", seq });
    }
    for (const seq of integersOf(packedAt(body.dressed))) {
      findings.add({ invariant: "I6", message: "it has words beside what is left of them", seq });
    }
    for (const seq of integersOf(packedAt(body.wholes))) {
      if (BigInt(seq) > archive.slimmedSeq || whole.has(seq)) continue;
      findings.add({ invariant: "I6", message: "it is archived, and not marked so", seq });
    }
    walk.counts.entries += seqs.length;
    pass(walk, link);
  }
  walk.counts.accounts += await checkOpenings(database, bookId, window, rows, findings);
  return effectiveMax;
}

function checkSeqs(walk: Walk, archive: ArchiveRow, link: Link, seqs: readonly number[]): void {
  const { previous } = walk;
  const isNext = previous === undefined || previous.lastSeq === link.prevSeq;
  const fills =
    seqs.length === link.lastSeq - link.prevSeq &&
    seqs.every((seq, i) => seq === link.prevSeq + 1 + i);
  if (isNext && fills) return;
  wrong(walk, archive, `the batch that ends at ${link.lastSeq} is not in its place`);
}

function checkEnd(walk: Walk, archive: ArchiveRow, effectiveMax: number): void {
  const { previous } = walk;
  const isEnd =
    previous?.lastSeq === archive.through &&
    previous.hash.equals(archive.hash) &&
    previous.at === archive.at;
  if (!isEnd) wrong(walk, archive, "its end is not the batch that it names");
  if (effectiveMax !== archive.effectiveMax) {
    wrong(walk, archive, "its latest business time is not that of its entries");
  }
}

/** The balances that everything since is folded from, and the holds that were open then. */
async function checkState(
  walk: Walk,
  archive: ArchiveRow,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { database, bookId } = walk;
  const digest = new StateDigest();
  let accounts = 0n;
  for await (const page of accountPages(database, bookId, archive.through)) {
    signal?.throwIfAborted();
    const found = accountsIn(page);
    accounts += BigInt(found.length);
    digest.accounts(found);
  }
  for await (const page of holdPages(database, bookId, archive.through, archive.through)) {
    digest.holds(holdsIn(page));
  }
  if (accounts !== archive.accounts) wrong(walk, archive, "it has another number of accounts");
  if (digest.digest().equals(archive.stateDigest)) return;
  const message = `a balance or open hold at ${archive.through} is not what was archived`;
  walk.findings.add({ invariant: "I2", message, seq: archive.through });
}

/** Holds that an archive left open and whose time is up. */
export async function checkKeptHolds({ database, bookId, findings, upTo, dueBy }: Walk) {
  const asked = { book: bookId, upTo: BigInt(upTo), at: dueBy, most: FINDINGS_MAX };
  for (const { seq, id } of await database.run(keptHoldsOverdue, asked)) {
    const message = "its time-out has ended, and nothing has resolved it";
    findings.add({ invariant: "I5", message, seq: Number(seq), id });
  }
}
