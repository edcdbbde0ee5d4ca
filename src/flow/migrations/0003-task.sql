-- compatible
-- Tasks: queues of runs with one step, limits by group, dead letters, progress, keys for a time.

-- What a task's group is known by; only tasks that have a limit have one. A run that is held (6) waits until
-- its group, or its rate, lets it through; the selector (flow_promote) is the only one who does so.
alter table flow_live add column gate int8;
alter table flow_live drop constraint flow_live_state_is_known;
alter table flow_live add constraint flow_live_state_is_known check (state in (1, 2, 3, 4, 5, 6, 7));
alter table flow_live add constraint flow_live_held_has_a_gate check (state <> 6 or gate is not null);

-- Held runs are in no index that claims look at.
create index flow_live_held on flow_live (flow, gate, priority, wake_at, run_id) where state = 6;
-- Those that take up room in their group.
create index flow_live_gated on flow_live (flow, gate) where gate is not null and state in (1, 2);
-- What nodes have, by number: at most some ten thousand each, whatever waits.
create index flow_live_owned on flow_live (run_id) where owner <> 0;
-- What needs a person.
create index flow_live_stopped on flow_live (state, run_id) where state in (4, 5);

-- A key for a time: past `until` another run may have it. Null: for ever.
alter table flow_key add column until timestamptz;
create index flow_key_until on flow_key (until) where until is not null;

-- Tasks that have failed for good, until somebody has them done again.
create table flow_dead (
  run_id  int8 not null,
  flow    int4 not null,
  gate    int8,
  dead_at timestamptz not null,
  constraint flow_dead_pkey primary key (run_id)
);
create index flow_dead_flow on flow_dead (flow, run_id);

-- What a task that runs last said of itself.
create table flow_progress (
  run_id int8 not null,
  value  text not null,
  at     timestamptz not null,
  constraint flow_progress_pkey primary key (run_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- How many runs were let through when, for as long as a rate looks back.
create table flow_let_through (
  flow int4 not null,
  gate int8 not null,
  at   timestamptz not null,
  n    int4 not null
) with (autovacuum_vacuum_scale_factor = 0.02);
create index flow_let_through_gate on flow_let_through (flow, gate, at);

-- As before, but for a run of a group, which waits for its turn when it is due.
create or replace function flow_claim(by_node text, by_owner int4, by_epoch int4, runs int8[]) returns int4
language sql set search_path from current as $$
  with held as (
    select 1 from lane_lease where node = by_node and epoch = by_epoch for key share),
  free as (
    select run_id from flow_live
    where run_id = any(runs) and owner = 0 and exists (select 1 from held)
      and (state in (1, 7) or (state = 3 and gate is null and wake_at <= clock_timestamp()))
    order by run_id for no key update skip locked),
  taken as (
    update flow_live as live
    set state = case when live.state = 7 then 7 else 2 end, owner = by_owner, epoch = by_epoch
    from free where live.run_id = free.run_id
    returning 1)
  select count(*)::int4 from taken
$$;

-- As before, but by an index: what else waits, millions perhaps, is not walked over.
create or replace function flow_release(
  of_owner int4, before_epoch int4, crashes_max int4, most int4, code text)
returns int4 language sql set search_path from current as $$
  with left_behind as (
    select run_id from flow_live where owner <> 0 and owner = of_owner and epoch < before_epoch
    order by run_id limit most for no key update),
  freed as (
    update flow_live as live set
      owner = 0, epoch = 0, crashes = live.crashes + 1, wake_at = clock_timestamp(),
      state = case when live.state = 7 then 7 when live.crashes + 1 >= crashes_max then 4 else 1 end
    from left_behind where live.run_id = left_behind.run_id
    returning live.run_id, live.state),
  told as (
    insert into flow_trouble (run_id, step, attempt, kind, error, at)
    select run_id, '', crashes_max, 2, code, clock_timestamp() from freed where state = 4)
  select count(*)::int4 from freed
$$;

-- Tasks that waited and are due stand in line, or before their group's door.
create function flow_due(runs int8[]) returns int4 language sql set search_path from current as $$
  with due as (
    select run_id from flow_live
    where run_id = any(runs) and state = 3 and wake_at <= clock_timestamp()
    order by run_id for no key update skip locked),
  moved as (
    update flow_live as live set state = case when live.gate is null then 1 else 6 end
    from due where live.run_id = due.run_id returning 1)
  select count(*)::int4 from moved
$$;

-- Lets held runs of these groups through, as far as their limits go. Counted by what there is, behind a lock
-- that only selectors of this flow take and none waits for: each statement in here sees what the selector
-- before it has committed, and nobody else makes a group fuller. 0 for a limit: there is none.
create function flow_promote(
  of_flow int4, gates int8[], per_group int4, rate_most int4, rate_ms int4, rate_of_all bool, most int4)
returns int4 language plpgsql set search_path from current as $$
declare
  one int8;
  rated int8;
  left_over int4 := most;
  groups_left int4 := cardinality(gates);
  free int4;
  passed int4;
begin
  if not pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.flow_promote', of_flow)) then
    return 0;
  end if;
  foreach one in array gates loop
    exit when left_over <= 0;
    free := left_over;
    -- 1: of no group, and here for the rate of all.
    if per_group > 0 and one <> 1 then
      select least(free, per_group - count(*)) into free from (
        select 1 from flow_live where flow = of_flow and gate = one and state in (1, 2)
        limit per_group) as inside;
    end if;
    if rate_most > 0 then
      rated := case when rate_of_all then 0 else one end;
      delete from flow_let_through where flow = of_flow and gate = rated
        and at <= clock_timestamp() - rate_ms * interval '1 millisecond';
      -- Of a rate that all share each group gets its part first.
      select least(free, case when rate_of_all
        then (rate_most - coalesce(sum(n), 0) + groups_left - 1) / groups_left
        else rate_most - coalesce(sum(n), 0) end) into free
        from flow_let_through where flow = of_flow and gate = rated;
    end if;
    groups_left := groups_left - 1;
    continue when free <= 0;
    with next as (
      select run_id from flow_live where flow = of_flow and gate = one and state = 6
      order by priority, wake_at, run_id limit free for no key update skip locked),
    through as (
      update flow_live as live set state = 1
      from next where live.run_id = next.run_id returning 1)
    select count(*) into passed from through;
    if rate_most > 0 and passed > 0 then
      insert into flow_let_through (flow, gate, at, n) values (of_flow, rated, clock_timestamp(), passed);
    end if;
    left_over := left_over - passed;
  end loop;
  return most - left_over;
end $$;

-- As before; a task of a group goes before its door, and leaves the list of the dead. Attempts that were
-- made stay for people to read (kind 4) and count no more.
create or replace function flow_reopen(run int8, of_flow int4, has_ended bool, taken_back text) returns bool
language plpgsql set search_path from current as $$
declare
  of_gate int8;
begin
  if has_ended then
    -- First this row, then the end's: the order of flow_redrive.
    delete from flow_dead where run_id = run returning gate into of_gate;
    with gone as (delete from flow_end where run_id = run returning *)
    insert into flow_trouble (run_id, step, attempt, kind, error, at)
      select run, '', 0, 4, coalesce(result, '{}'), ended_at from gone;
    if not found then return false; end if;
    insert into flow_live (run_id, wake_at, flow, owner, epoch, state, gate)
      values (run, clock_timestamp(), of_flow, 0, 0, case when of_gate is null then 1 else 6 end, of_gate)
      on conflict do nothing;
    if not found then return false; end if;
  else
    update flow_live set state = case when gate is null then 1 else 6 end,
      wake_at = clock_timestamp(), crashes = 0
      where run_id = run and state = 4;
    if not found then return false; end if;
  end if;
  with gone as (
    delete from flow_step
      where run_id = run and step in (select json_array_elements_text(taken_back::json))
      returning *)
  insert into flow_trouble (run_id, step, attempt, kind, error, at)
    select run, step, attempts, 3, json_build_object('name', 'taken_back', 'message',
      'recorded at ' || ended_at::text, 'outcome', outcome, 'result', result)::text, clock_timestamp()
    from gone;
  update flow_trouble set kind = 4 where run_id = run and kind = 1;
  return true;
end $$;

-- Has dead tasks done again: those of these runs that are dead still, and that nobody else has in hand.
create function flow_redrive(runs int8[]) returns int4 language plpgsql set search_path from current as $$
declare
  again int8[];
  made int4;
begin
  select coalesce(array_agg(run_id), '{}') into again from (
    select run_id from flow_dead where run_id = any(runs)
    order by run_id for update skip locked) as free;
  with gone as (delete from flow_end where run_id = any(again) returning *)
  insert into flow_trouble (run_id, step, attempt, kind, error, at)
    select run_id, '', 0, 4, coalesce(result, '{}'), ended_at from gone;
  update flow_trouble set kind = 4 where run_id = any(again) and kind = 1;
  with risen as (delete from flow_dead where run_id = any(again) returning *)
  insert into flow_live (run_id, wake_at, flow, owner, epoch, state, gate)
    select run_id, clock_timestamp(), flow, 0, 0, case when gate is null then 1 else 6 end, gate
    from risen order by run_id;
  get diagnostics made = row_count;
  return made;
end $$;
