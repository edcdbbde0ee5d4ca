-- compatible
-- Offerings and bids as lists, newest first; how many there were in the end; what came of a payout.

create index order_offering_opened on order_offering (book_id, opened_at, offering_id);
create index order_bid_placed on order_bid (book_id, offering_id, at, bid_id);
create index order_bid_investor on order_bid (book_id, offering_id, investor, at, bid_id);

-- Null where it was settled before they were counted.
alter table order_offering_end add column bids int4, add column investors int4;

-- A payout that is over: so many parts were paid, and so many no wallet took.
create table order_payout_end (
  book_id     int4 not null,
  offering_id text collate "C" not null,
  payout_id   text collate "C" not null,
  paid        int4 not null,
  unpaid      int4 not null,
  at          timestamptz not null,
  constraint order_payout_end_pkey primary key (book_id, offering_id, payout_id),
  constraint order_payout_end_counts check (paid >= 0 and unpaid >= 0)
);
