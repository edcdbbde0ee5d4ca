-- compatible
-- What is asked of a run, and what wakes it, counts also while it is being let go of.

-- Something it may wait for came while a node had it, or while it was paused: it is looked for once more.
alter table flow_live add column woken bool not null default false;

-- As before; and what is not waiting yet, or not any more, is marked: letting go of it, or resuming it, makes it
-- ready. Waits for who has such a row in hand, or it would be missed. Locks: live rows by run.
create or replace function flow_wake(runs int8[]) returns int4 language sql set search_path from current as $$
  with waiting as (
    select run_id from flow_live
    where run_id = any(runs) and (state = 3 or (state in (2, 5) and not woken))
    order by run_id for no key update),
  told as (
    update flow_live as live set
      woken = live.state <> 3,
      wake_at = case when live.state = 3 then clock_timestamp() else live.wake_at end,
      state = case when live.state = 3 then 1 else live.state end
    from waiting where live.run_id = waiting.run_id returning 1)
  select count(*)::int4 from told
$$;

-- Asks something of runs: 0 to go on, 1 to cancel, 2 to pause. Answers those that have not ended. A cancel stays;
-- of several words for one run the cancel counts, else the last. Nobody's run is paused where it stands and keeps
-- its instant; a node's hears it. What goes on is ready, or waits on where its time has not come; it begins to
-- count its crashes anew. What neither stands still nor is to is left alone. Locks: live rows by run.
create function flow_ask(runs int8[], words int2[]) returns setof int8
language sql set search_path from current as $$
  with wanted as (
    select distinct on (run_id) run_id, word
    from unnest(runs, words) with ordinality as one (run_id, word, place)
    order by run_id, word = 1 desc, place desc),
  there as (
    select live.run_id, wanted.word, live.state, live.asked, live.woken, live.gate,
      live.state = 5 and not live.woken
        and live.wake_at > clock_timestamp() and live.wake_at < 'infinity' as is_early
    from flow_live as live join wanted on wanted.run_id = live.run_id
    where live.run_id = any(runs) and live.state <> 7
    order by live.run_id for no key update of live)
  update flow_live as live set
    asked = case when there.asked = 1 or word = 1 then 1 when word = 2 and there.state = 2 then 2 else 0 end,
    state = case
      when word = 1 and there.state in (3, 4, 5, 6) then 1
      when word = 2 and there.asked <> 1 and there.state in (1, 3, 6) then 5
      when word = 0 and is_early and there.asked <> 1 then 3
      when word = 0 and there.state in (4, 5) then
        case when there.gate is null or there.asked = 1 then 1 else 6 end
      else there.state end,
    wake_at = case
      when word = 1 and there.state in (3, 4, 5, 6) then clock_timestamp()
      when word = 0 and there.state in (4, 5) and (not is_early or there.asked = 1)
        then least(live.wake_at, clock_timestamp())
      else live.wake_at end,
    woken = there.woken and (there.state = 2 or word = 2),
    crashes = case when word = 0 and there.state in (4, 5) then 0 else live.crashes end
  from there where live.run_id = there.run_id
  returning live.run_id
$$;

-- As before, by the same rules as for one.
create or replace function flow_bulk_pause(runs int8[]) returns int4
language sql set search_path from current as $$
  select count(*)::int4 from (
    select array_agg(run_id) as ids, array_agg(2::int2) as words from flow_live
    where run_id = any(runs) and state in (1, 2, 3, 6) and asked = 0) as these,
    flow_ask(these.ids, these.words)
$$;

create or replace function flow_bulk_resume(runs int8[]) returns int4
language sql set search_path from current as $$
  select count(*)::int4 from (
    select array_agg(run_id) as ids, array_agg(0::int2) as words from flow_live
    where run_id = any(runs) and (state in (4, 5) or asked = 2)) as these,
    flow_ask(these.ids, these.words)
$$;
