/**
 * A table of hit policy `first`, ready to be asked for the rows that can hit. Columns in which every cell is empty
 * or a list of literals are *index columns*: what they let through is looked up by value, in the order of rows.
 */
import type { Row, TableNode } from "../jdm/graph.ts";
import { isObject } from "../jdm/json.ts";
import { type Cell, cellOf, literalOf, pathOf, type Scalar } from "./cell.ts";

/** A cell: anything fits; ours to judge; or the engine's. */
type AnyCell = Cell | "any" | "engine";

interface IndexColumn {
  readonly column: number;
  /** Rows by value, with those that take any value among them; all ascending. */
  readonly byValue: ReadonlyMap<Scalar, Int32Array>;
  /** Rows that take any value. */
  readonly any: Int32Array;
}

export interface OutputField {
  readonly path: readonly string[];
  readonly value: Scalar;
}

export interface TableIndex {
  readonly paths: readonly (readonly string[] | undefined)[];
  readonly cells: readonly (readonly AnyCell[])[];
  readonly indexed: readonly IndexColumn[];
  readonly rowCount: number;
  /** What a row answers, where that is known without the engine. */
  readonly outputs: readonly (readonly OutputField[] | undefined)[];
}

/** Value lists in all index columns together: past it a column is left to trying. */
const ENTRIES_MAX = 2_000_000;

export function indexTable(table: TableNode): TableIndex {
  const { inputs, rows } = table;
  const paths = inputs.map(({ field }) => (field === undefined ? undefined : pathOf(field.trim())));
  const known = new Map<string, AnyCell>();
  const cells = rows.map((row) =>
    inputs.map(({ id }, i): AnyCell => {
      const text = row[id] ?? "";
      if (text.trim() === "") return "any";
      if (paths[i] === undefined) return "engine";
      const cell = known.get(text) ?? cellOf(text) ?? "engine";
      known.set(text, cell);
      return cell;
    }),
  );
  const fields = outputPaths(table);
  return {
    paths,
    cells,
    rowCount: rows.length,
    indexed: inputs.flatMap((_, i) => indexColumn(cells, i) ?? []),
    outputs: rows.map((row) => (fields === undefined ? undefined : outputsOf(table, row, fields))),
  };
}

function indexColumn(cells: TableIndex["cells"], column: number): IndexColumn | undefined {
  const lists = new Map<Scalar, number[]>();
  const any: number[] = [];
  for (const [row, { [column]: cell = "engine" }] of cells.entries()) {
    if (cell === "any") any.push(row);
    else if (cell === "engine" || cell.equals === undefined) return undefined;
    else for (const value of cell.equals) push(lists, value, row);
  }
  if (lists.size === 0 || any.length * lists.size > ENTRIES_MAX) return undefined;
  const byValue = new Map([...lists].map(([value, rows]) => [value, merged(rows, any)]));
  return { column, byValue, any: Int32Array.from(any) };
}

function push(lists: Map<Scalar, number[]>, value: Scalar, row: number): void {
  const list = lists.get(value);
  if (list === undefined) lists.set(value, [row]);
  else list.push(row);
}

const merged = (rows: readonly number[], any: readonly number[]): Int32Array =>
  Int32Array.from([...rows, ...any]).sort();

/** Where outputs go; undefined where one lies inside another, or is no plain path. */
function outputPaths({ outputs }: TableNode): readonly (readonly string[])[] | undefined {
  const paths = outputs.map(({ field = "" }) => pathOf(field.trim()));
  const plain = paths.filter((path) => path !== undefined);
  if (plain.length < paths.length) return undefined;
  const texts = plain.map((path) => `${path.join(".")}.`);
  const clash = texts.some((one, i) => texts.some((other, k) => i !== k && other.startsWith(one)));
  return clash ? undefined : plain;
}

function outputsOf(
  { outputs }: TableNode,
  row: Row,
  paths: readonly (readonly string[])[],
): readonly OutputField[] | undefined {
  const fields: OutputField[] = [];
  for (const [i, { id }] of outputs.entries()) {
    const text = (row[id] ?? "").trim();
    const path = paths[i];
    if (text === "" || path === undefined) continue;
    const value = literalOf(text);
    if (value === undefined) return undefined;
    fields.push({ path, value });
  }
  return fields;
}

/** The values of the columns' fields, or undefined where one is no scalar: then the engine decides. */
export function valuesOf(
  { paths }: TableIndex,
  input: Readonly<Record<string, unknown>>,
): readonly Scalar[] | undefined {
  const values: Scalar[] = [];
  for (const path of paths) {
    const value = path === undefined ? null : valueAt(input, path);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function valueAt(
  input: Readonly<Record<string, unknown>>,
  path: readonly string[],
): Scalar | undefined {
  let at: unknown = input;
  for (const name of path) {
    if (at === null) return null;
    if (!isObject(at)) return undefined;
    at = Object.hasOwn(at, name) ? at[name] : null;
  }
  return typeof at === "object" && at !== null ? undefined : (at as Scalar);
}

export interface Found {
  /** Rows that may hit, in order, none of them certain but perhaps the last. */
  readonly rows: readonly number[];
  /** The last of them hits, whatever the engine says of those before it. */
  readonly endsCertainly: boolean;
}

/**
 * Which rows may hit, up to the first that certainly does. A row that only the engine can judge goes along; one
 * whose answer only the engine knows may fail, and then the next one is asked: it isn't certain either.
 */
export function findRows(table: TableIndex, values: readonly Scalar[]): Found {
  const candidates = candidatesOf(table, values);
  const count = candidates?.length ?? table.rowCount;
  const rows: number[] = [];
  for (let i = 0; i < count; i++) {
    const row = candidates?.[i] ?? i;
    const verdict = judge(table.cells[row] ?? [], values);
    if (verdict === "no") continue;
    rows.push(row);
    if (verdict === "yes" && table.outputs[row] !== undefined) return { rows, endsCertainly: true };
  }
  return { rows, endsCertainly: false };
}

/** By the index column that leaves fewest; undefined: all rows. */
function candidatesOf({ indexed }: TableIndex, values: readonly Scalar[]): Int32Array | undefined {
  let best: Int32Array | undefined;
  for (const { column, byValue, any } of indexed) {
    const rows = byValue.get(values[column] ?? null) ?? any;
    if (best === undefined || rows.length < best.length) best = rows;
  }
  return best;
}

function judge(cells: readonly AnyCell[], values: readonly Scalar[]): "yes" | "no" | "engine" {
  let verdict: "yes" | "engine" = "yes";
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] ?? "engine";
    if (cell === "any") continue;
    if (cell === "engine") verdict = "engine";
    else if (!cell.test(values[i] ?? null)) return "no";
  }
  return verdict;
}

/** What the row answers. A null at the top isn't there, as with the engine. */
export function outputOf(fields: readonly OutputField[]): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  for (const { path, value } of fields) {
    if (path.length === 1 && value === null) continue;
    let at = output;
    for (const name of path.slice(0, -1)) {
      const inner = (Object.hasOwn(at, name) ? at[name] : {}) as Record<string, unknown>;
      at[name] = inner;
      at = inner;
    }
    at[path.at(-1) ?? ""] = value;
  }
  return output;
}
