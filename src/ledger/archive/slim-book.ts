/**
 * Makes a recorded stretch slim, a thousand entries in a commit. Each commit names how far the one
 * before it came: two at once can't both go on, and who was killed goes on from there.
 */
import { faultPoint } from "../../base/index.ts";
import { unit } from "../../postgres/index.ts";
import type { Archiving } from "./archive-options.ts";
import { commit } from "./commit-unit.ts";
import { endedHolds, replacedVersions, wholeEntries } from "./archive.sql.ts";
import { dropVersions, letHoldsGo, moveSlim, slimAsRead, slimEntries } from "./write-archive.ts";

const STEP_SEQS = 1_000;

const stepDone = faultPoint("archive.step_done", "another step of an archive is slim");

export interface Slimming {
  readonly bookId: number;
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly slimmedSeq: number;
}

/** Refuses: ledger.archive_busy. */
export async function slimThrough(work: Archiving, slimming: Slimming): Promise<void> {
  const { afterSeq, throughSeq } = slimming;
  const { signal, onProgress } = work.options;
  if (slimming.slimmedSeq === afterSeq) await slimEndedHolds(work, slimming);
  for (let from = slimming.slimmedSeq; from < throughSeq;) {
    signal?.throwIfAborted();
    const to = Math.min(from + STEP_SEQS, throughSeq);
    await slimStep(work, { ...slimming, slimmedSeq: from }, to);
    from = to;
    onProgress?.("slimming", from - afterSeq, throughSeq - afterSeq);
    await work.faults.at(stepDone);
  }
}

/** Holds that archives before had to leave whole. */
async function slimEndedHolds(work: Archiving, place: Slimming): Promise<void> {
  const { bookId, afterSeq, throughSeq } = place;
  const asked = { book: bookId, after: BigInt(afterSeq), through: BigInt(throughSeq) };
  for (;;) {
    const rows = await work.database.run(endedHolds, { ...asked, most: STEP_SEQS });
    if (rows.length === 0) return;
    const holds = rows.map(({ seq }) => ({ bookId, seq: Number(seq) }));
    const step = unit(`archive/${bookId}/${throughSeq}/holds`)
      .guard(slimAsRead, place)
      .write(slimEntries, ...holds)
      .write(letHoldsGo, ...holds);
    await commit(work.lane, step, work.book);
    await work.faults.at(stepDone);
  }
}

async function slimStep(work: Archiving, place: Slimming, to: number): Promise<void> {
  const { bookId, afterSeq, throughSeq, slimmedSeq } = place;
  const stretch = { book: bookId, after: BigInt(slimmedSeq), upTo: BigInt(to) };
  const through = BigInt(throughSeq);
  const entries = await work.database.run(wholeEntries, stretch);
  const base = BigInt(afterSeq);
  const versions = await work.database.run(replacedVersions, { ...stretch, base, through });
  const step = unit(`archive/${bookId}/${throughSeq}/${to}`)
    .guard(slimAsRead, place)
    .write(slimEntries, ...entries.map(({ seq }) => ({ bookId, seq: Number(seq) })))
    .write(
      dropVersions,
      ...versions.map(({ account, seq }) => ({
        bookId,
        account: Number(account),
        seq: Number(seq),
      })),
    )
    .write(moveSlim, { bookId, throughSeq, slimmedSeq: to });
  await commit(work.lane, step, work.book);
}
