/** The rows of ledger_account and ledger_asset against the entries that opened and defined them. */
import { entryKinds, STATUS_CREATED } from "./entry.ts";
import type { Reader } from "./reader.ts";
import type { Findings } from "./verify-finding.ts";
import type { JournalRow } from "./verify-journal.ts";
import { accountsOpened, assetsDefined } from "./verify.sql.ts";

/** By their number in the defining entry. */
const POLICIES = ["", "forever", "window"];

/** Checks all rows after one seq and up to another; returns how many accounts were opened. */
export async function checkOpenings(
  database: Reader,
  bookId: number,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  rows: readonly JournalRow[],
  findings: Findings,
): Promise<number> {
  const window = { book: bookId, after: BigInt(after), upTo: BigInt(upTo) };
  const accounts = await database.run(accountsOpened, window);
  const assets = await database.run(assetsDefined, window);
  const opened = rowsOf(rows, entryKinds.open);
  const defined = rowsOf(rows, entryKinds.asset);
  for (const account of accounts) {
    const row = opened.get(Number(account.account));
    opened.delete(Number(account.account));
    const wrong = row === undefined ? "no entry has opened it" : accountProblem(row, account);
    if (wrong !== undefined) {
      report(findings, Number(account.account), row, `account ${account.path}: ${wrong}`);
    }
  }
  for (const asset of assets) {
    const row = defined.get(Number(asset.asset));
    defined.delete(Number(asset.asset));
    const wrong = row === undefined ? "no entry has defined it" : assetProblem(row, asset);
    if (wrong !== undefined)
      report(findings, Number(asset.asset), row, `asset ${asset.code}: ${wrong}`);
  }
  for (const row of opened.values()) report(findings, row.seq, row, "its account is not there");
  for (const row of defined.values()) report(findings, row.seq, row, "its asset is not there");
  return accounts.length;
}

function rowsOf(rows: readonly JournalRow[], kind: number): Map<number, JournalRow> {
  const created = rows.filter((row) => row.kind === kind && row.status === STATUS_CREATED);
  return new Map(created.map((row) => [row.seq, row]));
}

function report(
  findings: Findings,
  seq: number,
  row: JournalRow | undefined,
  message: string,
): void {
  findings.add({ invariant: "I8", message, seq, id: row?.id() });
}

interface AccountRow {
  readonly path: string;
  readonly asset: bigint;
  readonly side: number;
  readonly openingBound: bigint | null;
  readonly assetDefined: boolean;
  readonly openedThen: boolean;
}

function accountProblem(row: JournalRow, account: AccountRow): string | undefined {
  if (account.path !== row.named()) return `it was opened as ${row.named()}`;
  if (Number(account.asset) !== row.asset) return "it was opened for another asset";
  if (!account.assetDefined) return "its asset was not defined";
  if (account.side !== row.balancing) return "it was opened on the other side";
  if ((account.openingBound ?? undefined) !== row.amount) return "it was opened with another bound";
  return account.openedThen ? undefined : "it was opened at another time";
}

interface AssetRow {
  readonly code: string;
  readonly refusals: string;
  readonly definedThen: boolean;
}

function assetProblem(row: JournalRow, asset: AssetRow): string | undefined {
  if (asset.code !== row.named()) return `it was defined as ${row.named()}`;
  if (asset.refusals !== POLICIES[row.balancing ?? 0]) return "it was defined with another policy";
  return asset.definedThen ? undefined : "it was defined at another time";
}
