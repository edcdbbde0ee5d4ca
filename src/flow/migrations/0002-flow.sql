-- compatible
-- Flows: runs, their steps, what they wait for, and who works on them.

-- Nodes and flows as small numbers, so that the rows of runs are narrow.
create table flow_node (
  owner int4 generated always as identity,
  node  text collate "C" not null,
  constraint flow_node_pkey primary key (owner),
  constraint flow_node_is_named_once unique (node)
);

create table flow_version (
  flow       int4 generated always as identity,
  name       text collate "C" not null,
  version    int4 not null,
  first_seen timestamptz not null default clock_timestamp(),
  constraint flow_version_pkey primary key (flow),
  constraint flow_version_is_known_once unique (name, version),
  constraint flow_version_is_positive check (version >= 0)
);

-- One narrow row for each run that has not ended. The only table whose rows change.
--   state  1 ready, 2 running, 3 waiting, 4 parked, 5 paused, 7 telling (ended, its parent not told)
--   asked  0 nothing, 1 to cancel, 2 to pause
create table flow_live (
  run_id   int8 not null,
  wake_at  timestamptz not null,
  flow     int4 not null,
  owner    int4 not null,             -- 0: nobody
  epoch    int4 not null,
  state    int2 not null,
  asked    int2 not null default 0,
  priority int2 not null default 0,
  crashes  int2 not null default 0,   -- since it last recorded a step
  constraint flow_live_pkey primary key (run_id),
  constraint flow_live_state_is_known check (state in (1, 2, 3, 4, 5, 7)),
  constraint flow_live_running_is_owned check (state <> 2 or owner <> 0)
) with (
  fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05
);
create index flow_live_ready on flow_live (flow, priority, wake_at, run_id)
  where owner = 0 and state in (1, 7);
create index flow_live_due on flow_live (wake_at, run_id) where state = 3 and wake_at < 'infinity';
create index flow_live_asked on flow_live (owner) where asked <> 0 and owner <> 0;

-- A run's number is 2^22 times the milliseconds since 2026-01-01T00:00Z, and 22 bits: it sorts by
-- time, and tells the day under which everything of the run is kept.
create table flow_run (
  run_id      int8 not null,
  flow        int4 not null,
  key         text collate "C",
  input       text,
  parent_id   int8,
  parent_step text collate "C",
  created_at  timestamptz not null,
  by_key      text,
  request     text,
  constraint flow_run_pkey primary key (run_id)
) partition by range (run_id);

-- A step, written once, with its outcome: 1 done, 2 failed, 3 cancelled; 4 until: a sleep that began.
create table flow_step (
  run_id     int8 not null,
  step       text collate "C" not null,
  ordinal    int4 not null,
  kind       int2 not null,
  outcome    int2 not null,
  result     text,
  attempts   int4 not null,
  started_at timestamptz not null,
  ended_at   timestamptz not null,
  constraint flow_step_pkey primary key (run_id, step)
) partition by range (run_id);

-- What went wrong on the way, for a person to read. kind: 1 an attempt failed, 2 parked.
create table flow_trouble (
  run_id  int8 not null,
  step    text collate "C" not null,
  attempt int4 not null,
  kind    int2 not null,
  error   text not null,
  at      timestamptz not null
) partition by range (run_id);
create index flow_trouble_run on flow_trouble (run_id);

-- How a run ended: 1 done, 2 failed, 3 cancelled.
create table flow_end (
  run_id   int8 not null,
  outcome  int2 not null,
  result   text,
  ended_at timestamptz not null,
  constraint flow_end_pkey primary key (run_id)
) partition by range (run_id);

-- Runs by a key of their caller's: digest is of (flow's name, key).
create table flow_key (
  digest bytea not null,
  run_id int8 not null,
  constraint flow_key_pkey primary key (digest)
) with (autovacuum_vacuum_scale_factor = 0.02);

-- Events, kept by the day of their number, and who waits for one.
create table flow_event (
  event_id int8 not null,
  name     text collate "C" not null,
  match    text collate "C" not null,
  payload  text,
  at       timestamptz not null,
  constraint flow_event_pkey primary key (event_id)
) partition by range (event_id);
create index flow_event_match on flow_event (name, match, event_id);

create table flow_wait (
  run_id int8 not null,
  step   text collate "C" not null,
  name   text collate "C" not null,
  match  text collate "C" not null,
  constraint flow_wait_pkey primary key (run_id, step)
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02);
create index flow_wait_match on flow_wait (name, match);

-- Makes the tables of the days from `first` to `last`, counted from 2026-01-01. Attaching waits for
-- nobody who reads or writes. Answers how many days it made.
create function flow_make_days(first int4, last int4) returns int4 language plpgsql
set search_path from current as $$
declare
  parent text;
  part text;
  made int4 := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('flow_make_days', 0));
  for day in first..last loop
    foreach parent in array array['flow_run', 'flow_step', 'flow_trouble', 'flow_end', 'flow_event']
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

-- Takes what of these runs can be taken: ready, or waiting and due; by a node that holds its lease.
create function flow_claim(by_node text, by_owner int4, by_epoch int4, runs int8[]) returns int4
language sql set search_path from current as $$
  with held as (
    select 1 from lane_lease where node = by_node and epoch = by_epoch for key share),
  free as (
    select run_id from flow_live
    where run_id = any(runs) and owner = 0 and exists (select 1 from held)
      and (state in (1, 7) or (state = 3 and wake_at <= clock_timestamp()))
    order by run_id for no key update skip locked),
  taken as (
    update flow_live as live
    set state = case when live.state = 7 then 7 else 2 end, owner = by_owner, epoch = by_epoch
    from free where live.run_id = free.run_id
    returning 1)
  select count(*)::int4 from taken
$$;

-- Makes ready what waits among these runs: what they wait for is there, or somebody asks.
create function flow_wake(runs int8[]) returns int4 language sql set search_path from current as $$
  with waiting as (
    select run_id from flow_live where run_id = any(runs) and state = 3
    order by run_id for no key update),
  woken as (
    update flow_live as live set state = 1, wake_at = clock_timestamp()
    from waiting where live.run_id = waiting.run_id returning 1)
  select count(*)::int4 from woken
$$;

-- Gives free what a node had under an epoch before this one; at most `most` runs at a time. A run that
-- has crashed too often in a row is parked instead.
create function flow_release(of_owner int4, before_epoch int4, crashes_max int4, most int4, code text)
returns int4 language sql set search_path from current as $$
  with left_behind as (
    select run_id from flow_live where owner = of_owner and epoch < before_epoch
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

-- Opens a run again that has failed or is parked: its end goes, and with it the records that are to be
-- made anew; what they said is kept for people to read. False: it is not as it was any more.
create function flow_reopen(run int8, of_flow int4, has_ended bool, taken_back text) returns bool
language plpgsql set search_path from current as $$
begin
  if has_ended then
    delete from flow_end where run_id = run;
    if not found then return false; end if;
    insert into flow_live (run_id, wake_at, flow, owner, epoch, state)
      values (run, clock_timestamp(), of_flow, 0, 0, 1) on conflict do nothing;
    if not found then return false; end if;
  else
    update flow_live set state = 1, wake_at = clock_timestamp(), crashes = 0
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
  delete from flow_trouble where run_id = run and kind = 1;
  return true;
end $$;
