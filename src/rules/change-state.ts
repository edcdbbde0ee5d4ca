/** What people do to versions: approve, make live, roll back, withdraw. The contracts stand in `open-rules.ts`. */
import { fail } from "../base/index.ts";
import {
  changeSet,
  checkTransition,
  type RulesRoom,
  type SetRow,
  versionOf,
  type VersionRowRead,
  viewOfVersion,
} from "./room.ts";
import { rulesErrors } from "./rules.errors.ts";
import { readLastLive, readLiveBefore } from "./rules.sql.ts";
import {
  type Actor,
  checkActor,
  checkLine,
  checkPlace,
  must,
  numberOfState,
  stateOfNumber,
  type VersionState,
  type VersionView,
} from "./version.ts";
import { changeVersions, type Place, type RuleAct, type VersionChange } from "./write-rules.ts";

const VERSION_MAX = 2 ** 31 - 1;

/** Who, and why. */
export interface Reason {
  readonly by: Actor;
  readonly why?: string | undefined;
}

function checkReason({ book, name }: Place, reason: Reason): void {
  checkPlace(book, name);
  must(typeof reason === "object" && reason !== null, "reason", "who does it and why");
  const { by, why } = reason;
  checkActor(by);
  checkLine(why, "why");
}

const stateChange = (
  row: VersionRowRead,
  to: VersionState,
  approvedBy: string | null = null,
): VersionChange => ({
  book: row.book,
  name: row.name,
  version: row.version,
  from: row.state,
  to: numberOfState(to),
  report: null,
  approvedBy,
});

export async function approveVersion(
  room: RulesRoom,
  place: Place,
  version: number,
  reason: Reason,
): Promise<VersionView> {
  checkReason(place, reason);
  const { by, why } = reason;
  await changeSet(room, place, async () => {
    const row = await versionOf(room, place, version);
    if (stateOfNumber(row.state) === "approved" && row.approvedBy === by.owner) return undefined;
    checkTransition(row, "approved");
    checkSecondPerson(row, by);
    const change = stateChange(row, "approved", by.owner);
    return {
      change: { version, what: "approved" as const, by, why },
      more: (building) => building.write(changeVersions, change),
    };
  });
  return viewOfVersion(await versionOf(room, place, version));
}

/** Refuses: rules.second_person_needed. */
function checkSecondPerson({ name, version, madeBy }: VersionRowRead, by: Actor): void {
  const who = by.owner;
  const refuse = (why: string) =>
    fail(rulesErrors, "second_person_needed", { who, name, version, why });
  if (by.kind !== "person") throw refuse("it is a service, and a person has to look");
  if (madeBy === who) throw refuse("the same person made it");
}

export async function makeLive(
  room: RulesRoom,
  place: Place,
  version: number,
  reason: Reason,
): Promise<VersionView> {
  checkReason(place, reason);
  await putLive(room, place, async () => ({ version, from: "approved" }), "live", reason);
  return viewOfVersion(await versionOf(room, place, version));
}

/** Which version is wrong, or which is to be live again. */
export interface RollBackReason extends Reason {
  readonly from?: number | undefined;
  readonly version?: number | undefined;
}

export async function rollBack(
  room: RulesRoom,
  place: Place,
  reason: RollBackReason,
): Promise<VersionView> {
  checkReason(place, reason);
  const { from: wrong, version: wanted } = reason;
  for (const [field, given] of Object.entries({ from: wrong, version: wanted })) {
    const isVersion = given === undefined || (Number.isInteger(given) && given >= 1);
    must(isVersion && (given ?? 1) <= VERSION_MAX, field, "the number of a version");
  }
  let chosen = wanted ?? 0;
  const choose = async ({ liveVersion }: SetRow) => {
    chosen = wanted ?? (await versionBefore(room, place, wrong, liveVersion));
    return { version: chosen, from: "superseded" as const };
  };
  await putLive(room, place, choose, "rolled_back", reason);
  return viewOfVersion(await versionOf(room, place, chosen));
}

/**
 * Where one goes back to from a version that is wrong; where that was done already, there: so a repeat goes no further.
 * Refuses: rules.rollback_unnamed, not_live, nothing_to_roll_back.
 */
async function versionBefore(
  { database }: RulesRoom,
  place: Place,
  wrong: number | undefined,
  liveVersion: number | null,
): Promise<number> {
  const { name } = place;
  const live = liveVersion ?? "none";
  if (wrong === undefined) throw fail(rulesErrors, "rollback_unnamed", { name, live });
  const [last, before] = await database.run(readLastLive, place);
  if (last?.what === "rolled_back" && before?.version === wrong && liveVersion === last.version) {
    return last.version;
  }
  if (last === undefined) throw fail(rulesErrors, "nothing_to_roll_back", { name });
  if (last.version !== wrong) throw fail(rulesErrors, "not_live", { name, version: wrong, live });
  const found = await database.maybe(readLiveBefore, place);
  if (found === undefined) throw fail(rulesErrors, "nothing_to_roll_back", { name });
  return found.version;
}

/** Makes a version of that state live, in place of the one that is. Nothing is done where it is live already. */
async function putLive(
  room: RulesRoom,
  place: Place,
  choose: (set: SetRow) => Promise<{ readonly version: number; readonly from: VersionState }>,
  what: RuleAct,
  { by, why }: Reason,
): Promise<void> {
  try {
    await changeSet(room, place, async (set) => {
      const { version, from } = await choose(set);
      if (set.liveVersion === version) return undefined;
      const row = await versionOf(room, place, version);
      const state = stateOfNumber(row.state);
      if (state !== from) {
        const details = { name: place.name, version, state, wanted: "live" };
        throw fail(rulesErrors, "transition_refused", details);
      }
      const changes = [stateChange(row, "live"), ...(await retiring(room, place, set))];
      return {
        change: { version, what, by, why, liveVersion: version },
        more: (building) => building.write(changeVersions, ...changes),
      };
    });
  } finally {
    room.live.forget(place);
  }
}

async function retiring(
  room: RulesRoom,
  place: Place,
  { liveVersion }: SetRow,
): Promise<readonly VersionChange[]> {
  if (liveVersion === null) return [];
  return [stateChange(await versionOf(room, place, liveVersion), "superseded")];
}

export async function withdrawVersion(
  room: RulesRoom,
  place: Place,
  version: number,
  reason: Reason,
): Promise<VersionView> {
  checkReason(place, reason);
  const { by, why } = reason;
  try {
    await changeSet(room, place, async (set) => {
      const row = await versionOf(room, place, version);
      if (stateOfNumber(row.state) === "withdrawn") return undefined;
      checkTransition(row, "withdrawn");
      const liveVersion = set.liveVersion === version ? null : set.liveVersion;
      const change = stateChange(row, "withdrawn");
      return {
        change: { version, what: "withdrawn" as const, by, why, liveVersion },
        more: (building) => building.write(changeVersions, change),
      };
    });
  } finally {
    room.live.forget(place);
  }
  return viewOfVersion(await versionOf(room, place, version));
}
