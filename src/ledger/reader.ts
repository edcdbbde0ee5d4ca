import type { Database } from "../postgres/index.ts";

/** What a read needs of a database. An open transaction will do as well. */
export type Reader = Pick<Database, "run" | "one" | "maybe">;
