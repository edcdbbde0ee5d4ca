/**
 * Whether the chains of a batch are whole: members 1 to n one after the other, with nothing between
 * them but openings that belong to no chain. A refused chain leaves one row at most. Pure.
 */
import { STATUS_CREATED } from "./entry.ts";
import type { JournalRow } from "./verify-journal.ts";

interface OpenChain {
  readonly chain: string;
  readonly length: number;
  next: number;
}

/** The first entry of each chain that is not whole, and what is wrong. */
export function brokenChains(
  rows: readonly JournalRow[],
): { readonly row: JournalRow; readonly problem: string }[] {
  const broken: { row: JournalRow; problem: string }[] = [];
  let open: OpenChain | undefined;
  for (const row of rows) {
    const step: Step = advance(open, row);
    open = step.open;
    if (step.problem !== undefined) broken.push({ row, problem: step.problem });
  }
  const last = rows.at(-1);
  if (open !== undefined && last !== undefined) {
    broken.push({ row: last, problem: `chain ${open.chain} ends before member ${open.next}` });
  }
  return broken;
}

interface Step {
  readonly open: OpenChain | undefined;
  readonly problem: string | undefined;
}

function advance(open: OpenChain | undefined, row: JournalRow): Step {
  const { chain, chainIndex: index, chainLength: length } = row;
  if (chain === undefined || index === undefined || length === undefined) {
    const bare = chain === undefined && index === undefined && length === undefined;
    if (!bare) return { open: undefined, problem: "its place in a chain is incomplete" };
    if (open === undefined || isOpening(row)) return { open, problem: undefined };
    return { open: undefined, problem: `it stands inside chain ${open.chain}` };
  }
  if (row.status !== STATUS_CREATED) {
    if (open === undefined) return { open, problem: undefined };
    return { open: undefined, problem: `a refusal stands inside chain ${open.chain}` };
  }
  if (open === undefined) {
    if (index !== 1) return { open, problem: `chain ${chain} begins with member ${index}` };
    return { open: remaining({ chain, length, next: 2 }), problem: undefined };
  }
  if (chain !== open.chain || length !== open.length || index !== open.next) {
    return { open: undefined, problem: `member ${open.next} of chain ${open.chain} is missing` };
  }
  return { open: remaining({ ...open, next: open.next + 1 }), problem: undefined };
}

function remaining(open: OpenChain): OpenChain | undefined {
  return open.next > open.length ? undefined : open;
}

/** Openings without an id stand in no chain; Longmen names them itself. */
function isOpening(row: JournalRow): boolean {
  const id = row.id();
  return id === `~open/${row.seq}` || id === `~asset/${row.seq}`;
}
