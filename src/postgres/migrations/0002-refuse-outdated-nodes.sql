-- compatible
-- What a commit of a node calls that is too old for what the tables have become; see
-- src/postgres/floor.ts. A node of the version before does not call it, and is not asked to.

-- Aborts the transaction: nodes that don't know this room's migration `oldest` may not write any more.
create function lane_outdated(room text, oldest int4, migration text) returns int4
language plpgsql as $$
begin
  raise exception 'outdated by %', migration using errcode = 'LM005',
    detail = json_build_object('room', room, 'oldest', oldest, 'migration', migration)::text;
end $$;
