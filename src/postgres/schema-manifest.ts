import { createHash } from "node:crypto";
import type { Executor } from "./executor.ts";
import {
  schemaColumns,
  schemaConstraints,
  schemaFunctions,
  schemaIndexes,
  schemaRelations,
  schemaTriggers,
  schemaTypes,
} from "./schema.sql.ts";

/**
 * A schema as a flat list: `column ledger_account.balance` is `int8 not null default 0`. Sorted, and
 * without the schema's own name, so that two of them compare line by line.
 */
export type SchemaManifest = Readonly<Record<string, string>>;

/** One difference between two manifests; undefined where the line is not there at all. */
export interface Drift {
  readonly line: string;
  readonly wanted: string | undefined;
  readonly found: string | undefined;
}

const parts = [
  schemaRelations,
  schemaTypes,
  schemaColumns,
  schemaConstraints,
  schemaIndexes,
  schemaTriggers,
];

/** A body as a short hash: its text would drown everything else. Layout does not count. */
function hashOf(body: string): string {
  const words = body.replaceAll(/\s+/g, " ").trim();
  return createHash("sha256").update(words).digest("hex").slice(0, 16);
}

/** Reads what is in the database's schema. Absent by choice: owners, rights, a view's text. */
export async function describeSchema(executor: Executor): Promise<SchemaManifest> {
  const { schema } = executor;
  // A function that looks its tables up by the schema's name has it in its settings, too.
  const ownPath = new RegExp(String.raw`search_path="?${schema}"?`, "g");
  const plain = (text: string): string =>
    text.replaceAll(`${schema}.`, "").replaceAll(ownPath, "search_path=its own");
  const lines: [string, string][] = [];
  for (const part of parts) {
    for (const { line, value } of await executor.run(part, { schema })) {
      lines.push([plain(line), plain(value)]);
    }
  }
  for (const { line, value, body } of await executor.run(schemaFunctions, { schema })) {
    lines.push([plain(line), `${plain(value)} body ${hashOf(plain(body))}`]);
  }
  return Object.fromEntries(lines.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** What differs, in the order of the lines. Empty when the schema is as it should be. */
export function compareSchemas(wanted: SchemaManifest, found: SchemaManifest): Drift[] {
  const lines = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...lines]
    .sort()
    .filter((line) => wanted[line] !== found[line])
    .map((line) => ({ line, wanted: wanted[line], found: found[line] }));
}
