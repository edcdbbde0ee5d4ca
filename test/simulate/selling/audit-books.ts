/** What must hold between the rows of orders and the books: every act in the journal, every balance its sum. */
const sumOf = (text: string) => `coalesce((${text}), 0)`;

export const bookChecks: Readonly<Record<string, string>> = {
  "every act has its chain in the journal": `
    select order_id, version, act, chain from act where not exists (select from entry
      where entry.chain in (act.chain, case when act in ('cancel', 'expire') then 'o/' || order_id || '/gone' end))`,
  "every chain of an order has its act": `
    select distinct chain, min(seq) from entry where chain ~ '^[opfr]/'
      and regexp_replace(chain, '/gone$', '/end') not in (select chain from act) group by chain`,
  "a chain is in the journal whole": `
    select chain, min(chain_length) as asked, count(*) as found from entry where chain ~ '^[bnopfry]/'
    group by chain having count(*) <> min(chain_length)`,
  "an order of which nothing was sold holds nothing": `
    select hold.id, hold.asset, hold.amount, stands.state, hold.expires_at from hold cross join clock
    left join stands on stands.order_id = split_part(hold.id, '/', 2)
    where hold.id like 'o/%' and hold.expires_at > clock.now and stands.state is distinct from 'placed'`,
  "placing holds each line, token and part": `
    select sold.order_id, sold.line, sold.sku, sold.quantity from line as sold where not unstocked
      and not exists (select from entry where id = 'o/' || order_id || '/s' || line and kind = 'pending'
        and asset = 'SKU:' || sku || '/0' and amount = quantity and debit = 'shop/stock' and credit = 'shop/due')
    union all select order_id, -1, each.part->>'path', (each.part->>'amount')::int8 from stands
      cross join lateral json_array_elements(held->'parts') with ordinality as each (part, nth)
    where not exists (select from entry where id = 'o/' || order_id || '/m' || (nth - 1) and kind = 'pending'
      and debit = each.part->>'path' and credit = 'shop/unearned' and amount = (each.part->>'amount')::int8)`,
  "a payment brings the whole price, and takes the whole hold": `
    select act.order_id, total, sum(amount) filter (where credit = 'shop/unearned') as came,
      count(*) filter (where kind = 'post') as posted
    from act join stands using (order_id) left join posting using (chain) where act.act = 'pay'
    group by act.order_id, total having total <> ${sumOf("sum(amount) filter (where credit = 'shop/unearned')")}
      or count(*) filter (where kind = 'post') <> (select count(*) from entry as held
        where held.kind = 'pending' and held.chain = 'o/' || act.order_id)`,
  "a part is paid from the account that its row names": `
    select subject, part, path, amount from part where amount > ${sumOf(`
      select sum(posting.amount) from posting where chain = 'p/' || payment_id
        and debit = path and credit = 'shop/unearned'`)}`,
  "a delivery earns its lines' shares and moves their goods": `
    select act.order_id, act.version, money.amount as earned, goods.quantity as left from act
    cross join lateral (select ${sumOf("select sum(amount) from posting where posting.chain = act.chain and debit = 'shop/unearned' and credit = 'shop/revenue'")} as amount) as money
    cross join lateral (select ${sumOf("select sum(amount) from posting where posting.chain = act.chain and debit = 'shop/due' and credit = 'shop/delivered'")} as quantity) as goods
    where act = 'fulfil' and (money.amount <> ${sumOf("select sum(amount) from move where move.order_id = act.order_id and move.version = act.version")}
      or goods.quantity <> ${sumOf("select sum(move.quantity) from move join line using (order_id, line) where move.order_id = act.order_id and move.version = act.version and not unstocked")})`,
  "a refund pays what its rows say, to the accounts that paid": `
    select act.order_id, act.version, act.key, path, given, went from act
    cross join lateral (select part.path, sum(back.amount) as given from back join part using (subject, payment_id, part)
      where back.subject = act.order_id and back.refund_id = act.key group by part.path) as rows
    cross join lateral (select ${sumOf("select sum(amount) from posting where posting.chain = act.chain and credit = rows.path")} as went) as books
    where act.act = 'refund' and given <> went
    union all select act.order_id, act.version, act.key, posting.credit, 0, posting.amount from act
    join posting using (chain) where act.act = 'refund' and posting.amount > 0 and posting.debit <> 'shop/redeemed'
      and posting.credit not like 'shop/%' and not exists (select from back join part using (subject, payment_id, part)
        where back.subject = act.order_id and back.refund_id = act.key and part.path = posting.credit)`,
  "a refund moves the goods that its rows say": `
    select act.order_id, act.version, ${sumOf("select sum(amount) from posting where posting.chain = act.chain and credit in ('shop/stock', 'shop/returned')")} as moved
    from act where act = 'refund' and ${sumOf("select sum(amount) from posting where posting.chain = act.chain and credit in ('shop/stock', 'shop/returned')")}
      <> ${sumOf("select sum(move.quantity) from move join line using (order_id, line) where move.order_id = act.order_id and move.version = act.version and not unstocked")}`,
  "money for goods on their way is their price": `
    select has, due from account cross join (select ${sumOf("sum(due_amount)")} as due from line where not unpaid) as rows
    where path = 'shop/unearned' and has <> due`,
  "revenue is the price of what was delivered and kept": `
    select has, earned from account cross join (
      select ${sumOf("sum(delivered_amount - returned_amount)")} as earned from line) as rows
    where path = 'shop/revenue' and has <> earned`,
  "goodwill is what was given beside any goods": `
    select has, given from account cross join (select ${sumOf("select sum(refunded) from stands")}
      - ${sumOf("select sum(called_off_amount + returned_amount) from line")} as given) as rows
    where path = 'shop/goodwill' and -has <> given`,
  "whoever pays has what came in, less what was paid, with what went back": `
    select path, has, came, paid, went, bid, got from account
    cross join lateral (select ${sumOf("select sum(amount) from posting where posting.asset = account.asset and credit = path and debit = 'bank'")} as came) as one
    cross join lateral (select ${sumOf("select sum(amount) from part where part.path = account.path")} as paid) as two
    cross join lateral (select ${sumOf("select sum(back.amount) from back join part using (subject, payment_id, part) where part.path = account.path")} as went) as three
    cross join lateral (select ${sumOf("select sum(amount) from posting where posting.asset = account.asset and debit = path and kind = 'post' and chain like 'b/%'")} as bid) as four
    cross join lateral (select ${sumOf("select sum(amount) from posting where posting.asset = account.asset and credit = path and id like 'y/%'")} as got) as five
    where (path like 'user/%/wallet' or path like 'company/%' or path = 'shop/cash') and has <> came - paid + went - bid + got`,
  "goods on the way and goods delivered are those of the orders": `
    select path, asset, has, due, out from account
    join (select 'SKU:' || sku || '/0' as asset, sum(due) filter (where not unpaid) as due,
      sum(delivered - returned) as out from line where not unstocked group by sku) as rows using (asset)
    where path = 'shop/due' and has <> ${sumOf("due")} or path = 'shop/delivered' and has <> out`,
  "stock is what was supplied, less what was sold and not given back": `
    select supplier.asset, -supplier.has as supplied, sum(shelf.has) as shelves from account as supplier
    join account as shelf using (asset) where supplier.path = 'shop/supplier'
      and shelf.path in ('shop/stock', 'shop/due', 'shop/delivered', 'shop/returned')
    group by supplier.asset, supplier.has having -supplier.has <> sum(shelf.has) or min(shelf.has) < 0`,
  "what is held of stock is held by orders that wait": `
    select asset, debits_pending, held from account
    cross join lateral (select ${sumOf("select sum(amount) from hold where hold.asset = account.asset and hold.debit = account.path")} as held) as rows
    where path = 'shop/stock' and debits_pending <> held`,
  "coupons and points go back all together and once, with the last of an order that is refunded": `
    select order_id, min(state) as state, json_agg(json_build_array(asset, amount, returned)) as tokens from token
    group by order_id having not (bool_and(returned = 0) or bool_and(returned = amount and state = 'refunded'))`,
  "coupons and points are used up by what was paid, and by nothing else": `
    select path, asset, has, used from account
    cross join lateral (select ${sumOf("select sum(amount - returned) from token where token.asset = account.asset and not unpaid")} as used) as rows
    where path = 'shop/redeemed' and has <> used
    union all select path, asset, has, issued - used from account
    cross join lateral (select ${sumOf("select sum(amount) from posting where posting.asset = account.asset and credit = path and debit = 'mint'")} as issued) as one
    cross join lateral (select ${sumOf("select sum(amount - returned) from token where token.asset = account.asset and not unpaid and path = 'user/' || buyer || '/tokens'")} as used) as two
    where path like 'user/%/tokens' and has <> issued - used`,
};
