/**
 * The worked examples of docs/concepts are tables that run. "Accounts:" opens what it names on a new
 * book; each row is a request, the answer it gets, and balances after it. One line of grammar each:
 *
 *   id: debit → credit amount [balancing debit|credit|both]      id: hold debit → credit amount [for N s]
 *   id: post|void hold [amount]      id: bound account amount|none      id: close|reopen account
 *   id: [ request; request; … ]      wait N s
 */
import type { Balancing, Bound, Request, Side } from "../../src/ledger/index.ts";

export interface WorkedRow {
  readonly line: number;
  readonly request: string;
  readonly answer: string;
  /** Column heading ("wallet", "wallet held") to what it must say; empty cells are left out. */
  readonly balances: ReadonlyMap<string, string>;
}

export interface WorkedTable {
  readonly heading: string;
  readonly accounts: readonly AccountLine[];
  readonly rows: readonly WorkedRow[];
}

export interface AccountLine {
  readonly path: string;
  readonly side: Side;
  readonly bound: Bound;
}

/** Every table of the page whose first column is called "request". */
export function workedTables(page: string): readonly WorkedTable[] {
  const tables: WorkedTable[] = [];
  let heading = "";
  let accounts: readonly AccountLine[] = [];
  let columns: readonly string[] | undefined;
  let rows: WorkedRow[] = [];
  page.split("\n").forEach((text, index) => {
    if (text.startsWith("## ")) heading = text.slice(3);
    if (text.startsWith("Accounts: ")) accounts = accountsIn(text);
    const cells = cellsOf(text);
    if (cells === undefined) columns = undefined;
    else if (cells[0] === "request") {
      columns = cells;
      rows = [];
      tables.push({ heading, accounts, rows });
    } else if (columns !== undefined && !/^-+$/.test(cells[0] ?? "")) {
      rows.push(rowOf(index + 1, columns, cells));
    }
  });
  return tables;
}

/** "Accounts: `bank` debit none, `wallet` credit 0." */
function accountsIn(text: string): readonly AccountLine[] {
  return [...text.matchAll(/`([^`]+)` (debit|credit) (none|\d+)/g)].map(
    ([, path, side, bound]) => ({
      path: path ?? "",
      side: side as Side,
      bound: boundOf(bound),
    }),
  );
}

function boundOf(text: string | undefined): Bound {
  return text === "none" ? "none" : BigInt(text ?? "0");
}

function cellsOf(line: string): readonly string[] | undefined {
  if (!line.startsWith("|")) return undefined;
  const cells = line.split("|").slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll("`", ""));
}

function rowOf(line: number, columns: readonly string[], cells: readonly string[]): WorkedRow {
  const [request = "", answer = "", ...rest] = cells;
  const named = rest.map((cell, place): [string, string] => [columns[place + 2] ?? "", cell]);
  return { line, request, answer, balances: new Map(named.filter(([, cell]) => cell !== "")) };
}

export type Step =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "chain"; readonly id: string; readonly requests: readonly Request[] }
  | { readonly kind: "request"; readonly request: Request };

export function readStep(text: string, asset: string): Step {
  const waited = /^wait (\d+) s$/.exec(text)?.[1];
  if (waited !== undefined) return { kind: "wait", ms: Number(waited) * 1_000 };
  const [, id = "", members] = /^(\S+): \[ (.+) \]$/.exec(text) ?? [];
  if (members === undefined) return { kind: "request", request: readRequest(text, asset) };
  return { kind: "chain", id, requests: members.split("; ").map((one) => readRequest(one, asset)) };
}

function readRequest(text: string, asset: string): Request {
  const [, id = "", words = ""] = /^(\S+): (.+)$/.exec(text) ?? [];
  const request =
    readMovement(id, words, asset) ?? readResolution(id, words) ?? readEvent(id, words, asset);
  if (request === undefined) throw new Error(`not a request: ${text}`);
  return request;
}

const movement =
  /^(hold )?(\S+) → (\S+) (\d+)(?: balancing (debit|credit|both))?(?: for (\d+) s)?$/;

function readMovement(id: string, words: string, asset: string): Request | undefined {
  const found = movement.exec(words);
  if (found === null) return undefined;
  const [, hold, debit = "", credit = "", amount = "", balancing, seconds] = found;
  const moved = {
    id,
    asset,
    debit,
    credit,
    amount: BigInt(amount),
    balancing: balancing as Balancing | undefined,
  };
  if (hold === undefined) return moved;
  const timeoutMs = seconds === undefined ? undefined : Number(seconds) * 1_000;
  return { ...moved, kind: "pending", timeoutMs };
}

function readResolution(id: string, words: string): Request | undefined {
  const found = /^(post|void) (\S+)(?: (\d+))?$/.exec(words);
  if (found === null) return undefined;
  const [, kind, pendingId = "", amount] = found;
  return {
    kind: kind === "post" ? "post" : "void",
    id,
    pendingId,
    amount: amount === undefined ? undefined : BigInt(amount),
  };
}

function readEvent(id: string, words: string, asset: string): Request | undefined {
  const found = /^(bound|close|reopen) (\S+)(?: (none|\d+))?$/.exec(words);
  if (found === null) return undefined;
  const [, kind, path = "", bound] = found;
  if (kind === "bound") return { kind, id, path, asset, bound: boundOf(bound) };
  return { kind: kind === "close" ? "close" : "reopen", id, path, asset };
}
