/**
 * Versions to come, as drills need them beside this one: the ledger's migrations and one or two more,
 * and a node that uses what they bring. Made of what is here, since no clone need have the past.
 */
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { assert } from "../../src/base/index.ts";
import type { Answer, Book, Posting } from "../../src/ledger/index.ts";
import {
  arrayOf,
  type Database,
  migrate,
  migrationFolder,
  postgresMigrations,
  unit,
  type Writer,
} from "../../src/postgres/index.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../src/ledger/migrations");

/** What a version after this one brings: a table and a column that older nodes needn't know. */
const expand = `-- compatible
create table ledger_note (
  id text collate "C" not null constraint ledger_note_pkey primary key,
  note text not null
);
alter table ledger_entry add column note text;
`;

/** And the version after that one: only who knows what came before may stay. */
const contract = (needs: string) => `-- needs ${needs}
alter table ledger_note add column at timestamptz not null default now();
`;

export interface LaterVersions {
  /** Folders of migrations: one more than this version has, and two more. */
  readonly next: string;
  readonly afterNext: string;
}

export async function laterVersions(dir: string): Promise<LaterVersions> {
  const count = (await readdir(MIGRATIONS)).length;
  const number = (more: number) => String(count + more).padStart(4, "0");
  const [next, afterNext] = [path.join(dir, "next"), path.join(dir, "after-next")];
  for (const folder of [next, afterNext]) {
    await mkdir(folder, { recursive: true });
    await cp(MIGRATIONS, folder, { recursive: true });
    await writeFile(path.join(folder, `${number(1)}-notes.sql`), expand);
  }
  await writeFile(path.join(afterNext, `${number(2)}-note-times.sql`), contract(number(1)));
  return { next, afterNext };
}

/** What such a version does at its start. */
export async function migrateAs(database: Database, folder: string): Promise<void> {
  const ledger = migrationFolder("ledger", pathToFileURL(`${folder}/`));
  await migrate(database, [postgresMigrations, ledger]);
}

const insertNotes: Writer<{ readonly id: string }> = {
  room: "ledger",
  label: "drill.insert_note",
  layer: 2,
  values: (items) => [arrayOf.text(items.map(({ id }) => id))],
  write: (q) => `insert into ${q("ledger_note")} (id, note)
    select id, 'by a later version' from unnest($1::int4[], $2::text[]) as made (ordinal, id)
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal from unnest($1::int4[], $2::text[]) as asked (ordinal, id)
    join ${q("ledger_note")} as known on known.id = asked.id`,
};

/** What such a version writes: rows in its new table, in the commit of the posting. */
export async function withNote(book: Book, posting: Posting): Promise<Answer> {
  assert("id" in posting && posting.id !== undefined, "a drill's requests have ids");
  const { id } = posting;
  const carried = await book.commit(unit(id).post<Posting>(posting).write(insertNotes, { id }));
  assert(carried.status !== "conflict", "a note is written once");
  return carried.answer as Answer;
}
