/** For tests: what a book's reads must answer, folded naively from all of its rows. */
import type { TestDatabase } from "../../postgres/testing.ts";

/** A row of ledger_entry as PostgreSQL prints it. */
export interface RawEntry {
  readonly seq: number;
  readonly at: number;
  readonly id: string;
  readonly kind: number;
  readonly status: number;
  readonly asset: number | null;
  readonly debit: number | null;
  readonly credit: number | null;
  readonly amount: bigint;
  readonly hold: RawEntry | undefined;
  readonly code: number | null;
  readonly chain: string | null;
  readonly reference: string | null;
  readonly effective: number;
  readonly bound: bigint | "none";
}

export interface OracleAccount {
  readonly account: number;
  readonly path: string;
  readonly asset: string;
  readonly side: "debit" | "credit";
}

export interface OracleBalance {
  seq: number;
  debitsPending: bigint;
  debitsPosted: bigint;
  creditsPending: bigint;
  creditsPosted: bigint;
  bound: bigint | "none";
  closed: boolean;
}

export interface Oracle {
  readonly entries: readonly RawEntry[];
  readonly accounts: readonly OracleAccount[];
  readonly lastSeqs: readonly number[];
  touches(entry: RawEntry, account: number): boolean;
  /** The account after those of its entries that `counts`. */
  balance(account: number, counts: (entry: RawEntry) => boolean): OracleBalance;
}

type Row = Record<string, string | null>;

export async function readOracle({ database, schema }: TestDatabase): Promise<Oracle> {
  const query = async (text: string): Promise<Row[]> =>
    (await database.transaction((tx) => tx.query(text.replaceAll("@", `${schema}.`))))
      .rows as Row[];
  const ms = (column: string) => `floor(extract(epoch from ${column}) * 1000)::text`;
  const raw = await query(
    `select seq::text, ${ms("at")} as at, id, kind::text, status::text, asset::text, debit::text,
       credit::text, amount::text, pending_seq::text, code::text, chain, reference,
       ${ms("effective_at")} as effective_at from @ledger_entry e order by e.seq`,
  );
  const entries: RawEntry[] = [];
  const bySeq = new Map<number, RawEntry>();
  for (const row of raw) {
    const entry = entryOf(row, bySeq);
    entries.push(entry);
    bySeq.set(entry.seq, entry);
  }
  const accounts = await query(
    `select a.account::text, a.path, s.code, a.side::text from @ledger_account a
     join @ledger_asset s using (book_id, asset) order by a.path, a.asset`,
  );
  const batches = await query(`select last_seq::text from @ledger_batch b order by b.last_seq`);
  return {
    entries,
    accounts: accounts.map(accountOf),
    lastSeqs: batches.map((row) => Number(row["last_seq"])),
    touches,
    balance: (account, counts) =>
      fold(
        entries.filter((e) => touches(e, account) && counts(e)),
        account,
      ),
  };
}

function whole(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

function entryOf(row: Row, bySeq: ReadonlyMap<number, RawEntry>): RawEntry {
  const at = Number(row["at"]);
  const hold = row["pending_seq"] === null ? undefined : bySeq.get(Number(row["pending_seq"]));
  const own = whole(row["effective_at"]) ?? at;
  return {
    seq: Number(row["seq"]),
    at,
    id: row["id"] ?? "",
    kind: Number(row["kind"]),
    status: Number(row["status"]),
    asset: whole(row["asset"]),
    debit: whole(row["debit"]),
    credit: whole(row["credit"]),
    amount: BigInt(row["amount"] ?? 0),
    bound: row["amount"] === null || row["amount"] === undefined ? "none" : BigInt(row["amount"]),
    hold,
    code: whole(row["code"]),
    chain: row["chain"] ?? null,
    reference: row["reference"] ?? null,
    effective: hold === undefined ? own : Math.max(own, hold.effective),
  };
}

function accountOf(row: Row): OracleAccount {
  return {
    account: Number(row["account"]),
    path: row["path"] ?? "",
    asset: row["code"] ?? "",
    side: row["side"] === "1" ? "debit" : "credit",
  };
}

function touches(entry: RawEntry, account: number): boolean {
  return entry.status === 0 && entry.kind !== 10 && [entry.debit, entry.credit].includes(account);
}

/** By kind: [pending, posted], of the entry's own amount and of its hold's. */
const MOVES: Readonly<Record<number, (own: bigint, held: bigint) => readonly [bigint, bigint]>> = {
  1: (own) => [0n, own],
  2: (own) => [own, 0n],
  3: (own, held) => [-held, own],
  4: (_own, held) => [-held, 0n],
  5: (_own, held) => [-held, 0n],
};

function fold(entries: readonly RawEntry[], account: number): OracleBalance {
  const zero = { debitsPending: 0n, debitsPosted: 0n, creditsPending: 0n, creditsPosted: 0n };
  const balance: OracleBalance = { seq: 0, ...zero, bound: 0n, closed: false };
  for (const entry of entries) {
    balance.seq = entry.seq;
    const [pending, posted] = MOVES[entry.kind]?.(entry.amount, entry.hold?.amount ?? 0n) ?? [
      0n,
      0n,
    ];
    if (entry.debit === account) {
      balance.debitsPending += pending;
      balance.debitsPosted += posted;
    } else {
      balance.creditsPending += pending;
      balance.creditsPosted += posted;
    }
    if (entry.kind === 6 || entry.kind === 7) balance.bound = entry.bound;
    if (entry.kind === 8) balance.closed = true;
    if (entry.kind === 9) balance.closed = false;
  }
  return balance;
}
