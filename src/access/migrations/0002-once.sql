-- compatible
-- What was done under an Idempotency-Key: making and rotating keys has no id of the caller's own. The
-- row is written in the commit of what it stands for, and stays, as the key does. Nodes of the version
-- before take no Idempotency-Key and so write none.
create table access_once (
  caller    text collate "C" not null,
  once_key  text collate "C" not null,
  body_hash bytea not null,
  what      text collate "C" not null,
  key_id    text collate "C" not null,
  at        timestamptz not null default clock_timestamp(),
  constraint access_once_pkey primary key (caller, once_key),
  -- Deferred as the events' is: in a flush it may come before the key.
  constraint access_once_is_of_a_key foreign key (key_id) references access_key
    deferrable initially deferred,
  constraint access_once_is_known check (what in ('key.created', 'key.rotated')),
  constraint access_once_hash_is_sha256 check (octet_length(body_hash) = 32)
);
