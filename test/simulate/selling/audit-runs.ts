/** What must hold of services and of what provides them: the provider's own books against the orders. */
export const runChecks: Readonly<Record<string, string>> = {
  "each paid service line has one run, started in the payment's commit": `
    select order_id, count(*) filter (where unstocked) as services,
      (select count(*) from run where run.order_id = line.order_id) as runs,
      (select min(version) from run where run.order_id = line.order_id) as at from line
    join stands using (order_id) group by order_id, paid, total
    having (select count(*) from run where run.order_id = line.order_id) <> case
        when exists (select from step where step.order_id = line.order_id and act = 'pay')
        then count(*) filter (where unstocked) else 0 end
      or exists (select from run where run.order_id = line.order_id and not exists (select from step
        where step.order_id = run.order_id and step.version = run.version and act = 'pay'))`,
  "every run comes to its end": `
    select * from ended where outcome is distinct from 1`,
  "a service line is delivered, or called off": `
    select order_id, line, quantity, delivered, called_off from line join stands using (order_id)
    where unstocked and not unpaid and due <> 0`,
  "a provider is asked for a line under one key, for no more than was sold": `
    select order_id, line, count(*) as keys, min(provided.quantity) as asked, sold.quantity as quantity
    from provided left join sold using (order_id, line) group by order_id, line, sold.quantity
    having count(*) > 1 or (max(provided.quantity) <= sold.quantity) is not true`,
  "what was provided is delivered or released, and nothing else is": `
    select order_id, line, temper, called, provided.quantity as asked, handed, released from provided
    cross join lateral (select ${sumOf(`select sum(move.quantity) from move join step using (order_id, version)
      where move.order_id = provided.order_id and move.line = provided.line and kind = 1 and key like '%:%'`)} as handed) as one
    cross join lateral (select ${sumOf(`select sum(released.quantity) from released
      where released.order_id = provided.order_id and released.line = provided.line`)} as released) as two
    where handed + released <> case when temper in ('done', 'early')
      or called and temper in ('later', 'late', 'fails') then provided.quantity else 0 end
    union all select order_id, line, 'none', false, 0, 0, quantity from released
    where not exists (select from provided where provided.order_id = released.order_id and provided.line = released.line)`,
};

function sumOf(text: string): string {
  return `coalesce((${text}), 0)`;
}

/** What must hold of offerings, their bids and payouts. */
export const offeringChecks: Readonly<Record<string, string>> = {
  "every bid is held as it was granted, from its investor's wallet": `
    select offering_id, bid_id, investor, amount, cut, granted from bid
    where (case when cut then granted >= 1 and granted < amount else granted = amount end) is not true
      or exists (select from entry where kind = 'pending' and entry.chain = bid.chain
        and (debit <> 'user/' || investor || '/wallet' or credit <> 'offering/' || offering_id || '/room'))
    union all select chain, id, debit, amount, false, 0 from entry
    where kind = 'pending' and id like 'b/%' and chain not in (select chain from bid)`,
  "an offering grants no more than its cap, and cuts one bid at most": `
    select offering_id, cap, sum(granted) as granted, count(*) filter (where cut) as cut
    from offering join bid using (offering_id) group by offering_id, cap
    having sum(granted) > cap or count(*) filter (where cut) > 1
      or count(*) filter (where cut) = 1 and sum(granted) <> cap`,
  "every offering is settled: funded where its minimum is reached, and nowhere else": `
    select offering_id, cap, minimum, raised, funded, granted from offering
    left join offering_end using (offering_id)
    cross join lateral (select ${sumOf("select sum(bid.granted) from bid where bid.offering_id = offering.offering_id")} as granted) as bids
    where (raised = granted and funded = (granted >= minimum)) is not true`,
  "of a settled offering each hold is paid in, or given back": `
    select offering_id, bid_id, funded, granted, paid_in, given_back from bid join offering_end using (offering_id)
    cross join lateral (select ${sumOf(`select sum(posted.amount) from entry as held join entry as posted
      on posted.pending_seq = held.seq and posted.kind = 'post' where held.chain = bid.chain and held.kind = 'pending'`)} as paid_in,
      (select count(*) from entry as held join entry as void on void.pending_seq = held.seq and void.kind = 'void'
      where held.chain = bid.chain and held.kind = 'pending') as given_back) as ends
    where case when funded then paid_in <> granted or given_back > 0
      else paid_in <> 0 or given_back <> case when cut then 2 else 1 end end`,
  "a project gets what was raised, once, and an offering's own accounts are empty": `
    select offering_id, funded, raised, got from offering_end
    cross join lateral (select ${sumOf(`select sum(amount) from entry where id = 'n/' || offering_id || '/end'`)} as got) as books
    where got <> case when funded then raised else 0 end
    union all select path, false, has, debits_pending from account
    where path like 'offering/%' and (has <> 0 or debits_pending <> 0 or credits_pending <> 0)`,
  "a payout gives what it takes, to each bid its share to the last unit": `
    select offering_id, payout_id, total, taken, given from payout
    cross join lateral (select ${sumOf("select sum(amount) from entry where id = 'y/' || payout_id || '/all' and debit = payout.source")} as taken,
      ${sumOf("select sum(amount) from entry where chain is null and id ~ ('^y/' || payout_id || '/[0-9]+$')")} as given) as books
    where taken <> total or given <> total
    union all select offering_id, payout_id, total, bids, each_paid from payout
    cross join lateral (select count(*) as bids, count(*) filter (where part between div(total * granted, whole) and div(total * granted, whole) + 1
        and (part = 0 or went = 'user/' || investor || '/wallet')) as each_paid
      from (select bid.granted, investor, sum(bid.granted) over () as whole,
        ${sumOf(`select sum(amount) from entry where entry.reference = bid.bid_id and id like 'y/' || payout_id || '/%'`)} as part,
        (select min(credit) from entry where entry.reference = bid.bid_id and id like 'y/' || payout_id || '/%') as went
        from bid where bid.offering_id = payout.offering_id) as shared) as parts
    where bids <> each_paid`,
};
