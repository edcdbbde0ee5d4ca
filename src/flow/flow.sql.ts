/** What is read of runs. Nothing here writes but what goes into a transaction of a caller's own. */
import { arg, as, fn, sql, table } from "../postgres/index.ts";

const live = table("flow_live");
const run = table("flow_run");
const step = table("flow_step");
const end = table("flow_end");
const trouble = table("flow_trouble");
const key = table("flow_key");
const event = table("flow_event");
const wait = table("flow_wait");
const version = table("flow_version");
const lease = table("lane_lease");

export const readOwner = sql.named("flow.readOwner", {
  params: { node: arg.text },
  columns: { owner: as.int4 },
})`select owner from ${table("flow_node")} where node = ${"node"}`;

export const readVersions = sql.named("flow.readVersions", {
  columns: { flow: as.int4, name: as.text, version: as.int4 },
})`select flow, name, version from ${version}`;

export const readLease = sql.named("flow.readLease", {
  params: { node: arg.text, epoch: arg.int4 },
  columns: { held: as.int4 },
})`select 1 as held from ${lease} where node = ${"node"} and epoch = ${"epoch"}`;

export const daysMissing = sql.named("flow.daysMissing", {
  params: { name: arg.text },
  columns: { missing: as.bool },
})`select to_regclass(${"name"}) is null as missing`;

/** By the digest of a flow's name and the caller's key. */
export const readKey = sql.named("flow.readKey", {
  params: { digest: arg.bytea },
  columns: { runId: as.int8 },
})`select run_id from ${key} where digest = ${"digest"}`;

const runColumns = {
  runId: as.int8,
  flow: as.int4,
  key: as.textNull,
  input: as.textNull,
  parentId: as.int8Null,
  parentStep: as.textNull,
  createdAt: as.timestamptz,
} as const;

export const readRuns = sql.named("flow.readRuns", {
  params: { runs: arg.int8s },
  columns: runColumns,
})`select run_id, flow, key, input, parent_id, parent_step, created_at
  from ${run} where run_id = any(${"runs"})`;

/** Of the runs that were asked for, those that this node has under this epoch. */
export const readClaimed = sql.named("flow.readClaimed", {
  params: { runs: arg.int8s, owner: arg.int4, epoch: arg.int4 },
  columns: { runId: as.int8, flow: as.int4, state: as.int2, asked: as.int2, crashes: as.int2 },
})`select run_id, flow, state, asked, crashes from ${live}
  where run_id = any(${"runs"}) and owner = ${"owner"} and epoch = ${"epoch"}`;

const stepColumns = {
  step: as.text,
  ordinal: as.int4,
  kind: as.int2,
  outcome: as.int2,
  result: as.textNull,
  attempts: as.int4,
  startedAt: as.timestamptz,
  endedAt: as.timestamptz,
} as const;
const steps = sql.part`select step, ordinal, kind, outcome, result, attempts, started_at, ended_at
  from ${step}`;

export const readStep = sql.named("flow.readStep", {
  params: { runId: arg.int8, step: arg.text },
  columns: stepColumns,
})`${steps} where run_id = ${"runId"} and step = ${"step"}`;

export const readSteps = sql.named("flow.readSteps", {
  params: { runId: arg.int8, after: arg.int4, limit: arg.int4 },
  columns: stepColumns,
})`${steps}
  where run_id = ${"runId"} and ordinal > ${"after"} order by ordinal limit ${"limit"}`;

/** Of each of these runs its first steps. */
export const readStepsOf = sql.named("flow.readStepsOf", {
  params: { runs: arg.int8s, most: arg.int4 },
  columns: { runId: as.int8, ...stepColumns },
})`select first.* from unnest(${"runs"}) as asked (run_id)
  cross join lateral (
    select run_id, step, ordinal, kind, outcome, result, attempts, started_at, ended_at
    from ${step} as known where known.run_id = asked.run_id order by ordinal limit ${"most"}
  ) as first
  order by first.run_id, first.ordinal`;

export const stepStands = sql.named("flow.stepStands", {
  params: { runId: arg.int8, step: arg.text },
  columns: { kind: as.int2 },
})`select kind from ${step} where run_id = ${"runId"} and step = ${"step"}`;

/** How often steps of a run have failed before, and how often one was undone and then done again. */
export const readAttempts = sql.named("flow.readAttempts", {
  params: { runId: arg.int8 },
  columns: { step: as.text, attempts: as.int4, undone: as.int4 },
})`select step, coalesce(max(case when kind = 1 then attempt end), 0)::int4 as attempts,
    count(case when kind = 3 and step like '%~undo' and outcome = '1' then 1 end)::int4 as undone
  from (
    select step, kind, attempt, case when kind = 3 then error::json ->> 'outcome' end as outcome
    from ${trouble} where run_id = ${"runId"} and kind in (1, 3)) as troubled
  group by step`;

export const readEnds = sql.named("flow.readEnds", {
  params: { runs: arg.int8s },
  columns: { runId: as.int8, outcome: as.int2, result: as.textNull, endedAt: as.timestamptz },
})`select run_id, outcome, result, ended_at from ${end} where run_id = any(${"runs"})`;

export const readState = sql.named("flow.readState", {
  params: { runId: arg.int8 },
  columns: { state: as.int2, owner: as.int4, epoch: as.int4, asked: as.int2 },
})`select state, owner, epoch, asked from ${live} where run_id = ${"runId"}`;

/** What a run last said of itself. */
export const readSaid = sql.named("flow.readSaid", {
  params: { runId: arg.int8 },
  columns: { value: as.textNull, at: as.timestamptz },
})`select value, at from ${table("flow_state")} where run_id = ${"runId"}`;

export const readSaidOf = sql.named("flow.readSaidOf", {
  params: { runs: arg.int8s },
  columns: { runId: as.int8, value: as.textNull, at: as.timestamptz },
})`select run_id, value, at from ${table("flow_state")} where run_id = any(${"runs"})`;

/** The first events of a name and match from a number on. */
export const readEvents = sql.named("flow.readEvents", {
  params: { name: arg.text, match: arg.text, since: arg.int8, limit: arg.int4 },
  columns: { eventId: as.int8, payload: as.textNull },
})`select event_id, payload from ${event}
  where name = ${"name"} and match = ${"match"} and event_id >= ${"since"}
  order by event_id limit ${"limit"}`;

export const readEvent = sql.named("flow.readEvent", {
  params: { eventId: arg.int8 },
  columns: { name: as.text, match: as.text, payload: as.textNull },
})`select name, match, payload from ${event} where event_id = ${"eventId"}`;

/** Runs that wait for one of these events. */
export const readWaiters = sql.named("flow.readWaiters", {
  params: { events: arg.int8s, after: arg.int8, limit: arg.int4 },
  columns: { runId: as.int8 },
})`select distinct waiting.run_id from ${event} as said
  join ${wait} as waiting on waiting.name = said.name and waiting.match = said.match
  where said.event_id = any(${"events"}) and waiting.run_id > ${"after"}
  order by waiting.run_id limit ${"limit"}`;

/**
 * What a node looks for, all at once: 1 runs that are ready, at most so many of each flow, from a place in
 * their line on (`name` is that of the run: priority and instant), 2 waits that fall due (in the words of their
 * index, or that is not used), 3 what is asked of its own runs, 4 leases that have run out, 5 tasks that have held runs.
 */
export const look = sql.named("flow.look", {
  params: {
    flows: arg.int4s,
    mosts: arg.int4s,
    priorities: arg.int4s,
    sinces: arg.int8s,
    gated: arg.int4s,
    owner: arg.int4,
    node: arg.text,
    horizonMs: arg.int4,
    dueMax: arg.int4,
  },
  columns: { what: as.int4, runId: as.int8, number: as.int8, name: as.text },
})`select 1 as what, ready.run_id, served.flow::int8 as number,
    ready.priority || ' ' || floor(extract(epoch from ready.wake_at) * 1000) as name
  from unnest(${"flows"}, ${"mosts"}, ${"priorities"}, ${"sinces"})
    as served (flow, most, priority, since), lateral (
    select run_id, priority, wake_at from ${live} as live
    where live.flow = served.flow and live.owner = 0 and live.state in (1, 7)
      and (live.priority, live.wake_at)
        >= (served.priority::int2, to_timestamp(served.since / 1000.0))
      and live.wake_at <= clock_timestamp()
    order by live.priority, live.wake_at, live.run_id limit served.most) as ready
  union all
  select 2, first.run_id, ceil(extract(epoch from first.wake_at) * 1000)::int8, first.flow::text from (
    select due.run_id, due.wake_at, served.flow from unnest(${"flows"}) as served (flow), lateral (
      select run_id, wake_at from ${live} as live
      where live.flow = served.flow and live.state = 3 and live.wake_at < 'infinity'
        and live.wake_at < clock_timestamp() + ${"horizonMs"} * interval '1 millisecond'
      order by live.wake_at, live.run_id limit ${"dueMax"}) as due
    order by due.wake_at, due.run_id limit ${"dueMax"}) as first
  union all
  select 3, run_id, asked::int8, '' from ${live} where owner <> 0 and owner = ${"owner"} and asked <> 0
  union all
  select 4, 0::int8, epoch, node from ${lease}
  where lease_until <= clock_timestamp() and lease_until > '-infinity' and node <> ${"node"}
  union all
  select 5, 0::int8, gated.flow, '' from unnest(${"gated"}) as gated (flow)
  where exists (select 1 from ${live} as held where held.flow = gated.flow and held.state = 6)`;

/** Whether a node that was taken over has runs left under an epoch before this one. */
export const ownedBefore = sql.named("flow.ownedBefore", {
  params: { owner: arg.int4, epoch: arg.int4 },
  columns: { found: as.bool },
})`select exists (select 1 from ${live}
  where owner <> 0 and owner = ${"owner"} and epoch < ${"epoch"}) as found`;

/** What is this node's under this epoch. */
export const ownedNow = sql.named("flow.ownedNow", {
  params: { owner: arg.int4, epoch: arg.int4, limit: arg.int4 },
  columns: { runId: as.int8 },
})`select run_id from ${live}
  where owner <> 0 and owner = ${"owner"} and epoch = ${"epoch"} limit ${"limit"}`;

/** What a node had that closes is anybody's. */
export const giveBackRuns = sql.named("flow.giveBackRuns", {
  params: { owner: arg.int4, epoch: arg.int4, most: arg.int4 },
  columns: { freed: as.int4 },
})`select ${fn("flow_give_back")}(${"owner"}, ${"epoch"}, ${"most"}) as freed`;

const viewColumns = {
  ...runColumns,
  name: as.text,
  version: as.int4,
  byKey: as.textNull,
  request: as.textNull,
  state: as.int2Null,
  wakeAt: as.timestamptzNull,
  node: as.textNull,
  asked: as.int2Null,
  outcome: as.int2Null,
  result: as.textNull,
  endedAt: as.timestamptzNull,
  forked: as.textNull,
  progress: as.textNull,
  progressAt: as.timestamptzNull,
} as const;

const views = sql.part`select run.run_id, run.flow, run.key, run.input, run.parent_id, run.parent_step,
    run.created_at, known.name, known.version, run.by_key, run.request, live.state,
    case when isfinite(live.wake_at) then live.wake_at end as wake_at, working.node, live.asked,
    ended.outcome, ended.result, ended.ended_at, forked.result as forked, said.value as progress,
    said.at as progress_at
  from ${run} as run
  join ${version} as known on known.flow = run.flow
  left join ${live} as live on live.run_id = run.run_id
  left join ${end} as ended on ended.run_id = run.run_id
  left join lateral (
    select result from ${step} as one where one.run_id = run.run_id and one.step = '~fork' limit 1)
    as forked on true
  left join ${table("flow_node")} as working on working.owner = live.owner
  left join ${table("flow_progress")} as said on said.run_id = live.run_id`;

export const readRunView = sql.named("flow.readRunView", {
  params: { runId: arg.int8 },
  columns: viewColumns,
})`${views} where run.run_id = ${"runId"}`;

export const readViewsOf = sql.named("flow.readViewsOf", {
  params: { runs: arg.int8s },
  columns: viewColumns,
})`${views} where run.run_id = any(${"runs"})`;

/** Newest first. The largest page stands in the text: to a plan for any page it would be a tenth of all runs. */
export const readRunViews = sql.named("flow.readRunViews", {
  params: { before: arg.int8, limit: arg.int4 },
  columns: viewColumns,
})`${views}
  join (select run_id from ${run} where run_id < ${"before"} order by run_id desc limit 1000) as found
    on found.run_id = run.run_id
  order by found.run_id desc limit ${"limit"}`;

/** The same of some flows only, each by its own stretch of an index: runs of others are not walked over. */
export const readRunViewsOf = sql.named("flow.readRunViewsOf", {
  params: { before: arg.int8, flows: arg.int4s, limit: arg.int4 },
  columns: viewColumns,
})`${views}
  join (select newest.run_id from unnest(${"flows"}) as of (flow), lateral (
      select run_id from ${run} as one
      where one.flow = of.flow and one.run_id < ${"before"}
      order by one.run_id desc limit 1000) as newest
    order by newest.run_id desc limit 1000) as found on found.run_id = run.run_id
  order by found.run_id desc limit ${"limit"}`;

/**
 * Those that have not ended and stand in one state; newest first. A statement for each state, with its number in
 * the text: a plan for all of them would walk over millions that are ready to find the few that are parked.
 */
const inState = (word: string, state: ReturnType<typeof sql.part>) =>
  sql.named(`flow.read${word}Views`, {
    params: { before: arg.int8, name: arg.textNull, limit: arg.int4 },
    columns: viewColumns,
  })`${views}
  where live.run_id < ${"before"} and ${state} and (${"name"} is null or known.name = ${"name"})
  order by live.run_id desc limit ${"limit"}`;

/** The same of some flows only, each by its own stretch of an index: what others have in line is not walked over. */
const freeInState = (word: string, state: ReturnType<typeof sql.part>) =>
  sql.named(`flow.read${word}ViewsOf`, {
    params: { before: arg.int8, flows: arg.int4s, limit: arg.int4 },
    columns: viewColumns,
  })`${views}
  join (select free.run_id from unnest(${"flows"}) as of (flow), lateral (
      select run_id from ${live} as one
      where one.flow = of.flow and one.owner = 0 and ${state} and -one.run_id > -${"before"}::int8
      order by -one.run_id limit ${"limit"}) as free
    order by free.run_id desc limit ${"limit"}) as found on found.run_id = run.run_id
  order by found.run_id desc`;

export const readReadyViewsOf = freeInState("Ready", sql.part`one.state = 1`);
export const readWaitingViewsOf = freeInState("Waiting", sql.part`one.state = 3`);
export const readParkedViewsOf = freeInState("Parked", sql.part`one.state = 4`);
export const readPausedViewsOf = freeInState("Paused", sql.part`one.state = 5`);
export const readHeldViewsOf = freeInState("Held", sql.part`one.state = 6`);

export const readReadyViews = inState("Ready", sql.part`live.state = 1`);
export const readRunningViews = inState("Running", sql.part`live.state = 2 and live.owner <> 0`);
export const readWaitingViews = inState("Waiting", sql.part`live.state = 3`);
export const readParkedViews = inState("Parked", sql.part`live.state = 4`);
export const readPausedViews = inState("Paused", sql.part`live.state = 5`);
export const readHeldViews = inState("Held", sql.part`live.state = 6`);

/** What went wrong, newest first. */
export const readTroubles = sql.named("flow.readTroubles", {
  params: { runId: arg.int8, limit: arg.int4 },
  columns: {
    step: as.text,
    attempt: as.int4,
    kind: as.int2,
    error: as.text,
    at: as.timestamptz,
  },
})`select step, attempt, kind, error, at from ${trouble}
  where run_id = ${"runId"} order by at desc, attempt desc limit ${"limit"}`;

/** In a transaction of the caller's own: the key of a run, where nobody has it yet. */
export const addKey = sql.named("flow.addKey", {
  params: { digest: arg.bytea, runId: arg.int8, until: arg.timestamptzNull },
})`insert into ${key} as known (digest, run_id, until) values (${"digest"}, ${"runId"}, ${"until"})
  on conflict (digest) do update set run_id = excluded.run_id, until = excluded.until
  where known.until <= clock_timestamp()`;

/** In a transaction of the caller's own: a run that whoever serves it takes after the commit. */
export const addRun = sql.named("flow.addRun", {
  params: {
    runId: arg.int8,
    flow: arg.int4,
    key: arg.textNull,
    input: arg.textNull,
    createdAt: arg.timestamptz,
    byKey: arg.textNull,
    request: arg.textNull,
    state: arg.int2,
    wakeAt: arg.timestamptz,
    priority: arg.int2,
    gate: arg.int8Null,
  },
})`with made as (
    insert into ${run} (run_id, flow, key, input, created_at, by_key, request)
    values (${"runId"}, ${"flow"}, ${"key"}, ${"input"}, ${"createdAt"}, ${"byKey"}, ${"request"}))
  insert into ${live} (run_id, flow, wake_at, owner, epoch, state, priority, gate)
  select ${"runId"}, ${"flow"},
    case when ${"state"} in (1, 6) then least(${"wakeAt"}, clock_timestamp()) else ${"wakeAt"} end,
    0, 0, ${"state"}, ${"priority"}, ${"gate"}`;

/** In a transaction with the caller's own SQL: the record of the step, where the lease is held. */
export const addStep = sql.named("flow.addStep", {
  params: {
    node: arg.text,
    epoch: arg.int4,
    runId: arg.int8,
    step: arg.text,
    ordinal: arg.int4,
    kind: arg.int2,
    outcome: arg.int2,
    result: arg.textNull,
    attempts: arg.int4,
    startedAt: arg.timestamptz,
    endedAt: arg.timestamptz,
  },
})`with held as (
    select 1 from ${lease} where node = ${"node"} and epoch = ${"epoch"} for key share)
  insert into ${step}
    (run_id, step, ordinal, kind, outcome, result, attempts, started_at, ended_at)
  select ${"runId"}, ${"step"}, ${"ordinal"}, ${"kind"}, ${"outcome"}, ${"result"}, ${"attempts"},
    ${"startedAt"}, ${"endedAt"} from held
  on conflict do nothing`;
