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
  /**
   * The oldest nodes that may stay beside it, by the newest migration of this room that they know; 0:
   * all of them. From its first line: `-- compatible` is 0, `-- breaking` its own number, and
   * `-- needs 0003` lets those stay that know 0003.
   */
  readonly oldest: number;
  /** Some older nodes may not stay. */
  readonly breaking: boolean;
}

/** Where a room keeps its migrations. A value: nothing is read before `migrate` asks. */
export interface MigrationFolder {
  readonly room: string;
  readonly folder: URL;
}

const NEEDS = /^-- needs (\d{4})$/;
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
  const oldest = oldestBeside(text, number);
  assert(oldest <= number, `${labelOf({ room, number, name })} needs a migration that comes later`);
  return {
    room,
    number,
    name,
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    oldest,
    breaking: oldest > 0,
  };
}

function oldestBeside(text: string, number: number): number {
  const [first = ""] = text.split("\n", 1);
  if (first === "-- breaking") return number;
  return Number(NEEDS.exec(first)?.[1] ?? 0);
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
