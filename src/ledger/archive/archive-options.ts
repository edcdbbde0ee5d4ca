/** What an archive is asked with, and what it answers. */
import type { Clock, Faults, Instant, Logger } from "../../base/index.ts";
import type { Database } from "../../postgres/index.ts";
import type { Context } from "../transfer.ts";
import type { RowsLane } from "./commit-unit.ts";

export type ArchiveStep = "verifying" | "writing" | "proving" | "slimming";

export interface ArchiveOptions {
  /** The archive ends with the last batch before this time, which is at least 24 hours ago. */
  readonly before: Instant;
  /** The file that is to be; never written over. */
  readonly to: string;
  /** Only tells what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Who, in which request: kept with the archive. */
  readonly context?: Context | undefined;
  readonly onProgress?: ((step: ArchiveStep, done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the 24 hours are counted by; the database's clock when left out. */
  readonly clock?: Clock | undefined;
  readonly faults?: Faults | undefined;
  readonly log?: Logger | undefined;
}

export interface ArchiveReport {
  readonly book: string;
  /** `nothing`: no batch lies before that time that is not archived. */
  readonly outcome: "nothing" | "planned" | "archived";
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly at?: Instant | undefined;
  readonly entries: number;
  readonly batches?: number | undefined;
  readonly accounts: number;
  readonly hash: string;
  /** Of a plan: bytes of values that leave the journal, and balances that go. */
  readonly wordBytes?: number | undefined;
  readonly balances?: number | undefined;
  readonly file?: string | undefined;
  readonly fileBytes?: number | undefined;
  readonly fileSha256?: string | undefined;
  readonly seconds: number;
}

export interface PutBackOptions extends Pick<ArchiveOptions, "signal" | "faults" | "log"> {
  /** The file of the newest archive. */
  readonly from: string;
  /** How many accounts are folded at once: bounds memory. 200,000 when left out. */
  readonly accountsPerPass?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface PutBackReport {
  readonly book: string;
  readonly file: string;
  readonly afterSeq: number;
  readonly throughSeq: number;
  readonly entries: number;
}

/** What the steps of one share. */
export interface Archiving {
  readonly database: Database;
  readonly lane: RowsLane;
  readonly book: string;
  readonly options: ArchiveOptions;
  readonly faults: Faults;
}
