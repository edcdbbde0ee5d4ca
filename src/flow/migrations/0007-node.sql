-- compatible
-- A node's life: what is due is found by flow, and what a closing node had is anybody's without a crash.

-- By flow: what nobody serves stands before nobody else.
drop index flow_live_due;
create index flow_live_due on flow_live (flow, wake_at, run_id) where state = 3 and wake_at < 'infinity';

-- Gives free what a node had under an epoch before this one, when it closes; at most `most` runs at a time. It
-- was not lost: nothing of it counts as having taken its node down.
create function flow_give_back(of_owner int4, before_epoch int4, most int4) returns int4
language sql set search_path from current as $$
  with left_behind as (
    select run_id from flow_live where owner <> 0 and owner = of_owner and epoch < before_epoch
    order by run_id limit most for no key update),
  freed as (
    update flow_live as live set
      owner = 0, epoch = 0, wake_at = clock_timestamp(),
      state = case when live.state = 7 then 7 else 1 end
    from left_behind where live.run_id = left_behind.run_id
    returning 1)
  select count(*)::int4 from freed
$$;
