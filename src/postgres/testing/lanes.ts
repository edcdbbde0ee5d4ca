import { onTestFinished } from "vitest";
import { openDatabase, type Database } from "../database.ts";
import type { LaneOptions } from "../lane/lane-options.ts";
import { Lane } from "../lane/lane.ts";
import { postgresMigrations } from "../index.ts";
import { testDatabase, type TestDatabase } from "./test-database.ts";
import { openProxy, type Proxy } from "./proxy.ts";
import { shelfMigrations } from "./shelves.ts";

/** A lane without a book: what a node commits its own rows through. Closed with the test. */
export function nodeLane(
  database: Database,
  options: Partial<LaneOptions<never, never>> = {},
): Lane<never, never> {
  const lane = new Lane<never, never>({ name: "node rows", database, ...options });
  onTestFinished(() => lane.close());
  return lane;
}

/** A fresh schema with the lane's own tables and the shelves. */
export function shelfDatabase(): Promise<TestDatabase> {
  return testDatabase({ migrations: [postgresMigrations, shelfMigrations] });
}

/** Another way to the same schema, over a wire that can be cut. */
export async function overProxy(
  { url, schema }: TestDatabase,
  options?: { isPooler?: boolean },
): Promise<{ database: Database; proxy: Proxy }> {
  const proxy = await openProxy(url, options);
  const database = await openDatabase({ url: proxy.url, schema, poolMax: 3 });
  onTestFinished(() => database.close());
  return { database, proxy };
}

/** Units as a lane takes them. */
export const work = <U extends object>(unit: U): U & { context: undefined } => ({
  ...unit,
  context: undefined,
});
