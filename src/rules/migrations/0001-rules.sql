-- Rules: sets of versions in a book, which of them is live, who changed that, and what was decided.

-- A rule set: a name in a book, and the one version that decides.
create table rules_set (
  book         text collate "C" not null,
  name         text collate "C" not null,
  live_version int4,
  last_version int4 not null,
  revision     int4 not null default 1,   -- grows with every change; what verbs guard
  created_at   timestamptz not null default clock_timestamp(),
  constraint rules_set_pkey primary key (book, name),
  constraint rules_set_live_is_a_version check (live_version between 1 and last_version)
);

-- A version. What it says never changes: jdm, tests, contract, uses and their hash. What changes is its state.
--   state  1 draft, 2 tested, 3 approved, 4 live, 5 superseded, 6 withdrawn
create table rules_version (
  book          text collate "C" not null,
  name          text collate "C" not null,
  version       int4 not null,
  hash          text collate "C" not null,
  jdm           bytea not null,           -- byte for byte as it was given
  tests         text not null,            -- JSON: [{ name, input, output }]
  contract      text not null,            -- JSON: { input, output }
  uses          text not null,            -- JSON: [{ key, version, hash }], its sub-decisions
  note          text,
  state         int2 not null default 1,
  made_by       text collate "C" not null,
  made_by_kind  text collate "C" not null,
  made_at       timestamptz not null default clock_timestamp(),
  report        text,                     -- JSON: of the last run of its tests
  approved_by   text collate "C",
  approved_at   timestamptz,
  constraint rules_version_pkey primary key (book, name, version),
  constraint rules_version_is_made_once unique (book, name, hash),
  constraint rules_version_hash_is_sha256 check (hash ~ '^[0-9a-f]{64}$'),
  constraint rules_version_state_is_known check (state between 1 and 6),
  constraint rules_version_number_is_positive check (version > 0),
  constraint rules_version_maker_kind_is_known check (made_by_kind in ('person', 'service')),
  constraint rules_version_tested_has_a_report check (state not in (2, 3, 4, 5) or report is not null),
  constraint rules_version_live_is_approved check (state not in (3, 4, 5) or approved_by is not null),
  constraint rules_version_is_approved_by_another check (approved_by <> made_by),
  -- Deferred: the version before is retired by the same statement, perhaps after the new one is made live.
  constraint rules_version_live_is_one exclude using btree (book with =, name with =) where (state = 4)
    deferrable initially deferred
);

-- What was done to versions, by whom, in which request and why: the history of the live pointer, too.
create table rules_event (
  number     int8 generated always as identity,
  change_id  text collate "C" not null,
  at         timestamptz not null default clock_timestamp(),
  book       text collate "C" not null,
  name       text collate "C" not null,
  version    int4 not null,
  what       text collate "C" not null,
  before     int4,                        -- which version was live before
  by_whom    text collate "C" not null,
  by_kind    text collate "C" not null,
  came_from  text collate "C" not null,
  request    text collate "C" not null,
  why        text,
  constraint rules_event_pkey primary key (number),
  constraint rules_event_is_of_one_change unique (change_id),
  constraint rules_event_is_known
    check (what in ('imported', 'tested', 'failed_tests', 'approved', 'live', 'rolled_back', 'withdrawn'))
);
create index rules_event_of_set on rules_event (book, name, number);

-- What was decided. The id begins with its instant, so that days are ranges of ids.
create table rules_decision (
  decision_id text collate "C" not null,
  book        text collate "C" not null,
  name        text collate "C" not null,
  version     int4 not null,
  hash        text collate "C" not null,
  input       text not null,              -- JSON
  output      text,                       -- JSON; null where it was refused
  refused     text collate "C",           -- the code of the refusal
  micros      int4 not null,
  trace_id    text collate "C",
  constraint rules_decision_pkey primary key (decision_id),
  constraint rules_decision_has_an_outcome check ((output is null) <> (refused is null)),
  constraint rules_decision_took_time check (micros >= 0)
) partition by range (decision_id);
create index rules_decision_of_set on rules_decision (book, name, decision_id);
create index rules_decision_of_trace on rules_decision (trace_id, decision_id) where trace_id is not null;

-- Makes the table of a day: ids from the one that begins it up to the one that begins the next. Attaching waits
-- for nobody who reads or writes.
create function rules_make_day(day date, first text, behind text) returns int4 language plpgsql
set search_path from current as $$
declare
  part text := 'rules_decision_' || to_char(day, 'YYYYMMDD');
begin
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.rules_days', 0));
  if to_regclass(part) is not null then return 0; end if;
  execute format('create table %I (like rules_decision including all)', part);
  execute format('alter table rules_decision attach partition %I for values from (%L) to (%L)', part,
    first, behind);
  return 1;
end $$;

-- Drops the tables of days that are older than asked by the database's own clock, a few at a time. Whoever reads
-- them for long is not waited for: then it is done another time.
create function rules_drop_days(keep_days int4, most int4) returns int4 language plpgsql
set search_path from current set timezone = 'UTC' set lock_timeout = '200ms' as $$
declare
  part text;
  dropped int4 := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.rules_days', 0));
  for part in
    select child.relname from pg_inherits
    join pg_class as child on child.oid = inhrelid
    where inhparent = 'rules_decision'::regclass
      and child.relname < 'rules_decision_' || to_char(clock_timestamp() - keep_days * interval '1 day', 'YYYYMMDD')
    order by child.relname limit most
  loop
    execute format('drop table %I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
exception when lock_not_available then
  return 0;
end $$;
