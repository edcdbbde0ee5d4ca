/**
 * Tables of cases as text, one step a line, so that hundreds of them can be read and compared:
 *
 *     transfer t1 CNY/2 bank user/1 100             -> created
 *     transfer t1 CNY/2 bank user/1 101             -> id_exists_with_different_amount
 *     chain c1                                      -> 1 debit_account_missing
 *       transfer a CNY/2 bank user/1 100
 *       transfer b CNY/2 nobody user/1 100
 *     sums CNY/2 user/1 0 0 0 100
 *
 * Codes are written without "ledger.", options as field=value behind the fixed columns, comments
 * behind #. `_` leaves a field out, `max` is 2^63 - 1 (`max+1`, `max-5`), `js:TEXT` is JSON as it
 * stands, `a*65` is a 65 times, `·` a space.
 */
import type { Chain, RefusalCode, Request } from "../../src/ledger/index.ts";

/** What a line expects: done (and how much was moved), there already, or refused. */
export interface Expected {
  readonly status: "created" | "exists" | "refused";
  readonly code?: RefusalCode;
  /** Of id_already_failed: what was refused at first. */
  readonly original?: RefusalCode;
  readonly amount?: bigint;
  /** Of a refused chain: the first member that could not be. */
  readonly index?: number;
}

export type Step = { readonly line: number; readonly text: string } & (
  | { readonly do: "submit"; readonly posting: Request | Chain; readonly expected: Expected }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "sums"; readonly asset: string; readonly path: string; readonly sums: Sums }
);

/** Debits pending, debits posted, credits pending, credits posted. */
export type Sums = readonly [bigint, bigint, bigint, bigint];

const COLUMNS: Record<string, readonly string[]> = {
  transfer: ["id", "asset", "debit", "credit", "amount"],
  pending: ["id", "asset", "debit", "credit", "amount"],
  post: ["id", "pendingId"],
  void: ["id", "pendingId"],
  open: ["asset", "path", "side"],
  bound: ["id", "asset", "path", "bound"],
  close: ["id", "asset", "path"],
  reopen: ["id", "asset", "path"],
  asset: ["asset"],
};
const WHOLE_FIELDS = new Set(["timeoutMs", "code", "effectiveAt"]);
const AMOUNT_FIELDS = new Set(["amount", "bound"]);
const INT8_MAX = 2n ** 63n - 1n;

/** Reads a table. Throws with the line at fault: a table that can't be read tests nothing. */
export function parseTable(text: string): Step[] {
  const steps: Step[] = [];
  let chain: { readonly requests: Request[] } | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = index + 1;
    const bare = raw.replace(/(^|\s)#.*$/, "").trimEnd();
    if (bare.trim() === "") continue;
    try {
      if (bare.startsWith("  ")) {
        if (chain === undefined) throw new Error("a member stands outside of a chain");
        chain.requests.push(parseRequest(tokensOf(bare)));
        continue;
      }
      const step = parseStep(bare, line);
      chain = step.do === "submit" && "requests" in step.posting ? asOpen(step.posting) : undefined;
      steps.push(step);
    } catch (error) {
      throw new Error(`line ${line}: ${bare.trim()}`, { cause: error });
    }
  }
  return steps;
}

/** The members of a chain follow on their own lines. */
function asOpen(chain: Chain): { readonly requests: Request[] } {
  return chain as Chain & { readonly requests: Request[] };
}

function parseStep(bare: string, line: number): Step {
  const [left = "", right, ...more] = bare.split(/\s+->\s+/);
  if (more.length > 0) throw new Error("two arrows");
  const tokens = tokensOf(left);
  const [word = "", ...rest] = tokens;
  const at = { line, text: bare.trim() };
  if (right === undefined) {
    if (word === "wait") return { ...at, do: "wait", ms: Number(rest[0]) };
    if (word !== "sums") throw new Error("nothing is expected of this line");
    const [asset = "", path = "", ...numbers] = rest;
    if (numbers.length !== 4) throw new Error("four sums are wanted");
    return { ...at, do: "sums", asset, path, sums: numbers.map(parseAmount) as unknown as Sums };
  }
  const expected = parseExpected(right.trim(), word === "chain");
  if (word !== "chain") return { ...at, do: "submit", posting: parseRequest(tokens), expected };
  const repeated = rest.slice(1).map((option) => /^repeat=(\d+)$/.exec(option)?.[1] ?? "0");
  const requests = repeated.flatMap((count) => manyRequests(Number(count)));
  const posting = { chain: valueOf("chain", rest[0] ?? "") as string, requests };
  return { ...at, do: "submit", posting, expected };
}

/** So many small transfers, for a chain that is too long to be written out. */
function manyRequests(count: number): Request[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `many-${index}`,
    asset: "CNY/2",
    debit: "bank",
    credit: "user/1",
    amount: 1n,
  }));
}

function parseRequest(tokens: readonly string[]): Request {
  const [kind = "", ...rest] = tokens;
  const known = COLUMNS[kind];
  // `kind=…` as an option plays a kind that no column layout knows.
  const columns = known ?? COLUMNS["transfer"] ?? [];
  const fields: Record<string, unknown> = kind === "transfer" ? {} : { kind };
  for (const [index, token] of rest.entries()) {
    const column = columns[index];
    const option = column === undefined ? /^(\w+)=(.*)$/s.exec(token) : null;
    if (column === undefined && option === null) throw new Error(`what is "${token}"?`);
    const name = column ?? option?.[1] ?? "";
    const value = valueOf(name, option?.[2] ?? token);
    if (value !== undefined) fields[name] = value;
  }
  if (rest.length < columns.length) throw new Error(`${kind} takes ${columns.join(", ")}`);
  // The tables are there to send what the types forbid, too.
  return fields as unknown as Request;
}

function valueOf(field: string, token: string): unknown {
  if (token === "_") return undefined;
  if (token === "js:nan") return Number.NaN;
  if (token.startsWith("js:")) return JSON.parse(token.slice(3));
  if (AMOUNT_FIELDS.has(field) && isAmount(token)) return parseAmount(token);
  if (WHOLE_FIELDS.has(field)) return Number(token);
  return token.replace(/(.)\*(\d+)/u, (_, letter: string, count) => letter.repeat(Number(count)));
}

function isAmount(token: string): boolean {
  return /^(-?\d+|max([+-]\d+)?)$/.test(token);
}

function parseAmount(token: string): bigint {
  if (!isAmount(token)) throw new Error(`"${token}" is no amount`);
  if (!token.startsWith("max")) return BigInt(token);
  return INT8_MAX + BigInt(token.slice(3) === "" ? 0 : token.slice(3));
}

function parseExpected(text: string, isChain: boolean): Expected {
  const [first = "", second, ...more] = text.split(/\s+/);
  if (more.length > 0) throw new Error("too much is expected");
  if (first === "created" || first === "exists") {
    return { status: first, ...(second !== undefined && { amount: parseAmount(second) }) };
  }
  const [index, name] = isChain ? [Number(first), second ?? ""] : [undefined, first];
  const [, code, original] = /^(\w+)(?:\((\w+)\))?$/.exec(name) ?? [];
  if (code === undefined || (!isChain && second !== undefined) || Number.isNaN(index)) {
    throw new Error(`"${text}" is no outcome`);
  }
  return {
    status: "refused",
    code: `ledger.${code}` as RefusalCode,
    ...(original !== undefined && { original: `ledger.${original}` as RefusalCode }),
    ...(index !== undefined && { index }),
  };
}

/** Splits at spaces; a middle dot stands for a space inside of a token. */
function tokensOf(text: string): string[] {
  return text
    .trim()
    .split(/\s+/)
    .map((token) => token.replaceAll("·", " "));
}
