-- compatible
-- What is old goes by whole days; what ended is counted by the minute; groups that wait have names.

-- How many runs of a flow ended how in a minute, by what one node counted under one epoch of its lease: it
-- replaces its own row while the minute lasts. `minute` is the least number of a run of that minute, so that
-- the table's days are those of the runs. Owner 0: ended by SQL alone, `epoch` tells by which backend.
create table flow_tally (
  minute  int8 not null,
  flow    int4 not null,
  outcome int2 not null,
  owner   int4 not null,
  epoch   int4 not null,
  n       int4 not null,
  constraint flow_tally_pkey primary key (minute, flow, outcome, owner, epoch)
) partition by range (minute);

-- What groups are called that have tasks before their door; gone soon after the last of those.
create table flow_group (
  flow int4 not null,
  gate int8 not null,
  name text collate "C" not null,
  constraint flow_group_pkey primary key (flow, gate)
) with (autovacuum_vacuum_scale_factor = 0.02);

-- What no node has, by flow: pages of one flow's runs are read by it, however many others wait. Runs that begin
-- on the node that starts them are never in here. By the number's negative, an order that no other index has:
-- else plans that don't know how few a flow has walk over all that live, newest first.
create index flow_live_free on flow_live (flow, state, (-run_id)) where owner = 0;

-- Whether something of a day has not ended, or is dead and waits for somebody to decide. By two keys.
create function flow_day_is_held(day int4) returns bool language sql set search_path from current as $$
  select exists (select 1 from flow_live
      where run_id >= (day::int8 * 86400000) << 22 and run_id < ((day::int8 + 1) * 86400000) << 22)
    or exists (select 1 from flow_dead
      where run_id >= (day::int8 * 86400000) << 22 and run_id < ((day::int8 + 1) * 86400000) << 22)
$$;

-- Days before this one that have tables, by the catalogue alone, and whether they are held.
create function flow_old_days(before int4) returns table (day int4, is_held bool) language sql
set search_path from current as $$
  select number, flow_day_is_held(number) from (
    select to_date(right(part.relname, 8), 'YYYYMMDD') - date '2026-01-01' as number
    from pg_inherits join pg_class as part on part.oid = inhrelid
    where inhparent = 'flow_run'::regclass and part.relname ~ '^flow_run_[0-9]{8}$') as days
  where number < before
$$;

-- Drops the tables of days before this one, `most` days at most, oldest first: those of which no run lives and
-- no task is dead. One at a time over all nodes. Looked at once more behind the locks, so whoever opens a run
-- again just then comes before the look, or behind the drop. Who reads for long is not waited for: -1, to be
-- tried another time. Locks: the parents by name, then the day's tables.
create function flow_drop_days(before int4, most int4) returns int4 language plpgsql
set search_path from current set lock_timeout = '200ms' as $$
declare
  parents text[] := array(
    select relname::text from pg_class
    where relkind = 'p' and starts_with(relname, 'flow_')
      and relnamespace = (select relnamespace from pg_class where oid = 'flow_run'::regclass)
    order by relname);
  one int4;
  parent text;
  dropped int4 := 0;
begin
  if not pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.flow_drop_days', 0)) then
    return 0;
  end if;
  for one in
    select day from flow_old_days(before) where not is_held order by day limit most
  loop
    foreach parent in array parents loop
      execute format('lock table only %I in access exclusive mode', parent);
    end loop;
    continue when flow_day_is_held(one);
    foreach parent in array parents loop
      execute format('drop table if exists %I',
        parent || '_' || to_char(date '2026-01-01' + one, 'YYYYMMDD'));
    end loop;
    dropped := dropped + 1;
  end loop;
  return dropped;
exception when lock_not_available then
  return -1;
end $$;

-- Statistics for tables of a day that have begun to fill and have none yet, or of when they were a tenth: plans
-- that were made while they were empty read them from end to end until somebody says how large they are, and
-- autovacuum takes a minute to. The same of what lives.
create function flow_analyze_day(day int4) returns int4 language plpgsql
set search_path from current set lock_timeout = '200ms' as $$
declare
  part regclass;
  done int4 := 0;
begin
  for part in
    select to_regclass(quote_ident(relname || '_' || to_char(date '2026-01-01' + day, 'YYYYMMDD')))
    from pg_class
    where relkind = 'p' and starts_with(relname, 'flow_')
      and relnamespace = (select relnamespace from pg_class where oid = 'flow_run'::regclass)
    union all select 'flow_live'::regclass
  loop
    continue when part is null or pg_relation_size(part) < 65536 or exists (
      select 1 from pg_class
      where oid = part and reltuples > 0 and relpages * 81920::int8 >= pg_relation_size(part));
    execute format('analyze %s', part);
    done := done + 1;
  end loop;
  return done;
exception when lock_not_available then
  return done;
end $$;

-- As before; those that end here are counted here.
create or replace function flow_bulk_cancel(runs int8[], word text) returns int4
language sql set search_path from current as $$
  with asked as (
    select live.run_id, live.flow, live.owner = 0 and live.state <> 2 and run.parent_id is null
      and not exists (select 1 from flow_step as step where step.run_id = live.run_id)
      and not exists (select 1 from flow_wait as wait where wait.run_id = live.run_id) as untouched
    from flow_live as live join flow_run as run on run.run_id = live.run_id
    where live.run_id = any(runs) and live.state <> 7 and live.asked <> 1
    order by live.run_id for no key update of live),
  gone as (
    delete from flow_live as live using asked
    where live.run_id = asked.run_id and asked.untouched returning live.run_id, live.flow),
  ended as (
    insert into flow_end (run_id, outcome, result, ended_at)
    select run_id, 3, word, clock_timestamp() from gone on conflict do nothing),
  tallied as (
    insert into flow_tally as known (minute, flow, outcome, owner, epoch, n)
    select (floor(extract(epoch from now()) / 60)::int8 * 60000 - 1767225600000) << 22, flow, 3, 0,
      pg_backend_pid(), count(*)
    from gone group by flow
    on conflict (minute, flow, outcome, owner, epoch) do update set n = known.n + excluded.n),
  told as (
    update flow_live as live set asked = 1,
      state = case when live.state in (3, 4, 5, 6) then 1 else live.state end,
      wake_at = case when live.state in (3, 4, 5, 6) then clock_timestamp() else live.wake_at end
    from asked where live.run_id = asked.run_id and not asked.untouched returning 1)
  select ((select count(*) from gone) + (select count(*) from told))::int4
$$;

-- The days that are there already have tables of the new parent, too.
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
