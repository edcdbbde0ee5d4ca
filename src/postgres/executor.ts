import type pg from "pg";
import { assert } from "../base/index.ts";
import type { Encoded } from "./columns.ts";
import { asPrepared } from "./prepared.ts";
import type { Cell, Statement } from "./sql.ts";
import { bindStatement } from "./sql.ts";

/** Runs statements. Shapes: rows as the statement declares them. Throws translated errors. */
export interface Executor {
  readonly schema: string;
  /** All rows. */
  run<Values, Row>(statement: Statement<Values, Row>, values: Values): Promise<Row[]>;
  /** The only row; none or several is a bug. */
  one<Values, Row>(statement: Statement<Values, Row>, values: Values): Promise<Row>;
  /** The only row, or undefined; several is a bug. */
  maybe<Values, Row>(statement: Statement<Values, Row>, values: Values): Promise<Row | undefined>;
  /** How many rows it inserted, changed or deleted. */
  count<Values, Row>(statement: Statement<Values, Row>, values: Values): Promise<number>;
}

export interface Sent<Row> {
  readonly rows: Row[];
  /** Rows inserted, changed, deleted or returned. */
  readonly count: number;
}

/** Sends one statement on a given connection. Errors come as the driver throws them. */
export async function send<Values, Row>(
  client: pg.ClientBase,
  schema: string,
  statement: Statement<Values, Row>,
  values: Values,
): Promise<Sent<Row>> {
  const bound = asPrepared(client, bindStatement(statement, schema, values));
  const result = await client.query<Cell[], Encoded[]>(bound);
  return { rows: statement.decode(result.rows), count: result.rowCount ?? 0 };
}

export type Send = <Values, Row>(
  statement: Statement<Values, Row>,
  values: Values,
) => Promise<Sent<Row>>;

/** The four ways of asking, over one way of sending. */
export function executorOver(schema: string, sendStatement: Send): Executor {
  return {
    schema,
    run: async (statement, values) => (await sendStatement(statement, values)).rows,
    one: async (statement, values) => {
      const { rows } = await sendStatement(statement, values);
      const [row] = rows;
      assert(row !== undefined && rows.length === 1, `${statement.name}: not one row`);
      return row;
    },
    maybe: async (statement, values) => {
      const { rows } = await sendStatement(statement, values);
      assert(rows.length <= 1, `${statement.name}: more than one row`);
      return rows[0];
    },
    count: async (statement, values) => (await sendStatement(statement, values)).count,
  };
}
