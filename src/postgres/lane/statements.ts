/** Turns what the units of a flush carry into statements: one per guard, one per writer. */
import { createHash } from "node:crypto";
import { arrayOf } from "../binary.ts";
import type { Copy } from "../copy.ts";
import type { Database } from "../database.ts";
import { checkSchemaName, type Identifier, type Statement } from "../sql.ts";
import type { Item } from "./item.ts";
import type { FlushStatement, Guard, Qualify, Writer } from "./unit.ts";

/** A declared statement as a part of a flush. */
export function flushStatement<Values, Row>(
  statement: Statement<Values, Row>,
  { schema }: Pick<Database, "schema">,
  values: Values,
): FlushStatement {
  return { ...statement.compile(schema), values: statement.encode(values) };
}

/** Rows for a table as a part of a flush; `label` names the statement where statements are counted. */
export function flushCopy(
  label: string,
  into: Identifier,
  { schema }: Pick<Database, "schema">,
  rows: Copy,
): FlushStatement {
  const target = `"${checkSchemaName(schema)}".${into.identifier} (${rows.columns.join(", ")})`;
  return {
    text: `/* ${label} */ copy ${target} from stdin (format binary)`,
    copied: rows.bytes,
  };
}

interface Group<Source> {
  readonly source: Source;
  readonly ordinals: number[];
  readonly items: never[];
}

export class StatementMaker {
  private readonly q: Qualify;
  private readonly texts = new Map<unknown, { name: string; text: string }>();

  constructor(schema: string) {
    const prefix = `"${checkSchemaName(schema)}".`;
    this.q = (name) => prefix + name;
  }

  /** The guards and the writes of the given items; an item's ordinal is its place in `items`. */
  make<P, A>(
    items: readonly (Item<P, A> | undefined)[],
  ): {
    guards: FlushStatement[];
    writes: FlushStatement[];
  } {
    const guards = new Map<unknown, Group<Guard<never>>>();
    const writers = new Map<unknown, Group<Writer<never>>>();
    items.forEach((item, ordinal) => {
      if (item === undefined) return;
      for (const use of item.guards) put(guards, use.guard, ordinal, use.item);
      for (const use of item.writes) put(writers, use.writer, ordinal, use.item);
    });
    const byLayer = [...writers.values()].toSorted((a, b) => a.source.layer - b.source.layer);
    return {
      guards: [...guards.values()].map((group) => this.statement(group, guardText)),
      writes: byLayer.map((group) => this.statement(group, writerText)),
    };
  }

  private statement<S extends Guard<never> | Writer<never>>(
    group: Group<S>,
    write: (source: S, q: Qualify) => string,
  ): FlushStatement {
    let text = this.texts.get(group.source);
    if (text === undefined) {
      const { label } = group.source;
      const whole = `/* ${label} */ ${write(group.source, this.q)}`;
      const hash = createHash("sha256").update(whole).digest("hex").slice(0, 8);
      text = { name: `${label}:${hash}`, text: whole };
      this.texts.set(group.source, text);
    }
    const { room } = group.source;
    return {
      ...text,
      room,
      values: [arrayOf.int4(group.ordinals), ...group.source.values(group.items)],
    };
  }
}

function put<S>(groups: Map<unknown, Group<S>>, source: S, ordinal: number, item: unknown): void {
  let group = groups.get(source);
  if (group === undefined) {
    group = { source, ordinals: [], items: [] };
    groups.set(source, group);
  }
  group.ordinals.push(ordinal);
  group.items.push(item as never);
}

/** Label texts are ours, checked where guards and writers are defined; never a user's words. */
function literal(label: string): string {
  return `'${label.replaceAll("'", "''")}'`;
}

function guardText(guard: Guard<never>, q: Qualify): string {
  return `with held as (${guard.holds(q)})
    select case when count(*) = cardinality($1::int4[]) then 0
      else ${q("lane_refuse")}(${literal(guard.label)}, array(
        select ordinal from unnest($1::int4[]) as asked (ordinal) except all select ordinal from held))
      end from held`;
}

function writerText(writer: Writer<never>, q: Qualify): string {
  const beside = writer.beside === undefined ? "" : `${writer.beside(q)}, `;
  return `with ${beside}written as (${writer.write(q)})
    select case when count(*) = cardinality($1::int4[]) * ${writer.rowsPerItem ?? 1} then 0
      else ${q("lane_refuse")}(${literal(writer.label)}, array(${writer.culprits(q)})) end from written`;
}
