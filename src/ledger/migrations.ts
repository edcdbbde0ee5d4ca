import { migrationFolder, type MigrationFolder, postgresMigrations } from "../postgres/index.ts";

/** The tables of this room: after `postgresMigrations` in the argument of `migrate`. */
export const ledgerMigrations: MigrationFolder = migrationFolder(
  "ledger",
  new URL("./migrations/", import.meta.url),
);

/** Every table that a lane of this room writes. */
export const writtenRooms: readonly MigrationFolder[] = [postgresMigrations, ledgerMigrations];
