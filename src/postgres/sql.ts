import { createHash } from "node:crypto";
import { assert, fail } from "../base/index.ts";
import type { Column, Encoded, Param } from "./columns.ts";
import { postgresErrors } from "./postgres.errors.ts";

/**
 * Statements as values. A statement has a name, declared parameters and declared result columns;
 * from the declarations come its TypeScript types, and a test prepares every statement on the
 * migrated schema and compares them with what PostgreSQL says. Values are always parameters;
 * tables and functions are always written with their schema, so no session setting is relied on.
 */

type Params = Readonly<Record<string, Param<never>>>;
type Columns = Readonly<Record<string, Column<unknown>>>;

export type ParamValues<P extends Params> = {
  readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never;
};
export type RowOf<C extends Columns> = {
  -readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never;
};

/** A cell as the driver delivers it. */
export type Cell = string | null;

/** A statement for one schema: `name` is what it is prepared under. */
export interface Compiled {
  readonly name: string;
  readonly text: string;
}

export interface Statement<Values, Row> {
  readonly name: string;
  readonly params: Params;
  readonly columns: Columns;
  readonly compile: (schema: string) => Compiled;
  readonly encode: (values: Values) => Encoded[];
  readonly decode: (rows: readonly (readonly Cell[])[]) => Row[];
}

/** The rows a statement answers. */
export type RowIn<S> = S extends Statement<never, infer Row> ? Row : never;

/** A table, view, type or function of Longmen's own schema, written with it. */
export interface Identifier {
  readonly identifier: string;
}

/** A piece of SQL that several statements share. It has no parameters of its own. */
export interface Part {
  readonly pieces: readonly Piece[];
}

type Piece = string | Identifier | { readonly param: number; readonly type: string };

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
const STATEMENT_NAME = /^[a-z][a-z0-9]*\.[a-zA-Z][a-zA-Z0-9]*$/;
// PostgreSQL cuts names at 63 bytes; nine are the hash.
const STATEMENT_NAME_MAX = 54;
const SCHEMA_NAME = /^(?!pg_)[a-z][a-z0-9_]{0,47}$/;

function identifier(name: string): Identifier {
  assert(IDENTIFIER.test(name), `${name} is not a plain identifier`);
  return { identifier: name };
}

/** A table or view of Longmen's schema. */
export const table = identifier;
/** A function of Longmen's schema. */
export const fn = identifier;

/** Refuses: postgres.schema_name_malformed. Answers the name, which then needs no quotes. */
export function checkSchemaName(schema: string): string {
  if (!SCHEMA_NAME.test(schema) || schema === "public") {
    throw fail(postgresErrors, "schema_name_malformed", { schema });
  }
  return schema;
}

function isPart(value: object): value is Part {
  return "pieces" in value;
}

function constant(value: number): string {
  assert(Number.isSafeInteger(value), `${value} is not an integer; pass it as a parameter`);
  return value < 0 ? `(${value})` : value.toString();
}

function pieceOf(value: Identifier | Part | number): readonly Piece[] {
  if (typeof value === "number") return [constant(value)];
  return isPart(value) ? value.pieces : [value];
}

function part(
  strings: TemplateStringsArray,
  ...values: readonly (Identifier | Part | number)[]
): Part {
  return { pieces: strings.flatMap((s, i) => (i === 0 ? [s] : [...valueAt(values, i), s])) };
}

function valueAt(values: readonly (Identifier | Part | number)[], i: number): readonly Piece[] {
  const value = values[i - 1];
  assert(value !== undefined, "a template has one value between two strings");
  return pieceOf(value);
}

function write(pieces: readonly Piece[], schema: string): string {
  return pieces
    .map((piece) => {
      if (typeof piece === "string") return piece;
      if ("identifier" in piece) return `"${schema}".${piece.identifier}`;
      return `$${piece.param}::${piece.type}`;
    })
    .join("");
}

function compiler(name: string, pieces: readonly Piece[]): (schema: string) => Compiled {
  const bySchema = new Map<string, Compiled>();
  return (schema) => {
    const known = bySchema.get(schema);
    if (known !== undefined) return known;
    const text = `/* ${name} */ ${write(pieces, checkSchemaName(schema)).trim()}`;
    // The hash tells schemas apart, and versions of Longmen that share a pool.
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
    const compiled = { name: `${name}:${hash}`, text };
    bySchema.set(schema, compiled);
    return compiled;
  };
}

function encoder(name: string, params: Params): (values: Record<string, never>) => Encoded[] {
  const list = Object.entries(params);
  return (values) =>
    list.map(([key, declared]) => {
      const value: unknown = values[key];
      assert(value !== undefined, `${name} needs a value for ${key}`);
      return declared.encode(value as never);
    });
}

function decoder(name: string, columns: Columns) {
  const list = Object.entries(columns);
  return (rows: readonly (readonly Cell[])[]): Record<string, unknown>[] =>
    rows.map((cells) => {
      assert(cells.length === list.length, `${name} declares ${list.length} columns`);
      const row: Record<string, unknown> = {};
      for (let i = 0; i < list.length; i++) {
        const [key, declared] = list[i] as (typeof list)[number];
        const cell = cells[i] ?? null;
        assert(cell !== null || declared.nullable, `${name}: ${key} is null`);
        row[key] = cell === null ? null : declared.parse(cell);
      }
      return row;
    });
}

function piecesOf<P extends Params>(
  name: string,
  params: P,
  strings: TemplateStringsArray,
  values: readonly ((keyof P & string) | Identifier | Part | number)[],
): Piece[] {
  const order = Object.keys(params);
  const used = new Set<string>();
  const pieces = strings.flatMap((text, i): readonly Piece[] => {
    if (i === 0) return [text];
    const value = values[i - 1];
    assert(value !== undefined, "a template has one value between two strings");
    if (typeof value !== "string") return [...pieceOf(value), text];
    const declared = params[value];
    assert(declared !== undefined, `${name} uses ${value}, which is no parameter`);
    used.add(value);
    return [{ param: order.indexOf(value) + 1, type: declared.type }, text];
  });
  assert(used.size === order.length, `${name} declares a parameter that it does not use`);
  return pieces;
}

/**
 * Declares a statement: `sql.named("order.expired", { params, columns })` and its text, in which
 * `${"limit"}` is the parameter of that name (with its cast), `${table("order_record")}` a table
 * with its schema, `${BATCH_MAX}` an integer constant, and a `sql.part` a shared piece. Columns are
 * declared in the order in which the statement returns them.
 */
function named<P extends Params = {}, C extends Columns = {}>(
  name: string,
  declared: { readonly params?: P; readonly columns?: C },
) {
  assert(STATEMENT_NAME.test(name), `${name} is not room.verb`);
  assert(name.length <= STATEMENT_NAME_MAX, `${name} is too long for a prepared statement`);
  const params = declared.params ?? ({} as P);
  const columns = declared.columns ?? ({} as C);
  return (
    strings: TemplateStringsArray,
    ...values: readonly ((keyof P & string) | Identifier | Part | number)[]
  ): Statement<ParamValues<P>, RowOf<C>> => ({
    name,
    params,
    columns,
    compile: compiler(name, piecesOf(name, params, strings, values)),
    encode: encoder(name, params) as (values: ParamValues<P>) => Encoded[],
    decode: decoder(name, columns) as (rows: readonly (readonly Cell[])[]) => RowOf<C>[],
  });
}

export const sql = { named, part };

const cellParser = (): ((cell: string) => string) => keepCell;
const keepCell = (cell: string): string => cell;
const cellTypes = { getTypeParser: cellParser };

/** What the driver is given: a named prepared statement with encoded parameters. */
export interface BoundStatement {
  readonly name: string;
  readonly text: string;
  readonly values: Encoded[];
  readonly rowMode: "array";
  readonly types: typeof cellTypes;
}

/** A statement with its values, ready for `client.query`; decode the rows with `statement.decode`. */
export function bindStatement<Values, Row>(
  statement: Statement<Values, Row>,
  schema: string,
  values: Values,
): BoundStatement {
  const { name, text } = statement.compile(schema);
  return { name, text, values: statement.encode(values), rowMode: "array", types: cellTypes };
}
