-- What the commit lane needs in the database: a way to abort a flush and say why, and the leases of
-- nodes. SQLSTATE class LM is Longmen's own; src/postgres/lane/failure.ts reads it.

-- Aborts the flush: the statement `by` refused the units at these ordinals.
create function lane_refuse(by text, ordinals int4[]) returns int4 language plpgsql as $$
begin
  raise exception 'refused by %', by
    using errcode = 'LM001', detail = json_build_object('by', by, 'ordinals', ordinals)::text;
end $$;

-- Aborts the flush: the belief it was decided on is not the newest.
create function lane_stale(what text) returns int4 language plpgsql as $$
begin
  raise exception 'stale: %', what using errcode = 'LM002';
end $$;

-- Aborts the flush: its time is too far from the database's, which the detail tells in epoch ms.
create function lane_skewed(now_ms int8) returns int4 language plpgsql as $$
begin
  raise exception 'clock skew' using errcode = 'LM003', detail = now_ms::text;
end $$;

-- Aborts the flush: the node's lease is somebody else's by now.
create function lane_fence(node text) returns int4 language plpgsql as $$
begin
  raise exception 'node % is fenced', node using errcode = 'LM004';
end $$;

-- One row per node. (node, epoch) is the key that every flush shares and a take-over changes.
create table lane_lease (
  node        text collate "C" not null,
  epoch       int8 not null,
  lease_until timestamptz not null,
  constraint lane_lease_pkey primary key (node, epoch),
  constraint lane_lease_is_one_per_node unique (node),
  constraint lane_lease_epoch_is_positive check (epoch > 0)
);
