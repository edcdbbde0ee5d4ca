import { globSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Connection, Submittable } from "pg";
import { Client } from "pg";
import type { Statement } from "../sql.ts";

/** Any statement, whatever its values and rows. */
export type AnyStatement = Statement<never, unknown>;

function isStatement(value: unknown): value is AnyStatement {
  return typeof value === "object" && value !== null && "compile" in value && "decode" in value;
}

/** Every statement that some `*.sql.ts` under a folder exports. */
export async function exportedStatements(folder: string): Promise<AnyStatement[]> {
  const found: AnyStatement[] = [];
  for (const file of globSync("**/*.sql.ts", { cwd: folder }).sort()) {
    const exported: unknown = await import(pathToFileURL(path.join(folder, file)).href);
    if (typeof exported === "object" && exported !== null) {
      found.push(...Object.values(exported).filter(isStatement));
    }
  }
  return found;
}

interface DescribedColumn {
  readonly name: string;
  readonly dataTypeID: number;
  readonly tableID: number;
  readonly columnID: number;
}

interface Description {
  readonly params: readonly number[];
  readonly columns: readonly DescribedColumn[];
}

/** Asks PostgreSQL to parse and describe a text without running it. */
class Describe implements Submittable {
  readonly described: Promise<Description>;
  private readonly text: string;
  private params: readonly number[] = [];
  private columns: readonly DescribedColumn[] = [];
  private settle: { resolve(value: Description): void; reject(error: Error): void } | undefined;

  constructor(text: string) {
    this.text = text;
    this.described = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  submit(connection: Connection): void {
    connection.once("parameterDescription", (message: { dataTypeIDs: number[] }) => {
      this.params = message.dataTypeIDs;
    });
    connection.parse({ name: "", text: this.text, types: [] }, true);
    connection.describe({ type: "S", name: "" }, true);
    connection.sync();
  }

  handleRowDescription(message: { fields: DescribedColumn[] }): void {
    this.columns = message.fields;
  }

  handleError(error: Error): void {
    this.settle?.reject(error);
  }

  handleReadyForQuery(): void {
    this.settle?.resolve({ params: this.params, columns: this.columns });
  }
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

async function typeNames(client: Client, oids: readonly number[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select case when t.typelem <> 0 and t.typlen = -1 then e.typname || '[]' else t.typname end
       as name
     from unnest($1::oid[]) with ordinality as asked (oid, place)
     join pg_type t on t.oid = asked.oid left join pg_type e on e.oid = t.typelem
     order by place`,
    [oids],
  );
  return rows.map(({ name }) => name);
}

/** Places of described columns that the table itself lets be null. */
async function nullablePlaces(client: Client, columns: readonly DescribedColumn[]) {
  const { rows } = await client.query<{ place: number }>(
    `select place::int4 from unnest($1::oid[], $2::int4[]) with ordinality as c (rel, col, place)
     join pg_class r on r.oid = c.rel and r.relkind in ('r', 'p')
     join pg_attribute a on a.attrelid = c.rel and a.attnum = c.col and not a.attnotnull`,
    [columns.map((c) => c.tableID), columns.map((c) => c.columnID)],
  );
  return new Set(rows.map(({ place }) => place - 1));
}

async function compare(
  client: Client,
  statement: AnyStatement,
  described: Description,
  provenNotNull: readonly string[],
): Promise<string[]> {
  const wrong: string[] = [];
  const params = Object.entries(statement.params);
  const paramTypes = await typeNames(client, described.params);
  params.forEach(([key, declared], i) => {
    if (paramTypes[i] !== declared.type) {
      wrong.push(`parameter ${key} is declared ${declared.type}, described ${paramTypes[i]}`);
    }
  });
  const columns = Object.entries(statement.columns);
  if (columns.length !== described.columns.length) {
    wrong.push(`${columns.length} columns are declared, ${described.columns.length} described`);
  }
  const types = await typeNames(
    client,
    described.columns.map((c) => c.dataTypeID),
  );
  const nullable = await nullablePlaces(client, described.columns);
  columns.forEach(([key, declared], i) => {
    const there = described.columns[i];
    if (there?.name !== snake(key)) wrong.push(`column ${key} is described as ${there?.name}`);
    if (there?.dataTypeID !== declared.oid) {
      wrong.push(`column ${key} is declared ${declared.type}, described ${types[i]}`);
    }
    const proven = provenNotNull.includes(`${statement.name} ${key}`);
    if (!declared.nullable && nullable.has(i) && !proven) {
      wrong.push(`column ${key} may be null, but is not declared so`);
    }
  });
  return wrong;
}

export interface CheckStatementsOptions {
  readonly url: string;
  readonly schema: string;
  /** `room.verb column`: columns of nullable table columns that the statement itself filters. */
  readonly provenNotNull?: readonly string[];
}

/**
 * Prepares every statement on a migrated schema and compares what PostgreSQL describes with what is
 * declared: parameters, column names, types, and whether a column may be null. Answers what is
 * wrong, one line each; nothing is wrong when the list is empty.
 */
export async function checkStatements(
  statements: readonly AnyStatement[],
  options: CheckStatementsOptions,
): Promise<string[]> {
  const client = new Client({ connectionString: options.url });
  await client.connect();
  const wrong: string[] = [];
  try {
    for (const statement of statements) {
      try {
        const { described } = client.query(new Describe(statement.compile(options.schema).text));
        const found = await compare(
          client,
          statement,
          await described,
          options.provenNotNull ?? [],
        );
        wrong.push(...found.map((what) => `${statement.name}: ${what}`));
      } catch (error) {
        wrong.push(`${statement.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await client.end();
  }
  return wrong;
}
