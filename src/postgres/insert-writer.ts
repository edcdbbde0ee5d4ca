/** Writers that insert rows: made from their columns and key, instead of the same three statements by hand. */
import { arrayOf } from "./binary.ts";
import type { Writer } from "./lane/unit.ts";

type ArrayKind = keyof typeof arrayOf;
type ValueOf<K extends ArrayKind> = Parameters<(typeof arrayOf)[K]>[0][number];

const sqlTypes = {
  int8: "int8",
  int8Number: "int8",
  int4: "int4",
  int2: "int2",
  bool: "bool",
  text: "text",
  json: "json",
  bytea: "bytea",
  timestamptz: "timestamptz",
} as const satisfies Record<ArrayKind, string>;

/** How a column is read from items, and sent. */
export interface InsertColumn<Item> {
  readonly type: string;
  readonly array: (items: readonly Item[]) => Buffer;
}

type Columns = {
  readonly [K in ArrayKind]: <Item>(pick: (item: Item) => ValueOf<K>) => InsertColumn<Item>;
};

/** `column.text(({ orderId }) => orderId)`. */
export const column: Columns = Object.fromEntries(
  (Object.keys(sqlTypes) as ArrayKind[]).map((kind) => {
    const encode = arrayOf[kind] as (values: readonly unknown[]) => Buffer;
    const of = (pick: (item: unknown) => unknown) => ({
      type: sqlTypes[kind],
      array: (items: readonly unknown[]) => encode(items.map(pick)),
    });
    return [kind, of];
  }),
) as unknown as Columns;

export interface InsertInto<Item> {
  readonly room: string;
  /** "order.insert_step": names the statement. */
  readonly label: string;
  readonly layer: number;
  readonly table: string;
  /** Columns by their names. */
  readonly columns: Readonly<Record<string, InsertColumn<Item>>>;
  /** The names of those that make the primary key: an item whose key is there already is a culprit. */
  readonly key: readonly string[];
  /** A column that is set to the transaction's time. */
  readonly stamped?: string | undefined;
}

/** Inserts what is not there yet; whose key is taken, in the table or by an item before it, is a culprit. */
export function insertInto<Item>(asked: InsertInto<Item>): Writer<Item> {
  const { room, label, layer, table, columns, key, stamped } = asked;
  const names = Object.keys(columns);
  const all = Object.values(columns);
  const list = names.join(", ");
  const keys = key.join(", ");
  const arrays = all.map(({ type }, place) => `$${place + 2}::${type}[]`).join(", ");
  const stamp = stamped === undefined ? ["", ""] : [`, ${stamped}`, ", now()"];
  const keyArrays = key.map((name) => {
    const place = names.indexOf(name);
    return `$${place + 2}::${all[place]?.type ?? ""}[]`;
  });
  return {
    room,
    label,
    layer,
    values: (items) => all.map(({ array }) => array(items)),
    write: (q) => `insert into ${q(table)} (${list}${stamp[0]})
      select ${list}${stamp[1]} from unnest($1::int4[], ${arrays}) as made (ordinal, ${list})
      on conflict do nothing returning 1`,
    culprits: (q) => `select asked.ordinal from (
        select ordinal, ${keys}, row_number() over (partition by ${keys} order by ordinal) as nth
        from unnest($1::int4[], ${keyArrays.join(", ")}) as made (ordinal, ${keys})
      ) as asked
      where nth > 1 or exists (select from ${q(table)} as known
        where ${key.map((name) => `known.${name} = asked.${name}`).join(" and ")})`,
  };
}
