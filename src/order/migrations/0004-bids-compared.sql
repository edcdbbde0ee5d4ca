-- compatible
-- Whether a bid may be cut: a repeat that says otherwise is another bid. Null where nobody kept it.
alter table order_bid add column allow_partial bool;
