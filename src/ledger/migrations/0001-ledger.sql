-- The ledger's tables. Everything here is append only: no row is ever updated or deleted by Longmen,
-- so a hot account leaves no dead rows, a pinned vacuum horizon costs nothing, and the books can be
-- folded at any time without a lock.

create table ledger_book (
  book_id    int4 generated always as identity primary key,
  name       text collate "C" not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint ledger_book_name_is_unique unique (name)
);

-- One row per flush: the compare-and-set (previous seq unique), the batch's boundary, and a link of
-- the hash chain. Row zero (previous seq -1, last seq 0) is written with the book.
create table ledger_batch (
  book_id     int4 not null references ledger_book,
  prev_seq    int8 not null,
  last_seq    int8 not null,
  at          timestamptz not null,
  -- Every hold of the book whose time-out ended at or before this instant is resolved.
  swept_until timestamptz not null,
  hash        bytea not null,
  constraint ledger_batch_pkey primary key (book_id, last_seq),
  constraint ledger_batch_follows_once unique (book_id, prev_seq),
  constraint ledger_batch_moves_forward check (last_seq > prev_seq),
  constraint ledger_batch_hash_is_sha256 check (octet_length(hash) = 32)
);
create index ledger_batch_by_time on ledger_batch (book_id, at, last_seq);

-- An asset is known by the seq of the entry that defined it.
create table ledger_asset (
  book_id  int4 not null,
  asset    int8 not null,
  code     text collate "C" not null,
  -- Whether refusals of holds with a time-out are remembered for ever, or for a window in memory.
  refusals text collate "C" not null,
  defined_at timestamptz not null,
  constraint ledger_asset_pkey primary key (book_id, asset),
  constraint ledger_asset_code_is_unique unique (book_id, code),
  constraint ledger_asset_refusals_are_known check (refusals in ('forever', 'window'))
);

-- What never changes of an account; an account is known by the seq of the entry that opened it.
create table ledger_account (
  book_id int4 not null,
  account int8 not null,
  path    text collate "C" not null,
  asset   int8 not null,
  side    int2 not null,              -- 1 debit, 2 credit
  -- The bound it was opened with (null: none): what a repeated opening is compared with.
  opening_bound int8,
  opened_at     timestamptz not null,
  constraint ledger_account_pkey primary key (book_id, account),
  constraint ledger_account_path_and_asset_are_unique unique (book_id, path, asset),
  constraint ledger_account_side_is_known check (side in (1, 2))
);

-- What an account was after the entries (first_seq .. seq] of one batch that touched it; the newest
-- row is what it is now. The primary key is also the history index: the account's entries of that
-- batch lie between first_seq and seq. (docs/inside/decisions/0008-append-only-balances.md)
create table ledger_balance (
  book_id         int4 not null,
  account         int8 not null,
  seq             int8 not null,
  first_seq       int8 not null,
  debits_pending  int8 not null,
  debits_posted   int8 not null,
  credits_pending int8 not null,
  credits_posted  int8 not null,
  bound           int8,                 -- null: none
  closed          bool not null,
  constraint ledger_balance_pkey primary key (book_id, account, seq),
  constraint ledger_balance_is_not_negative
    check (debits_pending >= 0 and debits_posted >= 0 and credits_pending >= 0 and credits_posted >= 0),
  constraint ledger_balance_bound_is_not_negative check (bound >= 0),
  constraint ledger_balance_first_seq_is_not_after_seq check (first_seq <= seq)
);

-- The journal: every transfer, account event, expiry and remembered refusal, in order.
create table ledger_entry (
  book_id        int4 not null,
  seq            int8 not null,
  at             timestamptz not null,
  id             text collate "C" not null,
  kind           int2 not null,          -- src/ledger/entry.ts: entryKinds
  status         int2 not null,          -- 0 created, else the number of the refusal
  asset          int8,
  debit          int8,                   -- account events name their account here
  credit         int8,
  amount         int8,                   -- as recorded; a bound event's new bound (null: none)
  requested      int8,                   -- as asked, where that may differ: balancing, post, void
  balancing      int2,                   -- 1 debit, 2 credit, 3 both
  pending_seq    int8,                   -- the hold that a post, void or expiry resolves
  timeout_ms     int8,
  expires_at     timestamptz,
  code           int4,
  chain          text collate "C",
  chain_index    int2,                   -- from 1
  chain_length   int2,
  reference      text collate "C",
  metadata       json,                   -- kept as sent, byte by byte
  effective_at   timestamptz,
  by_key         text collate "C",       -- who
  request        text collate "C",       -- in which request or trace
  rule           text collate "C",       -- by which version of which rule
  -- What a refused request named, where no account or hold of that name was there.
  named          text collate "C",
  constraint ledger_entry_pkey primary key (book_id, seq),
  constraint ledger_entry_id_is_used_once unique (book_id, id),
  constraint ledger_entry_amount_is_not_negative check (amount >= 0)
);
create unique index ledger_entry_hold_is_resolved_once on ledger_entry (book_id, pending_seq)
  where pending_seq is not null and status = 0;
create index ledger_entry_by_expiry on ledger_entry (book_id, expires_at, seq)
  where expires_at is not null and status = 0;
create index ledger_entry_by_reference on ledger_entry (book_id, reference, seq)
  where reference is not null;
create unique index ledger_entry_chain_id_is_used_once on ledger_entry (book_id, chain)
  where chain_index = 1 and status = 0;
create index ledger_entry_refused on ledger_entry (book_id, seq) where status <> 0;
