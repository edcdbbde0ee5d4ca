/** The part of `verify` that proves the files of archives: alone, in sequence, against the book. */
import { LongmenError } from "../../base/index.ts";
import type { ArchiveProof } from "../book.ts";
import type { Walk } from "../verify-batches.ts";
import { proveFile, type ProvedFile } from "./prove-file.ts";
import type { ArchiveRow } from "./verify-archived.ts";

/** What was found of each archive of the book. */
export async function checkFiles(
  walk: Walk,
  archives: readonly ArchiveRow[],
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ArchiveProof[]> {
  const proved: ProvedFile[] = [];
  for (const path of paths) {
    const file = await prove(walk, path, signal);
    if (file !== undefined) proved.push(file);
  }
  proved.sort((a, b) => a.header.afterSeq - b.header.afterSeq);
  const right = proved.filter((file) => fits(walk, archives, file));
  for (const [place, file] of proved.entries()) {
    const before = proved[place - 1];
    if (before === undefined || before.header.throughSeq !== file.header.afterSeq) continue;
    if (before.afterDigest.equals(file.beforeDigest)) continue;
    wrong(walk, file, `it does not begin with the balances that ${before.path} ends with`);
  }
  return archives.map(({ file, from, through }) => ({
    file,
    afterSeq: from,
    throughSeq: through,
    proved: right.some(({ header }) => header.throughSeq === through),
  }));
}

async function prove(walk: Walk, path: string, signal: AbortSignal | undefined) {
  try {
    return await proveFile(path, { signal });
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    walk.findings.add({ invariant: "I6", message: error.message });
    return undefined;
  }
}

function wrong(walk: Walk, { path, header }: ProvedFile, problem: string): void {
  const message = `${path}: ${problem}`;
  walk.findings.add({ invariant: "I6", message, seq: header.throughSeq });
}

/** Whether the file is the one that the book has recorded, and says what the book says. */
function fits(walk: Walk, archives: readonly ArchiveRow[], file: ProvedFile): boolean {
  const { header } = file;
  const row = archives.find(({ through }) => through === header.throughSeq);
  if (header.book !== walk.bookName || row === undefined) {
    wrong(walk, file, `it is no archive of the book ${walk.bookName}`);
    return false;
  }
  const same: Readonly<Record<string, boolean>> = {
    "its hash": row.fileSha256.equals(file.sha256) && row.fileBytes === BigInt(file.bytes),
    "where it begins": row.from === header.afterSeq,
    "where it ends": row.hash.toString("hex") === header.throughHash && row.at === file.at,
    "how much it has":
      row.entries === BigInt(file.entries) &&
      row.batches === BigInt(file.batches) &&
      row.accounts === BigInt(file.accounts),
    "what stays of its entries":
      row.partSeqs.join() === file.partSeqs.join() &&
      file.partDigests.every((digest, i) => row.partDigests[i]?.equals(digest) === true),
    "the balances at its end": row.stateDigest.equals(file.afterDigest),
  };
  const different = Object.entries(same).filter(([, isSame]) => !isSame);
  for (const [what] of different) wrong(walk, file, `the book says otherwise of it: ${what}`);
  return different.length === 0;
}
