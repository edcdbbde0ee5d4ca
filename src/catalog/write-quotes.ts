/** How quotes are written, held to the catalogue's version that they were priced by. */
import type { Instant } from "../base/index.ts";
import { arrayOf, type Writer } from "../postgres/index.ts";

export interface QuoteRow {
  readonly book: string;
  readonly quoteId: string;
  readonly key: string;
  readonly bodyHash: Buffer;
  readonly contentHash: Buffer;
  readonly currency: string;
  readonly total: bigint;
  readonly madeAt: Instant;
  readonly expiresAt: Instant;
  readonly catalogVersion: bigint;
  readonly body: string;
}

const columns =
  "book, quote_id, quote_key, body_hash, content_hash, currency, total, made_at, expires_at, catalog_version, body";
const arrays =
  "$2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[], $8::int8[], $9::timestamptz[], $10::timestamptz[], $11::int8[], $12::text[]";

/**
 * Quotes whose book is still at the version they were priced by. Not a guard of the lane: two of those on one
 * row never share a flush, and all quotes of a book hold the same row. A share lock lets any number of quotes
 * in, keeps a change of prices out until the commit, and never waits: a row that is being changed counts as changed.
 */
export const insertQuotes: Writer<QuoteRow> = {
  room: "catalog",
  label: "catalog.insert_quote",
  layer: 3,
  values: (rows) => [
    arrayOf.text(rows.map((row) => row.book)),
    arrayOf.text(rows.map((row) => row.quoteId)),
    arrayOf.text(rows.map((row) => row.key)),
    arrayOf.bytea(rows.map((row) => row.bodyHash)),
    arrayOf.bytea(rows.map((row) => row.contentHash)),
    arrayOf.text(rows.map((row) => row.currency)),
    arrayOf.int8(rows.map((row) => row.total)),
    arrayOf.timestamptz(rows.map((row) => row.madeAt)),
    arrayOf.timestamptz(rows.map((row) => row.expiresAt)),
    arrayOf.int8(rows.map((row) => row.catalogVersion)),
    arrayOf.text(rows.map((row) => row.body)),
  ],
  beside: (
    q,
  ) => `made as (select * from unnest($1::int4[], ${arrays}) as made (ordinal, ${columns})),
    standing as materialized (select held.book, held.version from ${q("catalog_book")} as held
      where (held.book, held.version) in (select book, catalog_version from made)
      for share of held skip locked)`,
  write: (q) => `insert into ${q("catalog_quote")} (${columns})
    select ${columns.replace("book,", "made.book,")} from made
    join standing on standing.book = made.book and standing.version = made.catalog_version
    on conflict do nothing returning 1`,
  culprits: (q) => `select ordinal from made where not exists (select 1 from standing
      where standing.book = made.book and standing.version = made.catalog_version)
    union
    select made.ordinal from made
    join ${q("catalog_quote")} as known on known.book = made.book and known.quote_key = made.quote_key
    union
    select max(ordinal) from made group by book, quote_key having count(*) > 1`,
};

/** By their ids; what is gone already is gone. */
export const removeQuotes: Writer<string> = {
  room: "catalog",
  label: "catalog.remove_quotes",
  layer: 3,
  values: (ids) => [arrayOf.text(ids)],
  beside: (q) => `gone as (delete from ${q("catalog_quote")} where quote_id = any($2::text[]))`,
  write: () => "select 1 from unnest($2::text[])",
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};
