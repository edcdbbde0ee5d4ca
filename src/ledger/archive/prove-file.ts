/**
 * Reads an archive back and proves it from its own bytes: that it is whole, that its hashes follow
 * each other from the one before it to its last, that its balances and open holds at the end are the
 * fold of its entries from those at its beginning.
 */
import { fail, type Instant, LongmenError, parseRfc3339 } from "../../base/index.ts";
import { batchHashOfBody, BODY_HEADER_BYTES, genesisHash, HASH_BYTES } from "../hash.ts";
import { bodyOf } from "../packed.ts";
import { journalRows, type JournalRow } from "../verify-journal.ts";
import { archiveErrors } from "./archive.errors.ts";
import { ACCOUNTS_PER_PASS, FileFold } from "./fold-file.ts";
import { type FileFacts, type Frame, type FrameKind, readFrames } from "./frames.ts";
import { keptOfBody, latestEffective, PartDigest } from "./kept.ts";
import { accountsIn, assetsIn, holdsIn, StateDigest, type StateHold } from "./state.ts";
import type { ArchiveHeader } from "./write-file.ts";

export interface ProvedFile {
  readonly path: string;
  readonly header: ArchiveHeader;
  readonly at: Instant;
  readonly sha256: Buffer;
  readonly bytes: number;
  readonly entries: number;
  readonly batches: number;
  readonly accounts: number;
  readonly partSeqs: readonly number[];
  readonly partDigests: readonly Buffer[];
  /** Of the state at its beginning and at its end. */
  readonly beforeDigest: Buffer;
  readonly afterDigest: Buffer;
  /** Holds of its own that were open at its end. */
  readonly openHolds: readonly number[];
  readonly effectiveMax: Instant;
}

interface ProveOptions {
  /** How many accounts are folded at once: bounds memory, costs a reading of the file for each. */
  readonly accountsPerPass?: number | undefined;
  readonly onProgress?: ((entriesDone: number, entries: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the file once for every 200,000 accounts that it has, so in bounded memory.
 * Refuses: ledger.archive_file_missing, ledger.archive_broken.
 */
export async function proveFile(path: string, options: ProveOptions = {}): Promise<ProvedFile> {
  const { accountsPerPass = ACCOUNTS_PER_PASS } = options;
  const first = new Reading(path, 0, accountsPerPass);
  const facts = { sha256: Buffer.alloc(0), bytes: 0 };
  await readThrough(first, options, facts);
  const proved = first.result(facts);
  for (let pass = 1; pass < first.passes; pass++) {
    await readThrough(new Reading(path, pass, accountsPerPass), options);
  }
  return proved;
}

async function readThrough(
  reading: Reading,
  { onProgress, signal }: ProveOptions,
  facts?: FileFacts,
): Promise<void> {
  for await (const frame of readFrames(reading.path, facts)) {
    signal?.throwIfAborted();
    try {
      reading.take(frame);
    } catch (error) {
      if (error instanceof LongmenError) throw error;
      // Bytes that nobody of ours wrote may break anything that reads them.
      throw reading.broken("a frame can't be read", error);
    }
    if (frame.kind === "P") onProgress?.(reading.done, reading.entries);
  }
}

/** The order in which frames come; each kind may be followed by itself. */
const FOLLOWS: Readonly<Record<FrameKind, string>> = {
  H: "AOo",
  A: "AOo",
  O: "Oo",
  o: "oB",
  B: "BP",
  P: "BCc",
  C: "Cc",
  c: "cE",
  E: "",
};

class Reading {
  readonly path: string;
  private readonly pass: number;
  private readonly accountsPerPass: number;
  passes = 1;
  private fold = new FileFold(1, 0);
  private next = "H";
  private header: ArchiveHeader | undefined;
  private hash = Buffer.alloc(HASH_BYTES);
  private seq = 0;
  private readonly part = new PartDigest();
  private readonly before = new StateDigest();
  private readonly after = new StateDigest();
  private readonly open: number[] = [];
  private readonly partSeqs: number[] = [];
  private readonly partDigests: Buffer[] = [];
  private batches = 0;
  private accounts = 0;
  private effectiveMax = -Infinity;
  /** Entries read, and those there are. */
  done = 0;
  entries = 0;

  constructor(path: string, pass: number, accountsPerPass: number) {
    this.path = path;
    this.pass = pass;
    this.accountsPerPass = accountsPerPass;
  }

  broken(problem: string, cause?: unknown) {
    return fail(archiveErrors, "archive_broken", { file: this.path, problem }, cause);
  }

  private demand(condition: boolean, problem: string): void {
    if (!condition) throw this.broken(problem);
  }

  private hear(problem: string | undefined): void {
    if (problem !== undefined) throw this.broken(problem);
  }

  take({ kind, bytes }: Frame): void {
    this.demand(this.next.includes(kind), `a frame ${kind} comes where one of ${this.next} should`);
    this.next = FOLLOWS[kind as FrameKind];
    switch (kind as FrameKind) {
      case "H":
        return this.begin(bytes);
      case "A":
        // Names for who reads it; what assets are stands in the entries that define them.
        assetsIn(bytes);
        return;
      case "O":
      case "C":
        return this.takeAccounts(kind === "O", bytes);
      case "o":
      case "c":
        return this.takeHolds(kind === "o", bytes);
      case "B":
        return this.takeBatch(bytes);
      case "P":
        return this.endPart(bytes);
      case "E":
        return this.end();
    }
  }

  private begin(bytes: Buffer): void {
    const header = JSON.parse(bytes.toString("utf8")) as ArchiveHeader;
    this.demand(header.format === 1, "it is of a format that this version does not know");
    this.header = header;
    this.hash = Buffer.from(header.afterHash, "hex");
    this.seq = header.afterSeq;
    this.entries = header.throughSeq - header.afterSeq;
    this.passes = Math.max(1, Math.ceil(header.accounts / this.accountsPerPass));
    this.fold = new FileFold(this.passes, this.pass);
    this.demand(this.hash.length === HASH_BYTES, "its first hash is none");
    const isFirst = header.afterSeq === 0;
    const fits = !isFirst || this.hash.equals(genesisHash(header.book));
    this.demand(fits, "its first hash is not that of the book's name");
  }

  private takeAccounts(isBefore: boolean, bytes: Buffer): void {
    const accounts = accountsIn(bytes);
    (isBefore ? this.before : this.after).accounts(accounts);
    if (isBefore) return this.fold.openAccounts(accounts);
    this.accounts += accounts.length;
    this.hear(this.fold.closeAccounts(accounts));
  }

  private takeHolds(isBefore: boolean, bytes: Buffer): void {
    const holds: readonly StateHold[] = holdsIn(bytes);
    (isBefore ? this.before : this.after).holds(holds);
    const after = this.header?.afterSeq ?? 0;
    if (!isBefore) for (const { seq } of holds) if (seq > after) this.open.push(seq);
    if (isBefore) this.fold.openHolds(holds);
    else this.hear(this.fold.closeHolds(holds));
  }

  private takeBatch(bytes: Buffer): void {
    const hash = bytes.subarray(0, HASH_BYTES);
    const body = bytes.subarray(HASH_BYTES);
    this.demand(body.length > BODY_HEADER_BYTES, "a batch has no entries");
    const prevSeq = Number(body.readBigInt64BE(0));
    const lastSeq = Number(body.readBigInt64BE(8));
    const fits = prevSeq === this.seq && batchHashOfBody(this.hash, body).equals(hash);
    this.demand(fits, `the batch that ends at ${lastSeq} does not follow the one before it`);
    const rows = rowsOf(prevSeq, body);
    this.demand(
      rows.length === lastSeq - prevSeq,
      `the batch that ends at ${lastSeq} is not filled by its entries`,
    );
    const kept = keptOfBody(body);
    this.part.add(hash, kept);
    this.effectiveMax = Math.max(this.effectiveMax, latestEffective(kept));
    this.hear(this.fold.batch(prevSeq, rows));
    this.hash = Buffer.from(hash);
    this.seq = lastSeq;
    this.batches += 1;
    this.done += rows.length;
  }

  private endPart(bytes: Buffer): void {
    const isEmpty = this.part.batches === 0;
    const digest = this.part.take();
    const isRight =
      Number(bytes.readBigInt64BE(0)) === this.seq && digest.equals(bytes.subarray(8));
    this.demand(isRight && !isEmpty, `the part that ends at ${this.seq} is not its own`);
    this.partSeqs.push(this.seq);
    this.partDigests.push(digest);
  }

  private end(): void {
    const { header } = this;
    const isThrough =
      header?.throughSeq === this.seq && header.throughHash === this.hash.toString("hex");
    this.demand(isThrough, "it does not end where it says");
    const isAll = this.accounts === header?.accounts && this.part.batches === 0;
    this.demand(isAll, "it has not all that it says");
    this.hear(this.fold.end());
  }

  result(facts: FileFacts): ProvedFile {
    const { header } = this;
    if (header === undefined || this.next !== "") throw this.broken("it has no end");
    return {
      path: this.path,
      header,
      at: parseRfc3339(header.at),
      ...facts,
      entries: this.done,
      batches: this.batches,
      accounts: this.accounts,
      partSeqs: this.partSeqs,
      partDigests: this.partDigests,
      beforeDigest: this.before.digest(),
      afterDigest: this.after.digest(),
      openHolds: this.open,
      effectiveMax: this.effectiveMax,
    };
  }
}

/** The entries of a batch, by the bytes that are hashed: seqs run without a gap. */
export function rowsOf(prevSeq: number, body: Buffer): JournalRow[] {
  const columns = bodyOf(body);
  const count = columns.get("kind")?.length ?? 0;
  return journalRows(
    Array.from({ length: count }, (_, i) => prevSeq + 1 + i),
    columns,
  );
}
