import { migrationFolder, type MigrationFolder } from "../postgres/index.ts";

/** The tables of this room: after `postgresMigrations` in the argument of `migrate`. */
export const flowMigrations: MigrationFolder = migrationFolder(
  "flow",
  new URL("./migrations/", import.meta.url),
);
