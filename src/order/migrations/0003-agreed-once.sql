-- compatible
-- Which order was placed by a quote whose price was agreed on: it sells once.
create table order_agreed (
  book_id  int4 not null,
  quote_id text collate "C" not null,
  order_id text collate "C" not null,
  constraint order_agreed_pkey primary key (book_id, quote_id)
);
