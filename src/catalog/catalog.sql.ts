import { arg, as, fn, sql, table } from "../postgres/index.ts";

const book = table("catalog_book");
const item = table("catalog_item");
const version = table("catalog_version");
const sku = table("catalog_sku");
const quote = table("catalog_quote");

/** What a node believes of its books: one row for each that has a catalogue, and the database's time. */
export const readBooks = sql.named("catalog.readBooks", {
  params: { books: arg.texts },
  columns: {
    book: as.text,
    number: as.int4,
    version: as.int8,
    settings: as.text,
    revision: as.int4,
    now: as.timestamptz,
  },
})`select book, number, version, settings, revision, clock_timestamp() as now
  from ${book} where book = any(${"books"})`;

/** What is not as it was at a version of the book. */
export const changedSince = sql.named("catalog.changedSince", {
  params: { book: arg.text, since: arg.int8, limit: arg.int4 },
  columns: { kind: as.int2, code: as.text },
})`select kind, code from ${item}
  where book = ${"book"} and changed_in > ${"since"} and changed_in > 0 limit ${"limit"}`;

/** Whose SKUs these are. */
export const ownersOfSkus = sql.named("catalog.ownersOfSkus", {
  params: { book: arg.text, skus: arg.texts },
  columns: { sku: as.text, product: as.text },
})`select sku, product from ${sku} where book = ${"book"} and sku = any(${"skus"})`;

const versionColumns = {
  kind: as.int2,
  code: as.text,
  version: as.int4,
  effectiveFrom: as.timestamptz,
  state: as.int2,
  body: as.text,
} as const;

const oneVersion = sql.part`v.kind, v.code, v.version, v.effective_from, v.state, v.body`;

/** Of each item the version in effect at an instant, and those that come after it in number. */
export const liveVersions = sql.named("catalog.liveVersions", {
  params: { book: arg.text, kind: arg.int2, codes: arg.texts, at: arg.timestamptz },
  columns: versionColumns,
})`select ${oneVersion}
  from unnest(${"codes"}) as asked (code)
  cross join lateral (
    select coalesce(max(held.version), 0) as version from ${version} as held
    where held.book = ${"book"} and held.kind = ${"kind"} and held.code = asked.code
      and held.effective_from <= ${"at"}) as now
  join ${version} as v on v.book = ${"book"} and v.kind = ${"kind"} and v.code = asked.code
    and v.version >= now.version`;

/** Versions by their numbers. */
export const versionsByNumber = sql.named("catalog.versionsByNumber", {
  params: { book: arg.text, kind: arg.int2, codes: arg.texts, numbers: arg.int4s },
  columns: versionColumns,
})`select ${oneVersion} from unnest(${"codes"}, ${"numbers"}) as asked (code, number)
  join ${version} as v on v.book = ${"book"} and v.kind = ${"kind"} and v.code = asked.code
    and v.version = asked.number`;

/** Where items stand, with their newest body. */
export const readHeads = sql.named("catalog.readHeads", {
  params: { book: arg.text, kind: arg.int2, codes: arg.texts },
  columns: {
    code: as.text,
    version: as.int4,
    state: as.int2,
    effectiveFrom: as.timestamptz,
    soldFrom: as.timestamptzNull,
    soldUntil: as.timestamptzNull,
    bodyHash: as.bytea,
    body: as.text,
  },
})`select head.code, head.version, head.state, head.effective_from, head.sold_from,
    case when isfinite(head.sold_until) then head.sold_until end as sold_until, head.body_hash, v.body
  from ${item} as head
  join ${version} as v on v.book = head.book and v.kind = head.kind and v.code = head.code
    and v.version = head.version
  where head.book = ${"book"} and head.kind = ${"kind"} and head.code = any(${"codes"})`;

/** Who saved a version, and what. */
export const readSaved = sql.named("catalog.readSaved", {
  params: { book: arg.text, kind: arg.int2, code: arg.text, version: arg.int4 },
  columns: { byWhom: as.text, request: as.text, bodyHash: as.bytea },
})`select by_whom, request, body_hash from ${version}
  where book = ${"book"} and kind = ${"kind"} and code = ${"code"} and version = ${"version"}`;

/** All versions of one item, newest first. */
export const versionsOf = sql.named("catalog.versionsOf", {
  params: { book: arg.text, kind: arg.int2, code: arg.text, before: arg.int4, limit: arg.int4 },
  columns: {
    ...versionColumns,
    byWhom: as.text,
    request: as.text,
    madeAt: as.timestamptz,
  },
})`select ${oneVersion}, v.by_whom, v.request, v.made_at from ${version} as v
  where v.book = ${"book"} and v.kind = ${"kind"} and v.code = ${"code"} and v.version < ${"before"}
  order by v.version desc limit ${"limit"}`;

const hitColumns = { code: as.text, number: as.int8, version: as.int4, state: as.int2 } as const;

/** Products of a shelf (`shelfOf`), newest first. Of buyers' searches only what may be on sale. */
export const listProducts = sql.named("catalog.listProducts", {
  params: { shelf: arg.text, at: arg.timestamptzNull, before: arg.int8, limit: arg.int4 },
  columns: hitColumns,
})`select code, number, version, state from ${item}
  where shelf = ${"shelf"}
    and (${"at"} is null or (sold_from <= ${"at"} and sold_until > ${"at"}))
    and number < ${"before"}
  order by number desc limit ${"limit"}`;

/** Of one state, which may be that of few among many. */
export const listInState = sql.named("catalog.listInState", {
  params: { shelf: arg.text, state: arg.int2, before: arg.int8, limit: arg.int4 },
  columns: hitColumns,
})`select code, number, version, state from ${item}
  where shelf = ${"shelf"} and state = ${"state"} and number < ${"before"}
  order by number desc limit ${"limit"}`;

/** A word that begins like that, or is one of `whole`; attributes are no words. */
const wanted = {
  ...{ tokens: arg.texts, beginning: arg.textNull, whole: arg.texts },
  ...{ before: arg.int8, limit: arg.int4, window: arg.int4 },
} as const;

/** With all of these tokens, among the newest so many: where much of them fits, this is all that is needed. */
export const lookAtNewest = sql.named("catalog.lookAtNewest", {
  params: { shelf: arg.text, at: arg.timestamptzNull, ...wanted },
  columns: hitColumns,
})`select code, number, version, state
  from (select code, number, version, state, sold_from, sold_until, tokens from ${item}
    where shelf = ${"shelf"} and number < ${"before"}
    order by number desc limit ${"window"}) as newest
  where tokens @> ${"tokens"}
    and (${"beginning"} is null or tokens && ${"whole"}
      or exists (select from unnest(tokens) as held (token)
        where token like ${"beginning"} and position('=' in token) = 0))
    and (${"at"} is null or (sold_from <= ${"at"} and sold_until > ${"at"}))
  order by number desc limit ${"limit"}`;

/** The same of one state. */
export const lookAtNewestInState = sql.named("catalog.lookAtNewestInState", {
  params: { shelf: arg.text, state: arg.int2, ...wanted },
  columns: hitColumns,
})`select code, number, version, state
  from (select code, number, version, state, tokens from ${item}
    where shelf = ${"shelf"} and state = ${"state"} and number < ${"before"}
    order by number desc limit ${"window"}) as newest
  where tokens @> ${"tokens"}
    and (${"beginning"} is null or tokens && ${"whole"}
      or exists (select from unnest(tokens) as held (token)
        where token like ${"beginning"} and position('=' in token) = 0))
  order by number desc limit ${"limit"}`;

/**
 * Through the index of lexemes, all that fits before any is put in order: the planner takes what begins in some way for
 * frequent, and would look through the newest for it.
 */
export const findByLexemes = sql.named("catalog.findByLexemes", {
  params: {
    ...{ shelf: arg.text, lexemes: arg.text, state: arg.int2, at: arg.timestamptzNull },
    ...{ before: arg.int8, limit: arg.int4 },
  },
  columns: hitColumns,
})`with found as materialized (select code, number, version, state from ${item}
    where shelf = ${"shelf"} and kind = 3
      and ${fn("catalog_found_by")}(tokens) @@ (${"lexemes"})::tsquery
      and (${"state"} = 0 or state = ${"state"})
      and (${"at"} is null or (sold_from <= ${"at"} and sold_until > ${"at"}))
      and number < ${"before"})
  select code, number, version, state from found order by number desc limit ${"limit"}`;

/** Items in the order in which they were first saved, as the newest version of each has it. */
export const itemsInOrder = sql.named("catalog.itemsInOrder", {
  params: { shelf: arg.text, after: arg.int8, limit: arg.int4 },
  columns: {
    ...{ code: as.text, number: as.int8, version: as.int4, state: as.int2 },
    ...{ effectiveFrom: as.timestamptz, body: as.text },
  },
})`select head.code, head.number, head.version, head.state, v.effective_from, v.body from ${item} as head
  join ${version} as v on v.book = head.book and v.kind = head.kind and v.code = head.code
    and v.version = head.version
  where head.shelf = ${"shelf"} and head.number > ${"after"}
  order by head.number limit ${"limit"}`;

const quoteColumns = {
  quoteId: as.text,
  bodyHash: as.bytea,
  contentHash: as.bytea,
  total: as.int8,
  expiresAt: as.timestamptz,
  body: as.text,
} as const;

/** Of all books, in the order in which they were made. */
export const quotesInOrder = sql.named("catalog.quotesInOrder", {
  params: { after: arg.text, limit: arg.int4 },
  columns: { quoteId: as.text, madeAt: as.timestamptz, expiresAt: as.timestamptz },
})`select quote_id, made_at, expires_at from ${quote}
  where quote_id > ${"after"} order by quote_id limit ${"limit"}`;

export const quoteByKey = sql.named("catalog.quoteByKey", {
  params: { book: arg.text, key: arg.text },
  columns: quoteColumns,
})`select quote_id, body_hash, content_hash, total, expires_at, body from ${quote}
  where book = ${"book"} and quote_key = ${"key"}`;

export const quoteById = sql.named("catalog.quoteById", {
  params: { book: arg.text, id: arg.text },
  columns: quoteColumns,
})`select quote_id, body_hash, content_hash, total, expires_at, body from ${quote}
  where book = ${"book"} and quote_id = ${"id"}`;
