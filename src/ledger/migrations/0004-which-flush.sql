-- compatible
-- Which flush wrote a batch: two nodes can decide the very same batch at one instant, hash and all. Behind a lost reply
-- each finds by this number whether it is its own that stands. Null: written by a version that drew none.
-- (docs/inside/decisions/0134-a-batch-says-which-flush-wrote-it.md)

alter table ledger_batch add column flush int8;
