-- Archives: a stretch of a book's journal that was written to a file, proved there, and then made slim
-- in its table: what a repeat is compared by stays, words of callers become digests, balances between
-- the archive's ends go. The tables are append only but for this.
-- (docs/inside/decisions/0018-archives-keep-what-answers-need.md)

create table ledger_archive (
  book_id       int4 not null references ledger_book,
  -- The entries (after_seq .. through_seq]; both are ends of batches.
  after_seq     int8 not null,
  through_seq   int8 not null,
  at            timestamptz not null,   -- of the last batch, with its hash
  hash          bytea not null,
  entries       int8 not null,
  batches       int8 not null,
  accounts      int8 not null,          -- opened up to through_seq, all of the book's
  -- The latest business time of all entries up to through_seq.
  effective_max timestamptz not null,
  -- Where its parts end, and of each a SHA-256 over everything that stays of it.
  part_seqs     int8[] not null,
  part_digests  bytea[] not null,
  -- Over every balance and every open hold, as of through_seq.
  state_digest  bytea not null,
  file          text collate "C" not null,
  file_sha256   bytea not null,
  file_bytes    int8 not null,
  made_at       timestamptz not null default clock_timestamp(),
  by_whom       text collate "C",
  request       text collate "C",
  -- How far the table is slim: through_seq when all is done.
  slimmed_seq   int8 not null,
  constraint ledger_archive_pkey primary key (book_id, through_seq),
  constraint ledger_archive_follows_once unique (book_id, after_seq),
  constraint ledger_archive_moves_forward check (through_seq > after_seq),
  constraint ledger_archive_slims_itself check (slimmed_seq between after_seq and through_seq),
  constraint ledger_archive_parts_have_digests check (cardinality(part_seqs) = cardinality(part_digests))
);

-- Holds that were open where an archive ended: they keep everything until one that has their end.
create table ledger_archive_hold (
  book_id int4 not null,
  seq     int8 not null,
  constraint ledger_archive_hold_pkey primary key (book_id, seq)
);

-- Null: the entry is whole. Else what is left of its reference and metadata: ledger_slim of them.
alter table ledger_entry add column archived bytea;

-- A byte that says which of both were there (1 reference, 2 metadata), then 8 bytes of each one's
-- SHA-256. The seq in it keeps equal words of different entries apart; a resolution has its hold's, so
-- that the words it inherited can be told from its own.
create function ledger_slim(seq int8, pending_seq int8, reference text, metadata json) returns bytea
language sql stable parallel safe
return set_byte('\x00'::bytea, 0,
    (case when reference is null then 0 else 1 end) + (case when metadata is null then 0 else 2 end))
  || coalesce(substring(sha256('longmen.reference.1'::bytea || '\x00'::bytea
    || int8send(coalesce(pending_seq, seq)) || convert_to(reference, 'UTF8')) for 8), ''::bytea)
  || coalesce(substring(sha256('longmen.metadata.1'::bytea || '\x00'::bytea
    || int8send(coalesce(pending_seq, seq)) || convert_to(metadata::text, 'UTF8')) for 8), ''::bytea);
