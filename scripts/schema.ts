import { globSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  describeSchema,
  migrate,
  migrationFolder,
  openDatabase,
  startEmbedded,
  type MigrationFolder,
} from "../src/postgres/index.ts";

export const SCHEMA_PATH = "docs/reference/schema.json";

/** The migrations of every room; the store's first, since the others use its functions. */
export function allMigrations(root: string): MigrationFolder[] {
  const first = (folder: string): number => (folder === "src/postgres/migrations" ? 0 : 1);
  return globSync("src/*/migrations", { cwd: root })
    .sort()
    .sort((one, other) => first(one) - first(other))
    .map((folder) =>
      migrationFolder(basename(dirname(folder)), pathToFileURL(`${join(root, folder)}/`)),
    );
}

/** What all migrations together make, as `longmen doctor` expects to find it: one line per thing. */
export async function renderSchema(root: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "longmen-schema-"));
  try {
    const server = await startEmbedded({ dir, settings: { fsync: "off" } });
    try {
      const database = await openDatabase({ url: server.url });
      await migrate(database, allMigrations(root));
      const manifest = await describeSchema(database);
      await database.close();
      return `${JSON.stringify(manifest, null, 2)}\n`;
    } finally {
      await server.stop();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
