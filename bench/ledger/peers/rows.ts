/** The rows that peers write: the same columns with the same values as ours, by our own encoder. */
import type { Client } from "pg";
import { newId } from "../../../src/base/index.ts";
import { arrayOf, binaryOf, copyRows, sendCopy } from "../../../src/postgres/index.ts";
import type { Movement } from "../workload.ts";

const BOOK = 1;
const ASSET = 1n;
const KIND_TRANSFER = 1;
const STATUS_CREATED = 0;

/** In the order of the parameters; those that are null in all of these rows are sent as one null. */
const COLUMNS = {
  seq: "int8",
  id: "text",
  kind: "int2",
  status: "int2",
  asset: "int8",
  debit: "int8",
  credit: "int8",
  amount: "int8",
  code: "int4",
  requested: "int8",
  balancing: "int2",
  pending_seq: "int8",
  timeout_ms: "int8",
  expires_at: "timestamptz",
  chain: "text",
  chain_index: "int2",
  chain_length: "int2",
  reference: "text",
  metadata: "json",
  effective_at: "timestamptz",
  by_key: "text",
  request: "text",
  rule: "text",
  named: "text",
} as const;
const FILLED = 9;

const INSERT_ENTRIES = `insert into ledger_entry (book_id, at, ${Object.keys(COLUMNS).join(", ")})
  select ${BOOK}, clock_timestamp(), row.*
  from unnest(${Object.values(COLUMNS)
    .map((type, at) => (at < FILLED ? `$${at + 1}::${type}[]` : `null::${type}[]`))
    .join(", ")}) as row`;

const INSERT_BALANCES = `insert into ledger_balance
  (book_id, closed, account, seq, first_seq, debits_pending, debits_posted, credits_pending,
    credits_posted, bound)
  select ${BOOK}, false, row.*
  from unnest($10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::int8[],
    $16::int8[], $17::int8[]) as row`;

export interface Batch {
  readonly firstSeq: number;
  readonly movements: readonly Movement[];
  /** Accounts whose new balance is written beside the entries. */
  readonly balances?: readonly bigint[] | undefined;
}

/** Inserts a batch in one round trip and one commit; answers how many rows PostgreSQL says it wrote. */
export async function insertBatch(client: Client, schema: string, batch: Batch): Promise<number> {
  const insert = batch.balances === undefined ? INSERT_ENTRIES : withBalances();
  const result = await client.query({
    name: `${schema}${batch.balances === undefined ? "" : "+balances"}`,
    text: insert.replaceAll("ledger_", `${schema}.ledger_`),
    values: [...entryArrays(batch), ...balanceArrays(batch)],
  });
  return result.rowCount ?? 0;
}

/** The entries alone, by binary copy as our own lane sends them; answers how many rows were written. */
export async function copyEntries(client: Client, schema: string, batch: Batch): Promise<number> {
  const filled = Object.keys(COLUMNS).slice(0, FILLED);
  const arrays = entryArrays(batch).map((each, at) => [filled[at] ?? "", { each }] as const);
  const rows = copyRows(batch.movements.length, {
    book_id: { all: binaryOf.int4(BOOK) },
    at: { all: binaryOf.timestamptz(Date.now()) },
    ...Object.fromEntries(arrays),
  });
  const into = `${schema}.ledger_entry (${rows.columns.join(", ")})`;
  const sent = await sendCopy(client, `copy ${into} from stdin (format binary)`, rows.bytes);
  return sent.rowCount ?? 0;
}

function withBalances(): string {
  return `with balances as (${INSERT_BALANCES}) ${INSERT_ENTRIES}`;
}

function entryArrays({ firstSeq, movements }: Batch): Buffer[] {
  const same = <T>(value: T): T[] => movements.map(() => value);
  return [
    arrayOf.int8(movements.map((_, at) => BigInt(firstSeq + at))),
    arrayOf.text(movements.map((movement) => movement.id ?? newId())),
    arrayOf.int2(same(KIND_TRANSFER)),
    arrayOf.int2(same(STATUS_CREATED)),
    arrayOf.int8(same(ASSET)),
    arrayOf.int8(movements.map(({ debit }) => BigInt(debit))),
    arrayOf.int8(movements.map(({ credit }) => BigInt(credit))),
    arrayOf.int8(movements.map(({ amount }) => amount)),
    arrayOf.int4(movements.map(({ code }) => code)),
  ];
}

function balanceArrays({ firstSeq, movements, balances }: Batch): Buffer[] {
  if (balances === undefined) return [];
  const last = BigInt(firstSeq + movements.length - 1);
  const same = (value: bigint) => arrayOf.int8(balances.map(() => value));
  return [
    arrayOf.int8(balances),
    same(last),
    same(BigInt(firstSeq)),
    same(0n),
    same(last),
    same(0n),
    same(last),
    same(0n),
  ];
}
