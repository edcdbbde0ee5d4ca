import type { TestDatabase } from "./test-database.ts";

/** What stands in the tables, `{schema}` in the text is its schema; read behind everybody's back. */
export async function rowsOf(
  { schema, database }: Pick<TestDatabase, "schema" | "database">,
  text: string,
): Promise<Record<string, unknown>[]> {
  const { rows } = await database.transaction((tx) =>
    tx.query(text.replaceAll("{schema}", schema)),
  );
  return rows;
}
