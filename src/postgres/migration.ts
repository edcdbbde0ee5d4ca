import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { assert } from "../base/index.ts";

/** One step of a room's tables, from `src/<room>/migrations/0001-what-it-does.sql`. */
export interface Migration {
  readonly room: string;
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
  /** The first line is `-- breaking`: versions that do not know it must not run on the database. */
  readonly breaking: boolean;
}

/** Where a room keeps its migrations. A value: nothing is read before `migrate` asks. */
export interface MigrationFolder {
  readonly room: string;
  readonly folder: URL;
}

const FILE = /^(\d{4})-([a-z0-9]+(?:-[a-z0-9]+)*)\.sql$/;

/** Declares a room's migrations: `migrationFolder("ledger", new URL("./migrations/", import.meta.url))`. */
export function migrationFolder(room: string, folder: URL): MigrationFolder {
  return { room, folder };
}

/** `ledger/0001-accounts`: how a migration is named in messages. */
export function labelOf(migration: { room: string; number: number; name: string }): string {
  return `${migration.room}/${String(migration.number).padStart(4, "0")}-${migration.name}`;
}

/** Makes a migration of its text. Line ends are hashed as LF, so a checkout on Windows agrees. */
export function migrationOf(room: string, number: number, name: string, raw: string): Migration {
  const text = raw.replaceAll("\r\n", "\n");
  return {
    room,
    number,
    name,
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    breaking: text.startsWith("-- breaking\n"),
  };
}

/** Reads a room's folder, in order. Numbers run from 1 without a gap; anything else is a bug. */
export async function readMigrations(source: MigrationFolder): Promise<Migration[]> {
  const files = (await readdir(source.folder)).filter((file) => file.endsWith(".sql")).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const [, digits = "", name = ""] = FILE.exec(file) ?? [];
      assert(Number(digits) === index + 1, `${source.room}/migrations/${file} is out of order`);
      const raw = await readFile(new URL(file, source.folder), "utf8");
      return migrationOf(source.room, index + 1, name, raw);
    }),
  );
}
