/** What every verb of this room works with. */
import {
  backoff,
  fail,
  hasCode,
  type Logger,
  LongmenError,
  newId,
  systemClock,
} from "../base/index.ts";
import { type Database, type RowIn, unit, type UnitBuilder } from "../postgres/index.ts";
import type { Contents } from "./contents.ts";
import type { DecisionLog } from "./decision-log.ts";
import type { Engines } from "./engine/engines.ts";
import type { LivePointers } from "./live-pointers.ts";
import { rulesErrors } from "./rules.errors.ts";
import type { RulesLane } from "./rules-lane.ts";
import { findChange, readSet, readVersion } from "./rules.sql.ts";
import {
  type Actor,
  stateOfNumber,
  type TestReport,
  transitions,
  type Use,
  type VersionState,
  type VersionView,
} from "./version.ts";
import { changeSets, insertEvents, type Place, type RuleAct, setAsRead } from "./write-rules.ts";

export interface RulesRoom {
  readonly database: Database;
  readonly lane: RulesLane;
  readonly log: Logger;
  readonly engines: Engines;
  readonly contents: Contents;
  readonly live: LivePointers;
  readonly decisions: DecisionLog;
}

export type SetRow = RowIn<typeof readSet>;
export type VersionRowRead = RowIn<typeof readVersion>;

/** Refuses: rules.set_missing. */
export async function setOf({ database }: RulesRoom, { book, name }: Place): Promise<SetRow> {
  const row = await database.maybe(readSet, { book, name });
  if (row === undefined) throw fail(rulesErrors, "set_missing", { book, name });
  return row;
}

/** Refuses: rules.version_missing. */
export async function versionOf(
  { database }: RulesRoom,
  { book, name }: Place,
  version: number,
): Promise<VersionRowRead> {
  const isNumber = Number.isInteger(version) && version > 0 && version < 2 ** 31;
  const row = isNumber ? await database.maybe(readVersion, { book, name, version }) : undefined;
  if (row === undefined) throw fail(rulesErrors, "version_missing", { name, version });
  return row;
}

export function viewOfVersion(row: VersionRowRead): VersionView {
  return {
    book: row.book,
    name: row.name,
    version: row.version,
    hash: row.hash,
    state: stateOfNumber(row.state),
    note: row.note ?? undefined,
    uses: JSON.parse(row.uses) as readonly Use[],
    madeBy: row.madeBy,
    madeAt: row.madeAt,
    report: row.report === null ? undefined : (JSON.parse(row.report) as TestReport),
    approvedBy: row.approvedBy ?? undefined,
    approvedAt: row.approvedAt ?? undefined,
  };
}

/** Refuses: rules.transition_refused. */
export function checkTransition(row: VersionRowRead, wanted: VersionState): void {
  const state = stateOfNumber(row.state);
  if (transitions[state].includes(wanted)) return;
  const { name, version } = row;
  throw fail(rulesErrors, "transition_refused", { name, version, state, wanted });
}

export interface Change {
  readonly set: SetRow;
  readonly version: number;
  readonly what: RuleAct;
  readonly by: Actor;
  readonly why?: string | undefined;
  readonly liveVersion?: number | null;
  readonly lastVersion?: number;
}

const LOOKS_MAX = 6;
const TRIES_MAX = 40;

/**
 * Commits a change of a set under its guard, with its event; `more` adds what else changes. False: somebody
 * else changed the set since it was read. When the lane can't say whether it was committed, the event tells.
 */
async function commitChange(
  room: RulesRoom,
  {
    set,
    version,
    what,
    by,
    why,
    liveVersion = set.liveVersion,
    lastVersion = set.lastVersion,
  }: Change,
  more: (building: UnitBuilder<never>) => UnitBuilder<never>,
): Promise<boolean> {
  const { book, name, revision } = set;
  const changeId = newId();
  const before = set.liveVersion;
  const building = unit(`rules/${changeId}`)
    .guard(setAsRead, { book, name, revision })
    .write(changeSets, { book, name, lastVersion, liveVersion });
  return submitUnit(room, changeId, {
    ...more(building).write(insertEvents, {
      ...{ book, name, changeId, version, what, before, by },
      why: why ?? null,
    }),
  });
}

/** True: committed; false: something else was there first. */
export async function submitUnit(
  { lane, database }: RulesRoom,
  changeId: string,
  made: Parameters<RulesLane["submit"]>[0] extends infer Work
    ? Omit<Work & object, "context">
    : never,
): Promise<boolean> {
  try {
    const { status } = await lane.submit({ ...made, context: undefined });
    return status !== "conflict";
  } catch (error) {
    if (!hasCode(error, "lane.outcome_unknown")) throw error;
    for (let attempt = 1; attempt <= LOOKS_MAX; attempt++) {
      if ((await database.one(findChange, { changeId })).found) return true;
      await systemClock.sleep(backoff({ attempt, baseMs: 20, maxMs: 400 }));
    }
    throw error;
  }
}

/**
 * Reads the set, lets `plan` decide what changes, commits it; a few times, while others change the set. `plan`
 * answers undefined where nothing is to be done. `make` makes a set that is not there, and answers false where
 * somebody else was first: whose commit may not be seen yet, so it is read again.
 * Refuses: rules.set_missing (without `make`), rules.changed_meanwhile; and as `plan`.
 */
export async function changeSet(
  room: RulesRoom,
  place: Place,
  plan: (set: SetRow) => Promise<
    | undefined
    | {
        readonly change: Omit<Change, "set">;
        readonly more: (building: UnitBuilder<never>) => UnitBuilder<never>;
      }
  >,
  make?: () => Promise<boolean>,
): Promise<void> {
  const { book, name } = place;
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const set =
      make === undefined
        ? await setOf(room, place)
        : await room.database.maybe(readSet, { book, name });
    if (set === undefined) {
      if (await make?.()) return;
    } else {
      const planned = await orMoved(room, set, plan(set));
      if (planned === undefined) return;
      if (
        planned !== "moved" &&
        (await commitChange(room, { ...planned.change, set }, planned.more))
      ) {
        return;
      }
    }
    await systemClock.sleep(backoff({ attempt, baseMs: 5, maxMs: 100 }));
  }
  throw fail(rulesErrors, "changed_meanwhile", { name });
}

/** A no is decided on several reads: it counts only where nobody has changed the set between them. */
async function orMoved<Planned>(
  { database }: RulesRoom,
  { book, name, revision }: SetRow,
  planned: Promise<Planned>,
): Promise<Planned | "moved"> {
  try {
    return await planned;
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    const now = await database.maybe(readSet, { book, name });
    if (now?.revision === revision) throw error;
    return "moved";
  }
}
