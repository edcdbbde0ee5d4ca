/** After a drill: everything acknowledged is there exactly once, and the books prove themselves. */
import { entriesOf, type Row } from "../simulate/journal.ts";
import { refusalOfRow } from "../simulate/audit-rows.ts";
import { readAcks, type Ack, type DoneAck } from "./acks.ts";
import type { Site } from "./site.ts";

export interface Checked {
  readonly findings: readonly string[];
  readonly acknowledged: number;
  readonly entries: number;
}

export async function checkBook(
  site: Site,
  bookName: string,
  ackFiles: readonly string[],
): Promise<Checked> {
  return site.withBook(bookName, async (book, database) => {
    const findings: string[] = [];
    const rows: Row[] = [];
    const created = new Set<string>();
    for await (const row of entriesOf(database, book.id)) {
      rows.push(row);
      created.add(row.id);
    }
    const acks = ackFiles.flatMap(readAcks);
    checkAcks(acks, rows, findings);
    checkTold(acks, created, findings);
    const { verified, findings: wrong } = await book.verify();
    if (!verified)
      findings.push(...wrong.map(({ invariant, message }) => `${invariant}: ${message}`));
    const { balanced } = await book.trialBalance();
    if (!balanced) findings.push("the books do not balance (P4)");
    return { findings, acknowledged: acks.filter(isDone).length, entries: rows.length };
  });
}

/** Nobody was thrown what is no trouble, and whoever was sent away had nothing done. */
export function checkTold(acks: readonly Ack[], booked: ReadonlySet<string>, findings: string[]) {
  for (const ack of acks) {
    if ("wrong" in ack) findings.push(`a caller was thrown ${ack.wrong}`);
    if ("status" in ack && ack.status === "overloaded" && booked.has(ack.id)) {
      findings.push(`${ack.id} was sent away for overload, but is booked (P7)`);
    }
  }
}

function isDone(ack: Ack): ack is DoneAck {
  return "status" in ack && ack.status !== "overloaded";
}

/** Everything acknowledged is there, as it was told. */
export function checkAcks(acks: readonly Ack[], rows: readonly Row[], findings: string[]): void {
  const claimed = new Set<number>();
  for (const ack of acks) {
    if (!isDone(ack) || ack.seq === undefined) continue;
    const { id, status, seq, amount, code } = ack;
    const row = rows[seq - 1];
    if (row === undefined || row.id !== id) {
      findings.push(`${id} was acknowledged at ${seq}, where ${row?.id ?? "nothing"} is (P1)`);
      continue;
    }
    const kept = refusalOfRow(row);
    if (status === "refused") {
      const isSame = kept === code || code === "ledger.id_already_failed";
      if (!isSame) findings.push(`${id} was refused with ${code}, kept is ${kept} (P2)`);
      continue;
    }
    if (kept !== undefined)
      findings.push(`${id} was acknowledged, but is refused with ${kept} (P1)`);
    if (amount !== String(row.amount))
      findings.push(`${id}: ${amount} told, ${row.amount} booked (P1)`);
    if (status !== "created") continue;
    if (claimed.has(seq)) findings.push(`${id} was acknowledged as new twice (P2)`);
    claimed.add(seq);
  }
}
