-- Every write is audited in the books' own record: who made the book, in which request. Null where
-- nobody was named, and of books made before.

alter table ledger_book
  add column by_whom text collate "C",
  add column request text collate "C";
