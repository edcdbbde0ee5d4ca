/**
 * Moves the books of an embedded server to another one. At every instant exactly one of the two is
 * the one that may be written to:
 *
 *   copying   the folder's books are held still; over there nobody sees anything yet
 *   moving    noted in the folder before the commit over there: from now on nothing starts on it
 *   moved     noted after the commit
 *
 * Killed while copying, nothing has happened. Killed while moving, only the other server knows: the
 * move is asked for again, finds its mark there or not, and ends or begins anew.
 */
import {
  type Clock,
  fail,
  type Faults,
  faultPoint,
  hasCode,
  newId,
  toRfc3339,
} from "../../base/index.ts";
import { type BookHead, bookHeads, type VerifyReport } from "../../ledger/index.ts";
import {
  type CopyPage,
  type Database,
  fillSchema,
  inSnapshot,
  type MigrationFolder,
  type Move,
  noteMove,
  type SchemaManifest,
  type Snapshot,
} from "../../postgres/index.ts";
import { backupErrors } from "./backup.errors.ts";
import { checkCounts, checkHeads, untilStopped, verifyBooks } from "./restore-backup.ts";

const copied = faultPoint("move.copied", "all is over there, and nothing is noted or committed");
const noting = faultPoint("move.noted", "the folder says moving, and nothing is committed");
const committed = faultPoint("move.committed", "it is committed over there, and not noted");
const movedAway = faultPoint("move.moved", "the folder says moved, and its server still runs");

export interface MoveInput {
  readonly dir: string;
  readonly source: Database;
  readonly target: Database;
  /** How the target is called, in the folder and to people: without user and password. */
  readonly to: string;
  /** What the folder says of an earlier move that was not ended. */
  readonly begun: Move | undefined;
  readonly migrations: readonly MigrationFolder[];
  readonly known: SchemaManifest | undefined;
  readonly clock: Clock;
  readonly onRows: (done: number, total: number) => void;
  readonly onVerified: (done: number, total: number) => void;
  readonly signal: AbortSignal;
  readonly faults: Faults;
  /** Ends the embedded server: whoever still waits to write there is told no. */
  readonly endSource: () => Promise<void>;
}

export interface Moved {
  /** RFC 3339. */
  readonly at: string;
  /** These two are unknown of a move that an older version noted. */
  readonly books?: readonly BookHead[] | undefined;
  readonly rows?: number | undefined;
  /** An earlier move had got there already; only its note was missing. */
  readonly wasThere: boolean;
}

/** What was told of a move when it was done. */
export function movedBefore({ at, told }: Move): Moved {
  const { books, rows, wasThere = false } = (told ?? {}) as Partial<Moved>;
  return { at, books, rows, wasThere };
}

/**
 * Copies, proves, commits, notes. Safe to repeat until it is done.
 * Refuses: backup.books_unsound, heads_differ, counts_differ, stopped; what fillSchema refuses;
 * postgres.outcome_unknown when the connection broke on the last step: then it is to be repeated.
 */
export async function moveBooks(input: MoveInput): Promise<Moved> {
  const { source, known, migrations } = input;
  let moved: Moved | undefined;
  try {
    // Held to the end: a tool beside us must not write what would stay behind.
    await inSnapshot(source, { writers: "wait", known, migrations }, async (snapshot) => {
      const done = await copyAndNote(input, snapshot);
      await input.endSource();
      moved = done;
    });
  } catch (error) {
    // The snapshot's own connection ended with its server.
    if (moved === undefined) throw error;
  }
  if (moved === undefined) throw fail(backupErrors, "stopped");
  return moved;
}

async function copyAndNote(input: MoveInput, snapshot: Snapshot): Promise<Moved> {
  const { dir, to, clock, target, migrations, begun, signal, faults } = input;
  const move: Omit<Move, "state"> = { id: begun?.id ?? newId(), to, at: toRfc3339(clock.now()) };
  const books = await bookHeads(snapshot.executor);
  const counter = countingRows(input, snapshot);
  let noted = false;
  let isNew: boolean;
  try {
    isNew = await fillSchema(target, {
      shape: snapshot.shape,
      migrations,
      mark: move.id,
      rows: (table) => counter.rows(table.name, untilStopped(snapshot.rows(table), signal)),
      prove: async (executor, counts) => {
        checkCounts(counter.counts, counts);
        await checkHeads(books, executor);
        judge(await verifyBooks(executor, books, { onProgress: input.onVerified, signal }));
        if (signal.aborted) throw fail(backupErrors, "stopped");
        await faults.at(copied);
        await noteMove(dir, { ...move, state: "moving" });
        noted = true;
        await faults.at(noting);
      },
    });
  } catch (error) {
    const isUnknown = hasCode(error, "postgres.outcome_unknown");
    const isDecided = isUnmarked(error) || (noted && !isUnknown);
    if (isDecided) await noteMove(dir, undefined);
    throw error;
  }
  // It is over there: whatever fails from here on, the folder keeps saying so.
  await faults.at(committed);
  const told = { books, rows: counter.total(), wasThere: !isNew };
  await noteMove(dir, { ...move, state: "moved", told });
  await faults.at(movedAway);
  return { at: move.at, ...told };
}

/** Told under the lock that an earlier move held to its end: so that one left no mark, and nothing. */
function isUnmarked(error: unknown): boolean {
  return hasCode(error, "postgres.schema_occupied") || hasCode(error, "postgres.schema_ahead");
}

function judge(reports: readonly VerifyReport[]): void {
  for (const { book, findings, verified } of reports) {
    if (verified) continue;
    const finding = findings[0]?.message ?? "it is not whole";
    throw fail(backupErrors, "books_unsound", { book, finding });
  }
}

function countingRows({ onRows }: MoveInput, { estimatedRows }: Snapshot) {
  const counts = new Map<string, number>();
  const total = () => counts.values().reduce((sum, rows) => sum + rows, 0);
  async function* rows(table: string, pages: AsyncIterable<CopyPage>): AsyncGenerator<CopyPage> {
    counts.set(table, 0);
    for await (const page of pages) {
      counts.set(table, (counts.get(table) ?? 0) + page.rows);
      onRows(total(), Math.max(total(), estimatedRows));
      yield page;
    }
  }
  return { counts, total, rows };
}
