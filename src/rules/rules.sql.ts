import { arg, as, sql, table } from "../postgres/index.ts";

const set = table("rules_set");
const version = table("rules_version");
const event = table("rules_event");
const decision = table("rules_decision");

const setColumns = {
  book: as.text,
  name: as.text,
  liveVersion: as.int4Null,
  lastVersion: as.int4,
  revision: as.int4,
  createdAt: as.timestamptz,
} as const;
const setView = sql.part`book, name, live_version, last_version, revision, created_at`;

export const readSet = sql.named("rules.readSet", {
  params: { book: arg.text, name: arg.text },
  columns: setColumns,
})`select ${setView} from ${set} where book = ${"book"} and name = ${"name"}`;

/** Rule sets of a book by name. */
export const listSets = sql.named("rules.listSets", {
  params: { book: arg.text, after: arg.text, limit: arg.int4 },
  columns: setColumns,
})`select ${setView} from ${set} where book = ${"book"} and name > ${"after"}
  order by name limit ${"limit"}`;

/** Which version is live, of many sets at once. */
export const readLive = sql.named("rules.readLive", {
  params: { books: arg.texts, names: arg.texts },
  columns: { book: as.text, name: as.text, liveVersion: as.int4Null },
})`select book, name, live_version from ${set}
  join unnest(${"books"}, ${"names"}) as asked (book, name) using (book, name)`;

const versionColumns = {
  book: as.text,
  name: as.text,
  version: as.int4,
  hash: as.text,
  uses: as.text,
  note: as.textNull,
  state: as.int2,
  madeBy: as.text,
  madeByKind: as.text,
  madeAt: as.timestamptz,
  report: as.textNull,
  approvedBy: as.textNull,
  approvedAt: as.timestamptzNull,
} as const;
const versionView = sql.part`book, name, version, hash, uses, note, state, made_by, made_by_kind,
  made_at, report, approved_by, approved_at`;

export const readVersion = sql.named("rules.readVersion", {
  params: { book: arg.text, name: arg.text, version: arg.int4 },
  columns: versionColumns,
})`select ${versionView} from ${version}
  where book = ${"book"} and name = ${"name"} and version = ${"version"}`;

/** What says the same was imported before. */
export const readVersionByHash = sql.named("rules.readVersionByHash", {
  params: { book: arg.text, name: arg.text, hash: arg.text },
  columns: versionColumns,
})`select ${versionView} from ${version}
  where book = ${"book"} and name = ${"name"} and hash = ${"hash"}`;

/** Versions of a set, newest first. */
export const listVersions = sql.named("rules.listVersions", {
  params: { book: arg.text, name: arg.text, before: arg.int4, limit: arg.int4 },
  columns: versionColumns,
})`select ${versionView} from ${version}
  where book = ${"book"} and name = ${"name"} and version < ${"before"}
  order by version desc limit ${"limit"}`;

export const readContent = sql.named("rules.readContent", {
  params: { book: arg.text, name: arg.text, version: arg.int4 },
  columns: { hash: as.text, jdm: as.bytea, tests: as.text, contract: as.text, uses: as.text },
})`select hash, jdm, tests, contract, uses from ${version}
  where book = ${"book"} and name = ${"name"} and version = ${"version"}`;

/** What was done to a set, newest first. */
export const listEvents = sql.named("rules.listEvents", {
  params: { book: arg.text, name: arg.text, before: arg.int8, limit: arg.int4 },
  columns: {
    number: as.int8,
    at: as.timestamptz,
    version: as.int4,
    what: as.text,
    before: as.int4Null,
    byWhom: as.text,
    byKind: as.text,
    cameFrom: as.text,
    request: as.text,
    why: as.textNull,
  },
})`select number, at, version, what, before, by_whom, by_kind, came_from, request, why from ${event}
  where book = ${"book"} and name = ${"name"} and number < ${"before"}
  order by number desc limit ${"limit"}`;

export const findChange = sql.named("rules.findChange", {
  params: { changeId: arg.text },
  columns: { found: as.bool },
})`select exists (select 1 from ${event} where change_id = ${"changeId"}) as found`;

/** What made a version live, newest first: what was last and, if it was a rollback, from where. */
export const readLastLive = sql.named("rules.readLastLive", {
  params: { book: arg.text, name: arg.text },
  columns: { version: as.int4, what: as.text },
})`select version, what from ${event}
  where book = ${"book"} and name = ${"name"} and what in ('live', 'rolled_back')
  order by number desc limit 2`;

/**
 * The version that first went live before the one that is live (or was last), and can be again. Left out is what was
 * rolled back from: since it was last put live, a rollback led past it, to one that went live earlier.
 */
export const readLiveBefore = sql.named("rules.readLiveBefore", {
  params: { book: arg.text, name: arg.text },
  columns: { version: as.int4 },
})`with lived as (
    select version, min(number) as first, max(number) as latest from ${event}
    where book = ${"book"} and name = ${"name"} and what in ('live', 'rolled_back')
    group by version)
  select known.version from lived as one
  join ${version} as known on known.book = ${"book"} and known.name = ${"name"}
    and known.version = one.version and known.state = 5
  where one.first < (select last.first from lived as last order by last.latest desc limit 1)
    and not exists (select 1 from ${event} as back
      join lived as earlier on earlier.version = back.version and earlier.first < one.first
      where back.book = ${"book"} and back.name = ${"name"} and back.what = 'rolled_back'
        and back.number > one.latest)
  order by one.first desc limit 1`;

const decisionColumns = {
  decisionId: as.text,
  book: as.text,
  name: as.text,
  version: as.int4,
  hash: as.text,
  input: as.text,
  output: as.textNull,
  refused: as.textNull,
  micros: as.int4,
  traceId: as.textNull,
} as const;
const decisionView = sql.part`decision_id, book, name, version, hash, input, output, refused, micros,
  trace_id`;

export const readDecision = sql.named("rules.readDecision", {
  params: { book: arg.text, decisionId: arg.text },
  columns: decisionColumns,
})`select ${decisionView} from ${decision}
  where decision_id = ${"decisionId"} and book = ${"book"}`;

/** Decisions of a set, newest first. */
export const listDecisions = sql.named("rules.listDecisions", {
  params: { book: arg.text, name: arg.text, before: arg.text, limit: arg.int4 },
  columns: decisionColumns,
})`select ${decisionView} from ${decision}
  where book = ${"book"} and name = ${"name"} and decision_id < ${"before"}
  order by decision_id desc limit ${"limit"}`;

/** Of one version, newest first, from an id on: days before it was made are not looked through. */
export const listDecisionsOfVersion = sql.named("rules.listDecisionsOfVersion", {
  params: {
    book: arg.text,
    name: arg.text,
    version: arg.int4,
    from: arg.text,
    before: arg.text,
    limit: arg.int4,
  },
  columns: decisionColumns,
})`select ${decisionView} from ${decision}
  where book = ${"book"} and name = ${"name"} and version = ${"version"}
    and decision_id >= ${"from"} and decision_id < ${"before"}
  order by decision_id desc limit ${"limit"}`;

/** All that one trace decided, oldest first. */
export const listDecisionsOfTrace = sql.named("rules.listDecisionsOfTrace", {
  params: { book: arg.text, traceId: arg.text, after: arg.text, limit: arg.int4 },
  columns: decisionColumns,
})`select ${decisionView} from ${decision}
  where trace_id = ${"traceId"} and decision_id > ${"after"} and book = ${"book"}
  order by decision_id limit ${"limit"}`;

/** Is there a table for this day, by the catalogue alone? */
export const dayIsThere = sql.named("rules.dayIsThere", {
  params: { name: arg.text },
  columns: { found: as.bool },
})`select to_regclass(${"name"}) is not null as found`;
