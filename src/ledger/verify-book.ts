import { fail } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import type { Head, VerifyOptions, VerifyReport } from "./book.ts";
import { archivesOf } from "./archive/archive.sql.ts";
import {
  type ArchiveRow,
  archiveRow,
  checkArchives,
  checkKeptHolds,
} from "./archive/verify-archived.ts";
import { checkFiles } from "./archive/verify-files.ts";
import { checkKeys, type KeysOf } from "./known-keys.ts";
import { mayBe, mustBe } from "./must-be.ts";
import type { Reader } from "./reader.ts";
import { ledgerErrors } from "./ledger.errors.ts";
import { trialBalanceAt } from "./trial-balance.ts";
import { FoldedAccounts } from "./verify-accounts.ts";
import { checkBatches, checkGenesis, readBodies, type Walk } from "./verify-batches.ts";
import { FINDINGS_MAX, newFindings } from "./verify-finding.ts";
import type { BodyRow, Link } from "./verify-journal.ts";
import {
  bookName,
  countVersions,
  holdsOverdue,
  type LinkRow,
  newestLink,
  nextLinks,
  rowsOutside,
  uniqueIndexes,
  versionsOfNothing,
} from "./verify.sql.ts";

/** How many entries are looked at at a time, unless one batch has more. */
const ENTRIES_PER_PART = 8_000;
const LINKS_PER_STATEMENT = 1_000;
const VERSIONS_PER_STATEMENT = 100_000;
/** Before every seq and account that can be. */
const BEFORE_ALL = -(2n ** 63n);

const optionKeys: KeysOf<VerifyOptions> = {
  expectHead: true,
  archives: true,
  onProgress: true,
  signal: true,
};

/**
 * Proves a book from its own rows, on a live book and in bounded memory: everything up to the head
 * as it is when this begins, in short snapshots that hold nobody up and never pin the vacuum
 * horizon. Recomputes every hash from the bytes that PostgreSQL stores, folds every entry, compares
 * every version of every balance, looks at bounds after every entry, at holds, chains, remembered
 * refusals, openings, the sums per asset, and for rows that belong to nothing (invariants I1 to I8,
 * docs/concepts/ledger.md). `expectHead` also proves that history still passes through a hash that
 * was written down earlier. Of what is archived it proves that what stays is what was archived, and
 * with `archives` the files themselves. Names the entry (seq and id) when a balance, a bound or an amount is
 * wrong, otherwise the batch. Never throws for what it finds.
 * Refuses: ledger.book_missing, ledger.argument_malformed, ledger.question_key_unknown.
 */
export async function verifyBook(
  database: Pick<Database, "run" | "one" | "maybe" | "schema">,
  bookId: number,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  checkKeys("verify", options, optionKeys);
  mayBe("a hash of 64 hex digits", { expectHead: options.expectHead });
  mayBe("a function", { onProgress: options.onProgress });
  mayBe("an AbortSignal", { signal: options.signal });
  mayBe("a list", { archives: options.archives });
  for (const path of options.archives ?? []) mustBe("a text", { "the path of an archive": path });
  const began = performance.now();
  const book = await database.maybe(bookName, { book: bookId });
  if (book === undefined) throw fail(ledgerErrors, "book_missing", { name: bookId });
  const asked = { database, bookId, name: book.name, options };
  // An archive that comes or goes meanwhile changes what is being looked at: then it begins again.
  for (let archives = await archivesIn(database, bookId); ;) {
    const report = await verifyOnce(asked, archives);
    const since = await archivesIn(database, bookId);
    if (isAsItWas(archives, since)) {
      return { ...report, seconds: Math.round(performance.now() - began) / 1_000 };
    }
    archives = since;
  }
}

/** The same archives, none of them less slim than before: one that is put back becomes so first. */
function isAsItWas(was: readonly ArchiveRow[], is: readonly ArchiveRow[]): boolean {
  return (
    was.length === is.length &&
    was.every((archive, i) => {
      const now = is[i];
      return now?.through === archive.through && now.slimmedSeq >= archive.slimmedSeq;
    })
  );
}

interface Asked {
  readonly database: Pick<Database, "run" | "one" | "maybe" | "schema">;
  readonly bookId: number;
  readonly name: string;
  readonly options: VerifyOptions;
}

async function archivesIn(database: Reader, book: number): Promise<ArchiveRow[]> {
  return (await database.run(archivesOf, { book })).map(archiveRow);
}

async function verifyOnce(
  { database, bookId, name, options }: Asked,
  archives: readonly ArchiveRow[],
): Promise<Omit<VerifyReport, "seconds">> {
  const newest = await newestOf(database, bookId);
  const from = archives.at(-1)?.through ?? 0;
  const walk = newWalk(database, bookId, name, newest, { ...options, from });
  await checkIndexes(walk, database.schema);
  if (archives.length > 0) {
    await checkArchives(walk, archives, options.onProgress, options.signal);
  }
  await walkBatches(walk, options);
  await checkOutside(walk);
  await checkVersionCount(walk, archives.at(-1), options.signal);
  await checkOverdue(walk);
  if (archives.length > 0) await checkKeptHolds(walk);
  await checkSums(walk, options.signal);
  const files = options.archives;
  const proofs = files && (await checkFiles(walk, archives, files, options.signal));
  checkExpected(walk);
  const { findings, counts } = walk;
  return {
    verified: findings.count === 0,
    book: name,
    head: headOf(newest),
    entries: counts.entries,
    batches: counts.batches,
    accounts: counts.accounts,
    findings: findings.list,
    findingsCount: findings.count,
    ...(from === 0 ? {} : { archivedThrough: from }),
    ...(proofs === undefined ? {} : { archives: proofs }),
  };
}

async function newestOf(database: Reader, bookId: number): Promise<Link | undefined> {
  const row = await database.maybe(newestLink, { book: bookId });
  return row === undefined ? undefined : linkOf(row);
}

function linkOf(row: LinkRow): Link {
  const { at, sweptUntil, hash } = row;
  return { prevSeq: Number(row.prevSeq), lastSeq: Number(row.lastSeq), at, sweptUntil, hash };
}

function headOf(link: Link | undefined): Head {
  if (link === undefined) return { seq: 0, at: 0, hash: "" };
  return { seq: link.lastSeq, at: link.at, hash: link.hash.toString("hex") };
}

function newWalk(
  database: Reader,
  bookId: number,
  name: string,
  newest: Link | undefined,
  { expectHead, from }: VerifyOptions & { readonly from: number },
): Walk {
  return {
    database,
    bookId,
    bookName: name,
    findings: newFindings(),
    accounts: new FoldedAccounts(database, bookId),
    counts: { batches: 0, entries: 0, accounts: 0, versions: 0, due: 0, dueResolved: 0 },
    from,
    upTo: newest?.lastSeq ?? 0,
    dueBy: newest?.sweptUntil ?? -Infinity,
    expectHead: expectHead?.toLowerCase(),
    expectedSeen: false,
    previous: undefined,
  };
}

/** Without them an id could be used, a hold resolved and a batch followed twice. */
const UNIQUE_INDEXES = [
  "ledger_batch_pkey",
  "ledger_batch_follows_once",
  "ledger_entry_pkey",
  "ledger_entry_id_is_used_once",
  "ledger_entry_hold_is_resolved_once",
  "ledger_account_pkey",
  "ledger_account_path_and_asset_are_unique",
  "ledger_asset_pkey",
  "ledger_asset_code_is_unique",
  "ledger_balance_pkey",
];

async function checkIndexes({ database, findings }: Walk, schema: string): Promise<void> {
  const rows = await database.run(uniqueIndexes, { schema, names: UNIQUE_INDEXES });
  const there = new Set(rows.map((row) => row.name));
  for (const name of UNIQUE_INDEXES) {
    if (there.has(name)) continue;
    findings.add({
      invariant: "I4",
      message: `the unique index ${name} is not there or not valid`,
    });
  }
}

async function walkBatches(walk: Walk, { onProgress, signal }: VerifyOptions): Promise<void> {
  for await (const [part, bodies] of readAhead(walk, partsBehind(walk, signal))) {
    signal?.throwIfAborted();
    await checkBatches(walk, part, bodies);
    onProgress?.(Math.min(part.at(-1)?.lastSeq ?? 0, walk.upTo), walk.upTo);
  }
  if (walk.previous === undefined) {
    walk.findings.add({ invariant: "I6", message: "the book has no batch, not even batch zero" });
  }
}

/** Each part with its rows, read while the part before is being checked. */
async function* readAhead(walk: Walk, parts: AsyncIterable<readonly Link[]>) {
  let ahead: readonly [readonly Link[], Promise<BodyRow[]>] | undefined;
  for await (const part of parts) {
    const bodies = readBodies(walk, part);
    // Whoever waits for them is told; nobody does when the part before ends it all.
    bodies.catch(() => undefined);
    if (ahead !== undefined) yield ahead;
    ahead = [part, bodies];
  }
  if (ahead !== undefined) yield ahead;
}

async function* partsBehind(walk: Walk, signal: AbortSignal | undefined) {
  let after = walk.from === 0 ? BEFORE_ALL : BigInt(walk.from);
  for (;;) {
    signal?.throwIfAborted();
    const asked = { book: walk.bookId, after, upTo: BigInt(walk.upTo), most: LINKS_PER_STATEMENT };
    const links = (await walk.database.run(nextLinks, asked)).map(linkOf);
    const last = links.at(-1);
    if (last === undefined) return;
    yield* partsOf(walk.previous === undefined ? begin(walk, links) : links);
    after = BigInt(last.lastSeq);
  }
}

/** Checks batch zero; returns the others. */
function begin(walk: Walk, [first, ...others]: readonly Link[]): readonly Link[] {
  if (first !== undefined) checkGenesis(walk, first);
  return others;
}

/** Batches that follow each other, not more than a part's worth of entries together. */
function* partsOf(links: readonly Link[]): Generator<readonly Link[]> {
  let part: Link[] = [];
  for (const link of links) {
    const [first] = part;
    const isNext = part.at(-1)?.lastSeq === link.prevSeq;
    if (first !== undefined && (!isNext || link.lastSeq - first.prevSeq > ENTRIES_PER_PART)) {
      yield part;
      part = [];
    }
    part.push(link);
  }
  if (part.length > 0) yield part;
}

async function checkOutside({ database, bookId, findings }: Walk): Promise<void> {
  const rows = await database.run(rowsOutside, { book: bookId, most: FINDINGS_MAX });
  for (const { what, seq, id } of rows) {
    const message = `${what} ${id} at ${seq} lies outside the chain of batches`;
    findings.add({ invariant: "I6", message, seq: Number(seq), id });
  }
}

interface Place {
  readonly account: bigint;
  readonly seq: bigint;
}

/** Every balance that the walk has seen belongs to an entry; more of them belong to none. */
async function checkVersionCount(
  walk: Walk,
  archive: ArchiveRow | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  let based = 0n;
  let counted = 0;
  let pastHead = 0;
  for await (const part of versionParts(walk, signal)) {
    based += part.based;
    counted += part.counted;
    pastHead += part.pastHead;
  }
  if (archive !== undefined && archive.slimmedSeq === archive.throughSeq) {
    checkBases(walk, based, archive);
  }
  if (counted === walk.counts.versions && pastHead === 0) return;
  const before = walk.findings.count;
  for await (const { from, to } of versionParts(walk, signal)) {
    await reportVersions(walk, from, to);
    if (walk.findings.count - before >= FINDINGS_MAX) return;
  }
  if (walk.findings.count > before) return;
  const message = `there are ${counted} balances where the batches have made ${walk.counts.versions}`;
  walk.findings.add({ invariant: "I2", message });
}

/** Of what is archived each account has one balance. */
function checkBases({ findings }: Walk, based: bigint, { accounts, through }: ArchiveRow): void {
  if (based === accounts) return;
  const message = `there are ${based} balances up to ${through}, where ${accounts} accounts end`;
  findings.add({ invariant: "I2", message, seq: through });
}

async function* versionParts(
  { database, bookId, from: archived, upTo }: Walk,
  signal: AbortSignal | undefined,
) {
  let from: Place = { account: BEFORE_ALL, seq: BEFORE_ALL };
  for (;;) {
    signal?.throwIfAborted();
    const part = await database.one(countVersions, {
      book: bookId,
      afterAccount: from.account,
      afterSeq: from.seq,
      from: archived === 0 ? BEFORE_ALL : BigInt(archived),
      upTo: BigInt(upTo),
      scan: VERSIONS_PER_STATEMENT,
    });
    if (part.lastAccount === null || part.lastSeq === null) return;
    const to: Place = { account: part.lastAccount, seq: part.lastSeq };
    const counted = Number(part.counted);
    yield { from, to, based: part.based, counted, pastHead: Number(part.pastHead) };
    from = to;
  }
}

async function reportVersions({ database, bookId, findings }: Walk, from: Place, to: Place) {
  const rows = await database.run(versionsOfNothing, {
    book: bookId,
    afterAccount: from.account,
    afterSeq: from.seq,
    lastAccount: to.account,
    lastSeq: to.seq,
    most: FINDINGS_MAX,
  });
  for (const { account, seq } of rows) {
    const message = `account ${account} at ${seq}: a balance that no entry has made`;
    findings.add({ invariant: "I2", message, seq: Number(seq), account: `${account}` });
  }
}

/** Every hold that ended by the head's own word is resolved; if not, the first of them are named. */
async function checkOverdue({ database, bookId, findings, counts, upTo, dueBy }: Walk) {
  if (counts.due === counts.dueResolved) return;
  const asked = { book: bookId, upTo: BigInt(upTo), at: dueBy, most: FINDINGS_MAX };
  for (const { seq, id } of await database.run(holdsOverdue, asked)) {
    const message = "its time-out has ended, and nothing has resolved it";
    findings.add({ invariant: "I5", message, seq: Number(seq), id });
  }
}

async function checkSums({ database, bookId, findings, upTo }: Walk, signal?: AbortSignal) {
  const { assets } = await trialBalanceAt(database, bookId, upTo, signal);
  for (const sum of assets) {
    if (sum.balanced) continue;
    const pending = sum.debitsPending - sum.creditsPending;
    const posted = sum.debitsPosted - sum.creditsPosted;
    const message = `debits less credits: ${pending} pending, ${posted} posted`;
    findings.add({ invariant: "I1", message, asset: sum.asset });
  }
}

function checkExpected({ expectHead, expectedSeen, findings }: Walk): void {
  if (expectHead === undefined || expectedSeen) return;
  const message = `history does not pass through ${expectHead}`;
  findings.add({ invariant: "I7", message });
}
