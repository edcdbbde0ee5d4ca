-- compatible
-- What runs say of themselves, which node serves what, forks, verbs for many runs, state machines.

-- As in 0002, but for whichever tables of the room are kept by day.
create or replace function flow_make_days(first int4, last int4) returns int4 language plpgsql
set search_path from current as $$
declare
  parent text;
  part text;
  made int4 := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('flow_make_days', 0));
  for day in first..last loop
    for parent in
      select relname from pg_class
      where relkind = 'p' and starts_with(relname, 'flow_')
        and relnamespace = (select relnamespace from pg_class where oid = 'flow_run'::regclass)
      order by 1
    loop
      part := parent || '_' || to_char(date '2026-01-01' + day, 'YYYYMMDD');
      continue when to_regclass(part) is not null;
      execute format('create table %I (like %I including all)', part, parent);
      execute format('alter table %I attach partition %I for values from (%s) to (%s)', parent, part,
        (day::int8 * 86400000) << 22, ((day::int8 + 1) * 86400000) << 22);
      made := made + 1;
    end loop;
  end loop;
  return made;
end $$;

-- What a run last said of itself: `said` is which of its sayings it is, so that a replay says nothing new.
create table flow_state (
  run_id int8 not null,
  said   int4 not null,
  value  text,
  at     timestamptz not null,
  constraint flow_state_pkey primary key (run_id)
) partition by range (run_id);

-- Which flows a node serves under an epoch of its lease; with the lease the row means nothing any more.
create table flow_serves (
  owner int4 not null,
  flow  int4 not null,
  epoch int4 not null,
  constraint flow_serves_pkey primary key (owner, flow)
);

-- Another run of the same input, or another one, that reuses some of a run's records.
create function flow_fork(
  run int8, origin int8, of_flow int4, of_key text, new_input text, keeps_input bool, reused text,
  word text, at timestamptz, by_key text, request text
) returns bool language plpgsql set search_path from current as $$
declare
  last int4;
begin
  insert into flow_run (run_id, flow, key, input, created_at, by_key, request)
    select run, of_flow, of_key, case when keeps_input then from_run.input else new_input end, at,
      flow_fork.by_key, flow_fork.request
    from flow_run as from_run where from_run.run_id = origin
    on conflict do nothing;
  if not found then return false; end if;
  insert into flow_step (run_id, step, ordinal, kind, outcome, result, attempts, started_at, ended_at)
    select run, step, ordinal, kind, outcome, result, attempts, started_at, ended_at
    from flow_step
    where run_id = origin and step in (select json_array_elements_text(reused::json));
  select coalesce(max(ordinal), 0) into last from flow_step where run_id = run;
  insert into flow_step (run_id, step, ordinal, kind, outcome, result, attempts, started_at, ended_at)
    values (run, '~fork', last + 1, 8, 4, word, 1, at, at);
  insert into flow_live (run_id, wake_at, flow, owner, epoch, state)
    values (run, clock_timestamp(), of_flow, 0, 0, 1) on conflict do nothing;
  return found;
end $$;

-- A state machine: one row a subject. `number` counts the events it took, `worked` those whose work is
-- done (-1: not even that of its first state), `after` is the last record that is not needed again,
-- `compensated` the event before which everything has been taken back.
create table flow_machine (
  run_id      int8 not null,
  flow        int4 not null,
  number      int4 not null,
  worked      int4 not null,
  after       int4 not null,
  compensated int4 not null,
  since       timestamptz not null,
  until       timestamptz,
  state       text collate "C" not null,
  data        text,
  constraint flow_machine_pkey primary key (run_id),
  constraint flow_machine_works_what_it_took check (worked <= number)
) partition by range (run_id);
create index flow_machine_open on flow_machine (run_id) where worked < number;

-- What a machine took, in its order, and what came of it.
create table flow_machine_event (
  run_id     int8 not null,
  number     int4 not null,
  event_id   text collate "C" not null,
  name       text collate "C" not null,
  payload    text,
  from_state text collate "C" not null,
  to_state   text collate "C" not null,
  data       text,
  at         timestamptz not null,
  constraint flow_machine_event_pkey primary key (run_id, number),
  constraint flow_machine_event_is_taken_once unique (run_id, event_id)
) partition by range (run_id);

-- Takes an event, if the machine has taken as many as were seen and its run goes on. Waits for no lock.
create function flow_machine_take(
  run int8, seen int4, event text, event_name text, event_payload text, from_s text, to_s text,
  new_data text, taken_at timestamptz, new_until timestamptz
) returns bool language plpgsql set search_path from current as $$
begin
  perform 1 from flow_live where run_id = run and state <> 7 and asked <> 1;
  if not found then return false; end if;
  perform 1 from flow_machine where run_id = run and number = seen for no key update skip locked;
  if not found then return false; end if;
  insert into flow_machine_event
    (run_id, number, event_id, name, payload, from_state, to_state, data, at)
    values (run, seen + 1, event, event_name, event_payload, from_s, to_s, new_data, taken_at)
    on conflict do nothing;
  if not found then return false; end if;
  update flow_machine set number = seen + 1, state = to_s, data = new_data, since = taken_at,
    until = new_until where run_id = run;
  return true;
end $$;

-- The work of an event is done.
create function flow_machine_worked(run int8, done int4, last int4, taken_back int4) returns bool
language plpgsql set search_path from current as $$
begin
  perform 1 from flow_machine where run_id = run and worked = done - 1 for no key update skip locked;
  if not found then return false; end if;
  update flow_machine set worked = done, after = last, compensated = greatest(compensated, taken_back)
    where run_id = run;
  return true;
end $$;

-- Verbs for many runs. Each does what can be done of a list, and answers how many that was; doing it again
-- does nothing more. Runs whose work never began end here: nobody has to load them for it.
create function flow_bulk_cancel(runs int8[], word text) returns int4
language sql set search_path from current as $$
  with asked as (
    select live.run_id, live.owner = 0 and live.state <> 2 and run.parent_id is null
      and not exists (select 1 from flow_step as step where step.run_id = live.run_id)
      and not exists (select 1 from flow_wait as wait where wait.run_id = live.run_id) as untouched
    from flow_live as live join flow_run as run on run.run_id = live.run_id
    where live.run_id = any(runs) and live.state <> 7 and live.asked <> 1
    order by live.run_id for no key update of live),
  gone as (
    delete from flow_live as live using asked
    where live.run_id = asked.run_id and asked.untouched returning live.run_id),
  ended as (
    insert into flow_end (run_id, outcome, result, ended_at)
    select run_id, 3, word, clock_timestamp() from gone on conflict do nothing),
  told as (
    update flow_live as live set asked = 1,
      state = case when live.state in (3, 4, 5, 6) then 1 else live.state end,
      wake_at = case when live.state in (3, 4, 5, 6) then clock_timestamp() else live.wake_at end
    from asked where live.run_id = asked.run_id and not asked.untouched returning 1)
  select ((select count(*) from gone) + (select count(*) from told))::int4
$$;

create function flow_bulk_pause(runs int8[]) returns int4 language sql set search_path from current as $$
  with asked as (
    select run_id from flow_live
    where run_id = any(runs) and state in (1, 2, 3, 6) and asked = 0
    order by run_id for no key update),
  paused as (
    update flow_live as live set
      asked = case when live.owner <> 0 then 2 else 0 end,
      state = case when live.owner <> 0 then live.state else 5 end,
      wake_at = case when live.owner <> 0 then live.wake_at else 'infinity' end
    from asked where live.run_id = asked.run_id returning 1)
  select count(*)::int4 from paused
$$;

create function flow_bulk_resume(runs int8[]) returns int4 language sql set search_path from current as $$
  with asked as (
    select run_id from flow_live
    where run_id = any(runs) and (state in (4, 5) or asked = 2)
    order by run_id for no key update),
  resumed as (
    update flow_live as live set
      asked = case when live.asked = 2 then 0 else live.asked end,
      state = case when live.state not in (4, 5) then live.state
        when live.gate is null then 1 else 6 end,
      wake_at = case when live.state in (4, 5) then clock_timestamp() else live.wake_at end,
      crashes = 0
    from asked where live.run_id = asked.run_id returning 1)
  select count(*)::int4 from resumed
$$;

-- `anew`: nothing of what was recorded is reused; of a state machine, which keeps its place, what failed.
create function flow_bulk_retry(runs int8[], anew bool) returns int4
language plpgsql set search_path from current as $$
declare
  one record;
  back text;
  done int4 := 0;
begin
  for one in
    select run.run_id, run.flow, ended.run_id is not null as has_ended,
      anew and not exists (select 1 from flow_machine as kept where kept.run_id = run.run_id) as is_anew
    from flow_run as run
    left join flow_end as ended on ended.run_id = run.run_id and ended.outcome = 2
    where run.run_id = any(runs) order by run.run_id
  loop
    select coalesce(json_agg(step.step), '[]')::text into back from flow_step as step
      where step.run_id = one.run_id and step.step <> '~fork' and (one.is_anew or step.outcome = 2
        or step.step like '%~undo' or exists (select 1 from flow_step as undone
          where undone.run_id = step.run_id and undone.step = step.step || '~undo'));
    if flow_reopen(one.run_id, one.flow, one.has_ended, back) then
      delete from flow_state where run_id = one.run_id;
      done := done + 1;
    end if;
  end loop;
  return done;
end $$;

-- The days that are there already have tables of the new parents, too.
do $$
declare
  day text;
begin
  for day in
    select right(relname, 8) from pg_class
    where relkind = 'r' and relname ~ '^flow_run_[0-9]{8}$'
      and relnamespace = (select relnamespace from pg_class where oid = 'flow_run'::regclass)
  loop
    perform flow_make_days(to_date(day, 'YYYYMMDD') - date '2026-01-01',
      to_date(day, 'YYYYMMDD') - date '2026-01-01');
  end loop;
end $$;
