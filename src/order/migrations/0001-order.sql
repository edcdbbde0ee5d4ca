-- Orders as they were placed, and what has been done to them since. Append only: an order is what its newest
-- step says, and inserting that step is the compare-and-set.

-- An order's first version. Never updated.
--   body_hash  of what was asked: tells a repeat from another order under the same key
--   held       JSON where there is anything: tokens and money held, lines without stock
--   expires_at until when it can be paid
create table order_order (
  book_id    int4 not null,
  order_id   text collate "C" not null,
  body_hash  bytea not null,
  buyer      text collate "C" not null,
  asset      text collate "C" not null,
  total      int8 not null,
  lines      int2 not null,
  quote_id   text collate "C" not null,
  held       text,
  placed_at  timestamptz not null,
  expires_at timestamptz not null,
  by_key     text,
  request    text,
  constraint order_order_pkey primary key (book_id, order_id),
  constraint order_order_costs_nothing_or_more check (total >= 0),
  constraint order_order_has_lines check (lines > 0)
);
-- Orders in the order in which they end unpaid, and nearly in that of placing: nothing of it is ever updated.
create index order_order_by_expiry on order_order (book_id, expires_at, order_id);
-- A buyer's own orders, newest first.
create index order_order_by_buyer on order_order (book_id, buyer, expires_at, order_id);

-- Whether anything was sold by a quote: the others go in the end. Ids grow with time, so it grows at its end.
create index order_order_by_quote on order_order (quote_id);

-- Frozen with the order.
--   unit       what the quantity counts, where it is not pieces
--   list       before discounts, amount after them, both for the whole quantity
--   discounts  JSON: what was taken off, by which rule
create table order_line (
  book_id   int4 not null,
  order_id  text collate "C" not null,
  line      int2 not null,
  sku       text collate "C" not null,
  quantity  int8 not null,
  unit      text,
  list      int8 not null,
  amount    int8 not null,
  discounts text,
  constraint order_line_pkey primary key (book_id, order_id, line),
  constraint order_line_has_a_quantity check (quantity > 0),
  constraint order_line_costs_nothing_or_more check (amount >= 0 and list >= 0)
);

-- What was done to an order, from version 2 on, and how it stands since.
--   act    2 pay, 3 cancel, 4 expire, 5 fulfil, 6 refund, 7 close
--   state  2 paid, 3 fulfilling, 4 fulfilled, 5 refunded, 6 cancelled, 7 expired, 8 closed
--   key    of who asked: payment, fulfilment, refund
create table order_step (
  book_id   int4 not null,
  order_id  text collate "C" not null,
  version   int4 not null,
  act       int2 not null,
  state     int2 not null,
  key       text collate "C" not null,
  body_hash bytea,
  at        timestamptz not null,
  paid      int8 not null,
  refunded  int8 not null,
  by_key    text,
  request   text,
  reason    text,
  constraint order_step_pkey primary key (book_id, order_id, version),
  constraint order_step_follows_placing check (version > 1),
  constraint order_step_act_is_known check (act between 2 and 7),
  constraint order_step_state_is_known check (state between 2 and 8),
  constraint order_step_gives_back_what_was_paid check (refunded between 0 and paid)
);

-- Orders that ended, by how and when: 4 fulfilled, 5 refunded, 6 cancelled, 7 expired, 8 closed.
create index order_step_by_end on order_step (book_id, state, at, order_id) where state >= 4;

-- Fulfilments and refunds come several times: each key once in a book. Of payments the ledger sees to that.
create unique index order_step_key_is_used_once on order_step (book_id, act, key) where act in (5, 6);

-- What a step did to a line.
--   kind    1 delivered, 2 called off before delivery, 3 brought back, 4 money alone
--   amount  the line's own share of its price
--   back    what the buyer was given back for it
create table order_move (
  book_id  int4 not null,
  order_id text collate "C" not null,
  version  int4 not null,
  line     int2 not null,
  kind     int2 not null,
  quantity int8 not null,
  amount   int8 not null,
  back     int8 not null,
  constraint order_move_pkey primary key (book_id, order_id, version, line, kind),
  constraint order_move_kind_is_known check (kind between 1 and 4),
  constraint order_move_is_not_negative check (quantity >= 0 and amount >= 0 and back >= 0)
);

-- Up to when all unpaid orders of a book have been ended: where the next sweep begins.
create table order_swept (
  book_id     int4 not null,
  swept_until timestamptz not null,
  constraint order_swept_pkey primary key (book_id)
);

-- Runs that an act has started, in its own commit.
create table order_run (
  book_id  int4 not null,
  order_id text collate "C" not null,
  version  int4 not null,
  run      text collate "C" not null,
  constraint order_run_pkey primary key (book_id, order_id, version, run)
);

-- Orders whose time to pay is over and which have not ended: what lists of open orders read beside the newest
-- orders. Kept by the sweep, behind the acts: a row may be there of an order that has ended since, and none is
-- missing of those that ended paying before `listed_until`.
create table order_open (
  book_id    int4 not null,
  order_id   text collate "C" not null,
  expires_at timestamptz not null,
  constraint order_open_pkey primary key (book_id, order_id)
);
create index order_open_newest on order_open (book_id, expires_at, order_id);

--   noted_at   by the database's clock: steps since then may have ended what is kept as open
create table order_listed (
  book_id      int4 not null,
  listed_until timestamptz not null,
  noted_at     timestamptz not null,
  constraint order_listed_pkey primary key (book_id)
);

-- What many pay for together, up to a cap.
--   minimum  less than that, and all is given back
--   project  the account that gets what was raised
create table order_offering (
  book_id     int4 not null,
  offering_id text collate "C" not null,
  asset       text collate "C" not null,
  cap         int8 not null,
  minimum     int8 not null,
  project     text collate "C" not null,
  closes_at   timestamptz not null,
  opened_at   timestamptz not null,
  by_key      text,
  request     text,
  constraint order_offering_pkey primary key (book_id, offering_id),
  constraint order_offering_has_a_cap check (minimum between 1 and cap)
);

--   amount  as asked; of one that was cut the journal has what was granted
create table order_bid (
  book_id     int4 not null,
  offering_id text collate "C" not null,
  bid_id      text collate "C" not null,
  investor    text collate "C" not null,
  amount      int8 not null,
  cut         bool not null,
  at          timestamptz not null,
  by_key      text,
  request     text,
  constraint order_bid_pkey primary key (book_id, offering_id, bid_id),
  constraint order_bid_has_an_amount check (amount > 0)
);

-- An offering that is settled: every bid was paid to the project, or given back.
create table order_offering_end (
  book_id     int4 not null,
  offering_id text collate "C" not null,
  raised      int8 not null,
  funded      bool not null,
  at          timestamptz not null,
  constraint order_offering_end_pkey primary key (book_id, offering_id)
);

-- What investors get back, all of it together; who gets how much follows from the bids.
create table order_payout (
  book_id     int4 not null,
  offering_id text collate "C" not null,
  payout_id   text collate "C" not null,
  total       int8 not null,
  source      text collate "C" not null,
  run         text collate "C" not null,
  at          timestamptz not null,
  by_key      text,
  request     text,
  constraint order_payout_pkey primary key (book_id, offering_id, payout_id),
  constraint order_payout_pays_something check (total > 0)
);
