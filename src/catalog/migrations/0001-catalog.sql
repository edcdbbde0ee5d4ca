-- What is sold: product types, price plans, products with their variants, and quotes.

-- A book that has a catalogue.
--   number   stands in the search tokens, so that one index serves all books
--   version  grows with every commit that changes what is sold or at which price; quotes hold on to it
create table catalog_book (
  book       text collate "C" not null,
  number     int4 generated always as identity,
  version    int8 not null default 1,
  settings   text not null,
  revision   int4 not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  constraint catalog_book_pkey primary key (book),
  constraint catalog_book_number_is_unique unique (number),
  constraint catalog_book_version_is_positive check (version > 0)
);

-- Where each type, plan and product stands: its newest version.
-- Keys begin with what tells rows apart, and lists go by one column (shelf) that no key has: else the planner, before
-- it has counted, takes "all products of the book" for one row, and reads them all for each code that it looks up.
--   kind        1 type, 2 price plan, 3 product
--   state       1 draft, 2 published, 3 withdrawn
--   changed_in  the book's version by which it was last changed; 0 while nothing sold depends on it
--   sold_from, sold_until  no instant outside of these finds it on sale; null while it is a draft
--   tokens      what it is found by: words, bigrams of Chinese, attributes
create table catalog_item (
  book       text collate "C" not null,
  kind       int2 not null,
  code       text collate "C" not null,
  shelf      text collate "C" not null, -- kind/book
  number     int8 generated always as identity,
  version    int4 not null,
  state      int2 not null,
  changed_in int8 not null,
  sold_from  timestamptz,
  sold_until timestamptz,
  body_hash  bytea not null,
  effective_from timestamptz not null,
  tokens     text[] collate "C" not null,
  constraint catalog_item_pkey primary key (code, book, kind),
  constraint catalog_item_number_is_unique unique (number),
  constraint catalog_item_kind_is_known check (kind in (1, 2, 3)),
  constraint catalog_item_state_is_known check (state in (1, 2, 3)),
  constraint catalog_item_version_is_positive check (version > 0)
);
create index catalog_item_changed on catalog_item (book, changed_in) where changed_in > 0;
create index catalog_item_in_order on catalog_item (shelf, number);
create index catalog_item_tokens on catalog_item using gin (tokens) with (fastupdate = off) where kind = 3;

-- What each of them said, from when on. Never changed. In effect at an instant is the highest version whose
-- time has come.
create table catalog_version (
  book           text collate "C" not null,
  kind           int2 not null,
  code           text collate "C" not null,
  version        int4 not null,
  effective_from timestamptz not null,
  state          int2 not null,
  body           text not null, -- JSON, in one spelling
  body_hash      bytea not null,
  by_whom        text not null,
  request        text not null,
  made_at        timestamptz not null default clock_timestamp(),
  constraint catalog_version_pkey primary key (code, book, kind, version),
  constraint catalog_version_hash_is_sha256 check (octet_length(body_hash) = 32)
);

-- Whose SKU it is, for ever.
create table catalog_sku (
  book    text collate "C" not null,
  sku     text collate "C" not null,
  product text collate "C" not null,
  constraint catalog_sku_pkey primary key (sku, book)
);

-- Prices that were promised, until when, and their proof. Never changed.
create table catalog_quote (
  book            text collate "C" not null,
  quote_id        text collate "C" not null,
  quote_key       text collate "C" not null,
  body_hash       bytea not null, -- of what was asked
  content_hash    bytea not null, -- of what was answered
  currency        text collate "C" not null,
  total           int8 not null,
  made_at         timestamptz not null,
  expires_at      timestamptz not null,
  catalog_version int8 not null,
  body            text not null,  -- JSON
  constraint catalog_quote_pkey primary key (quote_id, book),
  constraint catalog_quote_key_is_used_once unique (quote_key, book),
  constraint catalog_quote_total_is_not_negative check (total >= 0),
  constraint catalog_quote_ends_after_it_begins check (expires_at > made_at),
  constraint catalog_quote_hashes_are_sha256
    check (octet_length(body_hash) = 32 and octet_length(content_hash) = 32)
);
