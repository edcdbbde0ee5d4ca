import { flowMigrations } from "../flow/index.ts";
import { migrationFolder, type MigrationFolder, postgresMigrations } from "../postgres/index.ts";

/** The tables of this room: behind `postgresMigrations` and `flowMigrations` in the argument of `migrate`. */
export const scheduleMigrations: MigrationFolder = migrationFolder(
  "schedule",
  new URL("./migrations/", import.meta.url),
);

/** Whose rows a node of schedules writes. */
export const writtenRooms: readonly MigrationFolder[] = [
  postgresMigrations,
  flowMigrations,
  scheduleMigrations,
];
