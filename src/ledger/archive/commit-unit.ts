/** How archives commit: rows alone, through a lane that belongs to no book. */
import { fail } from "../../base/index.ts";
import type { Lane, UnitBuilder } from "../../postgres/index.ts";
import { archiveErrors } from "./archive.errors.ts";

export type RowsLane = Pick<Lane<never, never>, "submit">;

/** Refuses: ledger.archive_busy. */
export async function commit(
  lane: RowsLane,
  work: UnitBuilder<never>,
  book: string,
): Promise<void> {
  const { status } = await lane.submit({ ...work, context: undefined });
  if (status === "conflict") throw fail(archiveErrors, "archive_busy", { book });
}
