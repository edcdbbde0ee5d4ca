/** What a schema is, as far as a copy of it must know: tables in order, sequences, migrations. */
import { assert } from "../../base/index.ts";
import type { Executor } from "../executor.ts";
import type { Applied } from "../migrate.ts";
import type { SchemaManifest } from "../schema-manifest.ts";
import { copiedColumns, partitionsOf, references, sequencePositions } from "./shape.sql.ts";

export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
  /** Partitioned tables are read through a query. */
  readonly partitioned: boolean;
  /** What it is made of: their rows are read and written through it. Migrations may make none of them. */
  readonly partitions?: readonly PartitionShape[] | undefined;
}

export interface PartitionShape {
  readonly name: string;
  /** What it holds: for values from ('1') to ('2'). */
  readonly bound: string;
}

/** Bounds go into statements as they are: a range of numbers, of instants or of ids, and nothing else. */
const END = String.raw`(?:'[\da-z :.+-]{1,40}'|minvalue|maxvalue)`;
const BOUND = new RegExp(
  String.raw`^for values from \(${END}(?:, ${END})*\) to \(${END}(?:, ${END})*\)$`,
  "i",
);
export const isBound = (text: string): boolean => BOUND.test(text);

/** One migration as a copy knows it: what it was called, and the hash of its text. */
export type MigrationShape = Pick<Applied, "room" | "number" | "name" | "sha256">;

export interface SchemaShape {
  readonly schema: string;
  /** As `server_version_num`. */
  readonly serverVersion: number;
  readonly migrations: readonly MigrationShape[];
  /** A table that others refer to comes before them. What migrating fills is not among them. */
  readonly tables: readonly TableShape[];
  readonly sequences: readonly { readonly name: string; readonly value: bigint }[];
}

/** Made by migrating, not by copying. */
const MIGRATED = ["schema_migration", "schema_floor"];

/** All tables with their columns, those that others refer to first. */
export async function tablesOf(executor: Executor): Promise<readonly TableShape[]> {
  const { schema } = executor;
  const tables = new Map<
    string,
    TableShape & { columns: string[]; partitions: PartitionShape[] }
  >();
  for (const { table, kind, column } of await executor.run(copiedColumns, { schema })) {
    if (MIGRATED.includes(table)) continue;
    const partitioned = kind === "p";
    const known = tables.get(table) ?? { name: table, columns: [], partitioned, partitions: [] };
    known.columns.push(column);
    tables.set(table, known);
  }
  for (const { table, name, bound } of await executor.run(partitionsOf, { schema })) {
    tables.get(table)?.partitions.push({ name, bound });
  }
  const edges = await executor.run(references, { schema });
  return inOrder([...tables.values()], edges);
}

/** Stable: tables that don't need each other stay in the order of their names. */
export function inOrder<T extends { readonly name: string }>(
  tables: readonly T[],
  edges: readonly { readonly from: string; readonly to: string }[],
): readonly T[] {
  const placed: T[] = [];
  let waiting = [...tables];
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const next = waiting.filter(
      ({ name }) => !edges.some(({ from, to }) => from === name && names.has(to)),
    );
    assert(next.length > 0, `tables refer to each other in a circle: ${[...names].join(", ")}`);
    placed.push(...next);
    waiting = waiting.filter((table) => !next.includes(table));
  }
  return placed;
}

export async function sequencesOf(executor: Executor): Promise<SchemaShape["sequences"]> {
  const { schema } = executor;
  const found = await executor.run(sequencePositions, { schema });
  return found.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]));
}

interface Kept {
  readonly tables: readonly TableShape[];
  readonly sequences: SchemaShape["sequences"];
  /** As lines of the manifest. */
  readonly leftOut: readonly string[];
}

/** Without what somebody else put into the schema: no migration would make a place for it again. */
export function onlyKnown(
  { tables, sequences }: Omit<Kept, "leftOut">,
  known: SchemaManifest,
): Kept {
  const leftOut: string[] = [];
  const isKnown = (line: string) => {
    const has = Object.hasOwn(known, line);
    if (!has) leftOut.push(line);
    return has;
  };
  const kept = tables.flatMap((table) => {
    if (!isKnown(`table ${table.name}`)) return [];
    const columns = table.columns.filter((column) => isKnown(`column ${table.name}.${column}`));
    return [{ ...table, columns }];
  });
  return {
    tables: kept,
    sequences: sequences.filter(({ name }) => isKnown(`sequence ${name}`)),
    leftOut,
  };
}

/** Both have the same tables with the same columns; else the first that is not in both. */
export function firstDifference(
  wanted: readonly TableShape[],
  found: readonly TableShape[],
): string | undefined {
  const lines = (tables: readonly TableShape[]) =>
    tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column}`));
  const [one, other] = [lines(wanted), lines(found)];
  return one.find((line) => !other.includes(line)) ?? other.find((line) => !one.includes(line));
}
