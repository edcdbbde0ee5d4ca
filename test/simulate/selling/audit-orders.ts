/** What must hold of the rows of orders and payments alone. Each statement answers what is wrong: nobody. */
export const orderChecks: Readonly<Record<string, string>> = {
  "an order has all its lines, numbered from 0": `
    select order_id, lines, count(sold.line) as found, max(sold.line) as last from placed left join sold using (order_id)
    group by order_id, lines having lines <> count(sold.line) or max(sold.line) is distinct from lines - 1`,
  "the lines of an order sum to its total": `
    select order_id, total, sum(amount) as lines from placed join sold using (order_id)
    group by order_id, total having total <> sum(amount)`,
  "a line costs its list less its discounts": `
    select order_id, line, list, amount, discounts from sold
    where list - amount <> coalesce((select sum((each->>'amount')::int8)
      from json_array_elements(discounts::json) as each), 0)
      or exists (select from json_array_elements(discounts::json) as each where (each->>'amount')::int8 <= 0)`,
  "an order is sold as it was quoted": `
    select placed.order_id, sold.line, quoted.total, of_quote.said as quoted from placed
    left join catalog_quote as quoted on quoted.quote_id = placed.quote_id and quoted.book = (
      select name from ledger_book where book_id = placed.book_id)
    left join sold using (order_id)
    left join lateral (select quoted.body::json->'lines'->sold.line::int4 as said) as of_quote on true
    where (quoted.total = placed.total and quoted.currency = placed.asset
      and json_array_length(quoted.body::json->'lines') = placed.lines
      and of_quote.said->>'sku' = sold.sku and (of_quote.said->>'quantity')::int8 = sold.quantity
      and (of_quote.said->>'list')::int8 = sold.list and (of_quote.said->>'amount')::int8 = sold.amount) is not true`,
  "versions follow one another": `
    select order_id, count(*) + 1 as acts, max(version) as version from step
    group by order_id having max(version) <> count(*) + 1
    union all select order_id, 0, version from step where order_id not in (select order_id from placed)`,
  "every step is one that the machine has": `
    select order_id, version, before, act, state from (select *,
      lag(state, 1, 'placed') over (partition by order_id order by version) as before from step) as stepped
    where (before, act, state) not in (values ('placed', 'pay', 'paid'), ('placed', 'cancel', 'cancelled'),
      ('placed', 'expire', 'expired'), ('paid', 'fulfil', 'fulfilling'), ('paid', 'fulfil', 'fulfilled'),
      ('paid', 'refund', 'paid'), ('paid', 'refund', 'refunded'), ('fulfilling', 'fulfil', 'fulfilling'),
      ('fulfilling', 'fulfil', 'fulfilled'), ('fulfilling', 'refund', 'fulfilling'),
      ('fulfilling', 'refund', 'fulfilled'), ('fulfilled', 'refund', 'fulfilled'), ('fulfilled', 'close', 'closed'))`,
  "a state is what the goods say": `
    select order_id, state, due, out from (select order_id, state, sum(due) as due, sum(delivered) as out
      from stands join line using (order_id) group by order_id, state) as goods
    where state not in ('placed', 'cancelled', 'expired') and state <> case
      when due > 0 and out > 0 then 'fulfilling' when due > 0 then 'paid'
      when out = 0 then 'refunded' when state = 'closed' then 'closed' else 'fulfilled' end`,
  "an order waits no longer than its time": `
    select order_id, expires_at, now from stands cross join clock where state = 'placed' and expires_at < now`,
  "no goods without payment": `
    select order_id, state, paid, total, sum(delivered) as out from stands join line using (order_id)
    group by order_id, state, paid, total, refunded
    having (sum(delivered) > 0 or sum(called_off) > 0 or sum(returned) > 0) and paid < total
      or bool_or(unpaid) and (paid > 0 or refunded > 0 or sum(delivered) > 0)
    union all select order_id, state, paid, total, 0 from stands
    where state not in ('placed', 'cancelled', 'expired') and (paid <> total
      or not exists (select from step where step.order_id = stands.order_id and act = 'pay'))`,
  "no payment without goods or refund, or goods on their way": `
    select order_id, state, paid, refunded from stands where state = 'refunded' and refunded <> paid
    union all
    select order_id, state, amount, back from stands join line using (order_id)
    where not unpaid and due = 0 and (due_amount <> 0 or amount <> delivered_amount + called_off_amount)
    union all
    select order_id, state, total, paid from stands
    where state in ('cancelled', 'expired') and order_id in (select subject from part)`,
  "what was paid is the sum of its parts, of one payment": `
    select order_id, paid, sum(amount) as parts, count(distinct payment_id) as payments
    from stands left join part on subject = order_id group by order_id, paid
    having paid <> coalesce(sum(amount), 0) or count(distinct payment_id) > 1
    union all select subject, 0, amount, 1 from part
    where not exists (select from step where step.order_id = subject and act = 'pay' and key = payment_id)`,
  "nothing goes back above what was paid": `
    select order_id, paid::text, refunded::text from stands where refunded > paid or refunded < 0
    union all select subject, amount::text, (select sum(amount)::text from back where back.subject = part.subject
      and back.payment_id = part.payment_id and back.part = part.part) from part
    where amount < (select sum(amount) from back where back.subject = part.subject
      and back.payment_id = part.payment_id and back.part = part.part)
    union all select order_id || '/' || line, amount::text, back::text from line where back > amount`,
  "a refund is given once, and what went back is its sum": `
    select order_id, version::text, key, refunded - before as given, went from (select step.*,
        lag(refunded, 1, 0) over (partition by order_id order by version) as before,
        (select coalesce(sum(amount), 0) from back where subject = order_id and refund_id = key) as went from step
      ) as stepped where refunded - before <> case act when 'refund' then went else 0 end
    union all select subject, '', refund_id, amount, 0 from back
    where (select count(*) from step where order_id = subject and act = 'refund' and key = refund_id) <> 1
    union all select min(order_id), count(*)::text, key, 0, 0 from step where act in ('refund', 'fulfil')
    group by act, key having count(*) > 1`,
  "a line gives its buyer at most what the order does": `
    select order_id, refunded, sum(back) as lines from stands join line using (order_id)
    group by order_id, refunded having sum(back) > refunded`,
  "goods that are delivered, called off and brought back are those that were sold": `
    select order_id, line, quantity, delivered, called_off, returned from line
    where due < 0 or due_amount < 0 or returned > delivered or returned_amount > delivered_amount
      or (returned = delivered and returned_amount <> delivered_amount)
    union all select order_id, line, quantity, 0, 0, 0 from move where not exists (select from step
      where step.order_id = move.order_id and step.version = move.version and act in ('fulfil', 'refund'))`,
  "a share is the price of its units, rounded down or the rest": `
    select order_id, line, version, quantity, amount, left_quantity, left_amount from (
      select move.*, sold.quantity - coalesce(sum(move.quantity) over before, 0) as left_quantity,
        sold.amount - coalesce(sum(move.amount) over before, 0) as left_amount
      from move join sold using (order_id, line) where kind in (1, 2)
      window before as (partition by order_id, line order by version, kind
        rows between unbounded preceding and 1 preceding)) as shared
    where amount <> div(left_amount * quantity, left_quantity)`,
};
