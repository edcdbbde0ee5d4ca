-- compatible
-- Who works under a node's name, so that a second process is not mistaken for the first one after a restart.

-- The process that took the lease, as one of its machine knows it again; and whether the session that renews
-- it holds the lock `longmen node`, which ends with that process.
alter table lane_lease add column holder text;
alter table lane_lease add column is_locked bool not null default false;
