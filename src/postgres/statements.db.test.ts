import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { allMigrations, SCHEMA_PATH } from "../../scripts/schema.ts";
import { arg, as } from "./columns.ts";
import { compareSchemas, describeSchema, type SchemaManifest } from "./schema-manifest.ts";
import { sql, table } from "./sql.ts";
import { checkStatements, exportedStatements, testDatabase } from "./testing.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("every statement of every room is what PostgreSQL says it is", async () => {
  const { url, schema } = await testDatabase({ migrations: allMigrations(root) });
  const statements = await exportedStatements(path.join(root, "src"));
  expect(statements.length).toBeGreaterThan(10);
  expect(await checkStatements(statements, { url, schema })).toEqual([]);
});

test("the committed manifest is what all migrations make: npm run generate", async () => {
  const { database } = await testDatabase({ migrations: allMigrations(root) });
  const committed = JSON.parse(await readFile(path.join(root, SCHEMA_PATH), "utf8")) as unknown;
  expect(compareSchemas(committed as SchemaManifest, await describeSchema(database))).toEqual([]);
});

describe("a statement that lies is found", () => {
  const columns = { id: as.int8, name: as.text } as const;
  const params = { id: arg.int8 } as const;
  const lies = [
    [sql.named("test.typo", { params, columns })`selec ${"id"}`, 'syntax error at or near "selec"'],
    [
      sql.named("test.type", { params, columns })`
        select id, id as name from ${table("item")} where id = ${"id"}`,
      "column name is declared text, described int8",
    ],
    [
      sql.named("test.name", { params, columns })`
        select id, name as title from ${table("item")} where id = ${"id"}`,
      "column name is described as title",
    ],
    [
      sql.named("test.few", { params, columns })`
        select id from ${table("item")} where id = ${"id"}`,
      "2 columns are declared, 1 described",
    ],
    [
      sql.named("test.nullable", { columns: { note: as.text } })`
        select note from ${table("item")}`,
      "column note may be null, but is not declared so",
    ],
    [
      sql.named("test.gone", { columns: { id: as.int8 } })`select id from ${table("gone")}`,
      "does not exist",
    ],
  ] as const;

  test.each(lies.map(([statement, words]) => ({ name: statement.name, statement, words })))(
    "$name",
    async ({ statement, words }) => {
      const { database, url, schema } = await testDatabase();
      await database.transaction((tx) =>
        tx.query(
          `create table ${schema}.item (id int8 primary key, name text not null, note text)`,
        ),
      );
      const wrong = await checkStatements([statement], { url, schema });
      expect(wrong.join("\n")).toContain(words);
    },
  );

  test("a truthful one is not", async () => {
    const { database, url, schema } = await testDatabase();
    await database.transaction((tx) =>
      tx.query(`create table ${schema}.item (id int8 primary key, name text not null, note text)`),
    );
    const statement = sql.named("test.true", {
      params: { ids: arg.int8s },
      columns: { id: as.int8, name: as.text, note: as.textNull },
    })`select id, name, note from ${table("item")} where id = any(${"ids"})`;
    expect(await checkStatements([statement], { url, schema })).toEqual([]);
  });
});
