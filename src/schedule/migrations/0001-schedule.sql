-- Schedules: what is to be done when, and what came of each of their ticks.

-- What was asked for. Changed by people, not by ticks.
--   state   1 active, 2 paused
--   source  1 made at run time, 2 defined in code
--   route   1 home, 2 round robin, 3 least loaded
create table schedule (
  schedule_id    int8 generated always as identity,
  name           text collate "C" not null,
  plan           text not null,             -- JSON, in one spelling
  target         text collate "C" not null, -- the flow or task that is started
  target_version int4 not null,             -- 0: the highest that whoever fires it serves
  input          text,                      -- as flows keep it
  policy         text not null,             -- JSON: what differs from the defaults
  route          int2 not null,
  shards         int2 not null,
  state          int2 not null default 1,
  source         int2 not null,
  code_version   int4 not null,
  revision       int4 not null default 1,
  changed_by     text,
  created_at     timestamptz not null default clock_timestamp(),
  changed_at     timestamptz not null default clock_timestamp(),
  constraint schedule_pkey primary key (schedule_id),
  constraint schedule_is_named_once unique (name),
  constraint schedule_state_is_known check (state in (1, 2)),
  constraint schedule_has_shards check (shards between 1 and 1000)
);

-- Where each shard of a schedule stands: one narrow row, moved on by each tick.
--   due_at  when something is to be done next: the tick and its jitter. Infinity while paused
--   tick    the first that has no outcome yet; null where none is left, and due_at is when it is cleared away
--   version grows with every change, so that of two nodes one moves it
create table schedule_due (
  schedule_id int8 not null,
  shard       int2 not null,
  due_at      timestamptz not null,
  tick        timestamptz,
  fires       int8 not null default 0,
  last_run    text collate "C",
  version     int4 not null default 1,
  constraint schedule_due_pkey primary key (schedule_id, shard)
) with (
  fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05
);
create index schedule_due_next on schedule_due (due_at, schedule_id, shard) where due_at < 'infinity';

-- What came of each tick, once. Ticks in a row that were not fired, for one reason, share a row: `ticks` of
-- them, up to `through`.
--   outcome  1 started, 2 queued, 3 skipped, 4 misfired, 5 paused, 6 failed, 7 dropped
create table schedule_fire (
  schedule_id int8 not null,
  tick        timestamptz not null,
  shard       int2 not null,
  by_hand     bool not null,
  outcome     int2 not null,
  run_id      text collate "C",
  fired_at    timestamptz not null,
  through     timestamptz,
  ticks       int4 not null,
  reason      text,
  constraint schedule_fire_is_one_per_tick primary key (schedule_id, tick, shard, by_hand),
  constraint schedule_fire_outcome_is_known check (outcome between 1 and 7),
  constraint schedule_fire_started_has_a_run check (outcome <> 1 or run_id is not null),
  constraint schedule_fire_covers_ticks check (ticks >= 1)
) partition by range (tick);

-- Ticks that wait for the run before them to end.
create table schedule_queue (
  schedule_id int8 not null,
  shard       int2 not null,
  tick        timestamptz not null,
  by_hand     bool not null,
  constraint schedule_queue_pkey primary key (schedule_id, shard, tick, by_hand)
) with (autovacuum_vacuum_scale_factor = 0.01);

-- Nodes that fire, and what each can start: {"name": [versions]}. Whether one lives, its lease says.
create table schedule_node (
  node   text collate "C" not null,
  serves text not null,
  load   int4 not null default 0,
  since  timestamptz not null default clock_timestamp(),
  constraint schedule_node_pkey primary key (node)
);

-- Makes the tables of ticks of these days. Attaching waits for nobody who reads or writes.
create function schedule_make_days(first date, last date) returns int4 language plpgsql
set search_path from current set timezone = 'UTC' as $$
declare
  part text;
  made int4 := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('schedule_days', 0));
  for day in 0..(last - first) loop
    part := 'schedule_fire_' || to_char(first + day, 'YYYYMMDD');
    continue when to_regclass(part) is not null;
    execute format('create table %I (like schedule_fire including all)', part);
    execute format('alter table schedule_fire attach partition %I for values from (%L) to (%L)', part,
      (first + day)::timestamptz, (first + day + 1)::timestamptz);
    made := made + 1;
  end loop;
  return made;
end $$;

-- Drops the tables of days before this one, a few at a time. Whoever reads them for long is not waited for:
-- then it is done another time.
create function schedule_drop_days(before date, most int4) returns int4 language plpgsql
set search_path from current set timezone = 'UTC' set lock_timeout = '200ms' as $$
declare
  part text;
  dropped int4 := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('schedule_days', 0));
  for part in
    select child.relname from pg_inherits
    join pg_class as child on child.oid = inhrelid
    where inhparent = 'schedule_fire'::regclass
      and child.relname < 'schedule_fire_' || to_char(before, 'YYYYMMDD')
    order by child.relname limit most
  loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
exception when lock_not_available then
  return 0;
end $$;
