-- What an order was paid with, part by part, and what was given back of each. Append only.

--   subject    what was paid for: the id of an order
--   payment_id the payer's own key, unique in the book (the ledger's ids see to that)
--   means      1 wallet, 2 company, 3 cash
--   path       the account that the money came from, and goes back to
create table payment_part (
  book_id    int4 not null,
  subject    text collate "C" not null,
  payment_id text collate "C" not null,
  part       int2 not null,
  means      int2 not null,
  path       text collate "C" not null,
  amount     int8 not null,
  constraint payment_part_pkey primary key (book_id, subject, payment_id, part),
  constraint payment_part_means_is_known check (means between 1 and 3),
  constraint payment_part_moves_something check (amount > 0)
);

create table payment_refund (
  book_id    int4 not null,
  subject    text collate "C" not null,
  refund_id  text collate "C" not null,
  payment_id text collate "C" not null,
  part       int2 not null,
  amount     int8 not null,
  constraint payment_refund_pkey primary key (book_id, subject, refund_id, payment_id, part),
  constraint payment_refund_moves_something check (amount > 0)
);
