/** How books, items and SKUs are written: the guard and the writers that units of this room carry. */
import type { Instant } from "../base/index.ts";
import { arrayOf, column, type Guard, insertInto, type Writer } from "../postgres/index.ts";

const ROOM = "catalog";
const LAYER = 3;

export interface BookRow {
  readonly book: string;
  readonly settings: string;
  /** 0 for a new one, else the revision that is replaced. */
  readonly revision: number;
}

/** Makes a book, or changes its settings if they are as they were read. */
export const saveBooks: Writer<BookRow> = {
  room: ROOM,
  label: "catalog.save_book",
  layer: LAYER,
  values: (rows) => [
    arrayOf.text(rows.map(({ book }) => book)),
    arrayOf.text(rows.map(({ settings }) => settings)),
    arrayOf.int4(rows.map(({ revision }) => revision)),
  ],
  write: (q) => `insert into ${q("catalog_book")} as held (book, settings)
    select distinct on (book) book, settings
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[]) as made (ordinal, book, settings, revision)
    order by book, ordinal
    on conflict (book) do update set settings = excluded.settings, revision = held.revision + 1,
        version = held.version + 1
      where exists (select 1 from unnest($2::text[], $4::int4[]) as asked (book, revision)
        where asked.book = held.book and asked.revision = held.revision) returning 1`,
  culprits: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::text[], $3::text[], $4::int4[]) as asked (ordinal, book, settings, revision)
    left join ${q("catalog_book")} as held using (book)
    where coalesce(held.revision, 0) <> asked.revision
    union
    select max(ordinal) from unnest($1::int4[], $2::text[]) as twin (ordinal, book)
    group by book having count(*) > 1`,
};

/** An item as it was read; version 0: it isn't there. */
export interface SeenItem {
  readonly book: string;
  readonly kind: number;
  readonly code: string;
  readonly version: number;
}

export const itemAsRead: Guard<SeenItem> = {
  room: ROOM,
  label: "catalog.item_as_read",
  table: "catalog_item",
  key: ({ book, kind, code }) => `${kind}/${code}/${book}`,
  values: (items) => [
    arrayOf.text(items.map(({ book }) => book)),
    arrayOf.int2(items.map(({ kind }) => kind)),
    arrayOf.text(items.map(({ code }) => code)),
    arrayOf.int4(items.map(({ version }) => version)),
  ],
  holds: (q) => `with asked as (select * from
      unnest($1::int4[], $2::text[], $3::int2[], $4::text[], $5::int4[])
        as asked (ordinal, book, kind, code, version)),
    there as (select asked.ordinal from asked
      join ${q("catalog_item")} as seen using (book, kind, code, version)
      for no key update of seen skip locked)
    select ordinal from there
    union all
    select ordinal from asked where version = 0 and not exists
      (select 1 from ${q("catalog_item")} as known
        where known.book = asked.book and known.kind = asked.kind and known.code = asked.code)`,
};

export interface VersionRow extends SeenItem {
  readonly effectiveFrom: Instant;
  readonly state: number;
  readonly body: string;
  readonly bodyHash: Buffer;
  readonly by: string;
  readonly request: string;
  /** Something sold hangs on it: the book's version grows. */
  readonly isLive: boolean;
  readonly soldFrom: Instant | null;
  /** Null for no end, where it has a beginning. */
  readonly soldUntil: Instant | null;
  readonly tokens: readonly string[];
}

const columns =
  "book, kind, code, version, effective_from, state, body, body_hash, by_whom, request, is_live, sold_from, sold_until, tokens";
const arrays =
  "$2::text[], $3::int2[], $4::text[], $5::int4[], $6::timestamptz[], $7::int2[], $8::text[], $9::bytea[], $10::text[], $11::text[], $12::bool[], $13::timestamptz[], $14::timestamptz[], $15::text[]";

/**
 * The next version of an item, its head, and the book's version: one statement. The head moves only from the
 * version before; the version's key refuses who comes second.
 * Locks: the book's row, waited for, since quotes of other nodes hold it for the length of a commit.
 */
export const saveVersions: Writer<VersionRow> = {
  room: ROOM,
  label: "catalog.save_version",
  layer: LAYER,
  values: (rows) => [
    arrayOf.text(rows.map((row) => row.book)),
    arrayOf.int2(rows.map((row) => row.kind)),
    arrayOf.text(rows.map((row) => row.code)),
    arrayOf.int4(rows.map((row) => row.version)),
    arrayOf.timestamptz(rows.map((row) => row.effectiveFrom)),
    arrayOf.int2(rows.map((row) => row.state)),
    arrayOf.text(rows.map((row) => row.body)),
    arrayOf.bytea(rows.map((row) => row.bodyHash)),
    arrayOf.text(rows.map((row) => row.by)),
    arrayOf.text(rows.map((row) => row.request)),
    arrayOf.bool(rows.map((row) => row.isLive)),
    arrayOf.timestamptz(rows.map((row) => row.soldFrom)),
    arrayOf.timestamptz(rows.map((row) => row.soldUntil)),
    // An array of arrays has rows of one length: so each is one text.
    arrayOf.text(rows.map((row) => row.tokens.join("\n"))),
  ],
  beside: (
    q,
  ) => `made as (select * from unnest($1::int4[], ${arrays}) as made (ordinal, ${columns})),
    grown as (update ${q("catalog_book")} as held set version = held.version + 1
      where held.book in (select book from made where is_live) returning held.book, held.version),
    heads as (insert into ${q("catalog_item")} as head
        (book, kind, code, shelf, version, state, changed_in, sold_from, sold_until, body_hash, effective_from, tokens)
      select made.book, kind, code, kind || '/' || made.book, made.version, state,
        case when is_live then grown.version else 0 end,
        sold_from, case when sold_from is not null then coalesce(sold_until, 'infinity') end, body_hash,
        effective_from, string_to_array(tokens, E'\\n')
      from made left join grown on grown.book = made.book order by ordinal
      on conflict (book, kind, code) do update set version = excluded.version, state = excluded.state,
          changed_in = excluded.changed_in, sold_from = excluded.sold_from,
          sold_until = excluded.sold_until, body_hash = excluded.body_hash,
          effective_from = excluded.effective_from, tokens = excluded.tokens
        where head.version = excluded.version - 1)`,
  write: (q) => `insert into ${q("catalog_version")}
      (book, kind, code, version, effective_from, state, body, body_hash, by_whom, request)
    select book, kind, code, version, effective_from, state, body, body_hash, by_whom, request from made
    on conflict do nothing returning 1`,
  culprits: (q) => `select asked.ordinal from made as asked
    join ${q("catalog_version")} as known using (book, kind, code, version)`,
};

export interface SkuRow {
  readonly book: string;
  readonly sku: string;
  readonly product: string;
}

/** SKUs that nobody had. */
export const insertSkus = insertInto<SkuRow>({
  ...{ room: ROOM, layer: LAYER, label: "catalog.insert_sku", table: "catalog_sku" },
  columns: {
    book: column.text(({ book }) => book),
    sku: column.text(({ sku }) => sku),
    product: column.text(({ product }) => product),
  },
  key: ["book", "sku"],
});
