-- Leases for users: who may do a thing just now, and with which token. Rows stay when a lease ends, so
-- that its key's token grows for ever.

-- (key, token) is what a guarded commit shares and what taking changes: renewal and release change no
-- key column, and so wait for nobody.
create table flow_lease (
  key         text collate "C" not null,
  token       int8 not null,
  holder      text collate "C" not null,
  take_id     text collate "C" not null, -- the call that took it; an unknown outcome is known by it
  note        text,
  taken_at    timestamptz not null,
  lease_until timestamptz not null,      -- held while this is to come
  constraint flow_lease_pkey primary key (key, token),
  constraint flow_lease_is_one_per_key unique (key),
  constraint flow_lease_token_is_positive check (token > 0)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- Who waits, first come first served. A waiter that stopped saying so is passed over.
create table flow_lease_waiter (
  waiter_id   text collate "C" not null,
  number      int8 generated always as identity,
  key         text collate "C" not null,
  holder      text collate "C" not null,
  alive_until timestamptz not null,
  constraint flow_lease_waiter_pkey primary key (waiter_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index flow_lease_waiter_line on flow_lease_waiter (key, number);

-- What an operator ended by force, in whose name.
create table flow_lease_break (
  number   int8 generated always as identity,
  at       timestamptz not null default clock_timestamp(),
  key      text collate "C" not null,
  token    int8 not null,
  holder   text collate "C" not null,
  by_whom  text collate "C" not null,
  reason   text,
  constraint flow_lease_break_pkey primary key (number)
);
create index flow_lease_break_by_key on flow_lease_break (key, number);
