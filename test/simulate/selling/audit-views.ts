/**
 * The tables of one book as the auditor reads them: plain SQL of its own, so that nothing which decides is trusted.
 * States and acts are named by their numbers as the migration of the rooms tells them.
 */
const states = ["placed", "paid", "fulfilling", "fulfilled", "refunded", "cancelled", "expired"];

const stateName = `(array['${states.join("','")}','closed'])`;
const actName = "(array['place','pay','cancel','expire','fulfil','refund','close'])";
const entryName =
  "(array['transfer','pending','post','void','expire','open','bound','close','reopen','asset'])";

const perLine = ["delivered", "called_off", "returned"]
  .map(
    (name, index) => `coalesce(sum(quantity) filter (where kind = ${index + 1}), 0) as ${name},
    coalesce(sum(amount) filter (where kind = ${index + 1}), 0) as ${name}_amount,`,
  )
  .join("\n");

const indexed = (table: string, ...columns: readonly string[]) => [
  ...columns.map((column) => `create index on ${table} (${column})`),
  `analyze ${table}`,
];

const tablesOfOrders = (book: number): readonly string[] => [
  `create temp table placed on commit drop as select * from order_order where book_id = ${book}`,
  ...indexed("placed", "order_id"),
  `create temp table sold on commit drop as select * from order_line where book_id = ${book}`,
  ...indexed("sold", "order_id"),
  `create temp table step on commit drop as select order_id, version, ${actName}[act] as act, ${stateName}[state] as state,
    key, paid, refunded from order_step where book_id = ${book}`,
  ...indexed("step", "order_id", "key"),
  `create temp table move on commit drop as select * from order_move where book_id = ${book}`,
  ...indexed("move", "order_id"),
  `create temp table part on commit drop as select * from payment_part where book_id = ${book}`,
  ...indexed("part", "subject", "path"),
  `create temp table back on commit drop as select * from payment_refund where book_id = ${book}`,
  ...indexed("back", "subject"),
  `create temp table stands on commit drop as
    select placed.order_id, placed.buyer, placed.asset, placed.total, placed.held::json as held, placed.expires_at,
      coalesce(newest.version, 1) as version, coalesce(newest.state, 'placed') as state,
      coalesce(newest.paid, 0) as paid, coalesce(newest.refunded, 0) as refunded
    from placed left join lateral (select * from step where step.order_id = placed.order_id
      order by version desc limit 1) as newest on true`,
  ...indexed("stands", "order_id"),
  `create temp table moved on commit drop as
    select order_id, line, ${perLine} coalesce(sum(back), 0) as back from move group by order_id, line`,
  ...indexed("moved", "order_id"),
  `create temp table line on commit drop as
    select sold.order_id, sold.line, sold.sku, sold.quantity, sold.list, sold.amount, sold.discounts,
      stands.state in ('placed', 'cancelled', 'expired') as unpaid,
      coalesce(stands.held->'unstocked', '[]')::jsonb @> to_jsonb(sold.line) as unstocked,
      coalesce(delivered, 0) as delivered, coalesce(delivered_amount, 0) as delivered_amount,
      coalesce(called_off, 0) as called_off, coalesce(called_off_amount, 0) as called_off_amount,
      coalesce(returned, 0) as returned, coalesce(returned_amount, 0) as returned_amount,
      coalesce(moved.back, 0) as back,
      sold.quantity - coalesce(delivered, 0) - coalesce(called_off, 0) as due,
      sold.amount - coalesce(delivered_amount, 0) - coalesce(called_off_amount, 0) as due_amount
    from sold join stands using (order_id) left join moved using (order_id, line)`,
  ...indexed("line", "order_id"),
];

const tablesOfBooks = (book: number): readonly string[] => [
  `create temp table act on commit drop as
    select order_id, 1 as version, 'place' as act, null as key, 'o/' || order_id as chain from placed
    union all select order_id, version, act, key, case act when 'pay' then 'p/' || key
      when 'fulfil' then 'f/' || key || '/' || version when 'refund' then 'r/' || key || '/' || version
      when 'close' then 'o/' || order_id || '/close' else 'o/' || order_id || '/end' end from step`,
  ...indexed("act", "chain", "order_id"),
  `create temp table entry on commit drop as
    select entry.seq, entry.id, ${entryName}[entry.kind] as kind, asset.code as asset, debit.path as debit,
      credit.path as credit, entry.amount, entry.chain, entry.chain_length, entry.pending_seq, entry.expires_at,
      entry.reference
    from ledger_entry as entry
    left join ledger_asset as asset on asset.book_id = entry.book_id and asset.asset = entry.asset
    left join ledger_account as debit on debit.book_id = entry.book_id and debit.account = entry.debit
    left join ledger_account as credit on credit.book_id = entry.book_id and credit.account = entry.credit
    where entry.book_id = ${book} and entry.status = 0`,
  ...indexed("entry", "chain", "id", "pending_seq", "reference"),
  `create temp table posting on commit drop as select * from entry where kind in ('transfer', 'post')`,
  ...indexed("posting", "chain", "credit", "debit"),
  `create temp table hold on commit drop as
    select * from entry as held where kind = 'pending'
      and not exists (select from entry as ended where ended.pending_seq = held.seq)`,
  ...indexed("hold", "id"),
  `create temp table account on commit drop as
    select account.path, asset.code as asset, credits_posted - debits_posted as has,
      debits_pending, credits_pending
    from ledger_account as account join ledger_asset as asset using (book_id, asset)
    join lateral (select * from ledger_balance as balance where balance.book_id = account.book_id
      and balance.account = account.account order by seq desc limit 1) as newest on true
    where account.book_id = ${book}`,
  `create temp table token on commit drop as
    select order_id, buyer, state, each.token->>'asset' as asset, (each.token->>'amount')::int8 as amount,
      state in ('placed', 'cancelled', 'expired') as unpaid,
      (select coalesce(sum(posting.amount), 0) from act join posting using (chain)
        where act.order_id = stands.order_id and act.act = 'refund' and posting.asset = each.token->>'asset'
          and debit = 'shop/redeemed' and credit = 'user/' || buyer || '/tokens') as returned
    from stands cross join lateral json_array_elements(held->'tokens') as each (token)`,
  ...indexed("token", "buyer"),
  `create temp table clock on commit drop as select max(at) as now from ledger_batch where book_id = ${book}`,
];

/** A run's number begins its id; those that are not there any more have ended. */
const tablesOfRuns = (book: number): readonly string[] => [
  `create temp table run on commit drop as select order_id, version, run from order_run where book_id = ${book}`,
  ...indexed("run", "order_id"),
  `create temp table ended on commit drop as select known.run_id, version.name, known.input, ended.outcome,
      live.state, live.wake_at, live.owner, live.epoch, clock_timestamp() as now,
      (select error from flow_trouble as told where told.run_id = known.run_id order by at desc limit 1) as error,
      (select string_agg(step, ', ' order by ordinal) from flow_step as done where done.run_id = known.run_id) as steps
    from flow_run as known join flow_version as version using (flow)
    left join flow_end as ended using (run_id) left join flow_live as live using (run_id)`,
  `create temp table provided on commit drop as select * from test_provided`,
  ...indexed("provided", "order_id"),
  `create temp table released on commit drop as select * from test_released`,
  ...indexed("released", "order_id"),
  `create temp table offering on commit drop as select * from order_offering where book_id = ${book}`,
  `create temp table offering_end on commit drop as select * from order_offering_end where book_id = ${book}`,
  `create temp table payout on commit drop as select * from order_payout where book_id = ${book}`,
  `create temp table bid on commit drop as select offering_id, bid_id, investor, known.amount, cut, chain,
      (select sum(entry.amount) from entry where entry.chain = asked.chain and kind = 'pending') as granted
    from order_bid as known
    cross join lateral (select 'b/' || bid_id || case when cut then '/cut' else '' end as chain) as asked
    where book_id = ${book}`,
  ...indexed("bid", "offering_id", "chain"),
];

/** Temporary tables, gone with the transaction's end: a plan that guesses would look through all of them for each row. */
export const tables = (book: number): readonly string[] => [
  ...tablesOfOrders(book),
  ...tablesOfBooks(book),
  ...tablesOfRuns(book),
];
