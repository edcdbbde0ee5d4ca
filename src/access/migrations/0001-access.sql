-- Who may: keys, and who made, rotated or revoked them. A secret is nowhere; its SHA-256 is.

create table access_key (
  key_id       text collate "C" not null,
  number       int8 generated always as identity, -- the order of lists
  owner        text collate "C" not null,
  owner_kind   text collate "C" not null,
  scopes       text collate "C" not null,         -- as src/access/scope.ts writes them, with spaces between
  note         text,
  secret_hash  bytea not null,
  -- The secret before the last rotation, good until then.
  former_hash  bytea,
  former_until timestamptz,
  is_first     bool not null,
  version      int4 not null default 1,
  created_at   timestamptz not null default clock_timestamp(),
  expires_at   timestamptz,
  rotated_at   timestamptz,
  revoked_at   timestamptz,
  constraint access_key_pkey primary key (key_id),
  constraint access_key_number_is_unique unique (number),
  constraint access_key_id_is_twelve_of_base32 check (key_id ~ '^[a-z2-7]{12}$'),
  constraint access_key_owner_kind_is_known check (owner_kind in ('person', 'service')),
  constraint access_key_has_a_scope check (scopes <> ''),
  constraint access_key_hash_is_sha256 check (octet_length(secret_hash) = 32),
  constraint access_key_former_hash_is_sha256 check (octet_length(former_hash) = 32),
  constraint access_key_former_secret_has_an_end check ((former_hash is null) = (former_until is null)),
  constraint access_key_version_is_positive check (version > 0)
);
-- However many nodes start at once, one of them makes the first key.
create unique index access_key_first_is_one on access_key (is_first) where is_first;

create table access_event (
  number    int8 generated always as identity,
  at        timestamptz not null default clock_timestamp(),
  what      text collate "C" not null,
  key_id    text collate "C" not null,
  by_whom   text collate "C" not null,
  came_from text collate "C" not null,
  request   text collate "C" not null,
  grace_ms  int8,
  constraint access_event_pkey primary key (number),
  -- Deferred: in a flush the events of all units are one statement, which may come before the keys'.
  constraint access_event_is_of_a_key foreign key (key_id) references access_key
    deferrable initially deferred,
  constraint access_event_is_known check (what in ('key.created', 'key.rotated', 'key.revoked')),
  constraint access_event_grace_is_of_a_rotation check ((grace_ms is not null) = (what = 'key.rotated')),
  constraint access_event_grace_is_not_negative check (grace_ms >= 0)
);
