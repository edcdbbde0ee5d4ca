import { migrationFolder, type MigrationFolder, postgresMigrations } from "../postgres/index.ts";

/** The tables of this room: after `postgresMigrations` in the argument of `migrate`. */
export const flowMigrations: MigrationFolder = migrationFolder(
  "flow",
  new URL("./migrations/", import.meta.url),
);

/** Whose rows a node of flows writes. */
export const writtenRooms: readonly MigrationFolder[] = [postgresMigrations, flowMigrations];
