import { migrationFolder } from "../postgres/index.ts";

/** The tables of this room: behind `postgresMigrations` in the argument of `migrate`. */
export const rulesMigrations = migrationFolder("rules", new URL("./migrations/", import.meta.url));
