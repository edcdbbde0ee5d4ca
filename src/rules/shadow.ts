import { LongmenError } from "../base/index.ts";
import type { RowIn } from "../postgres/index.ts";
import { evaluate } from "./decide.ts";
import { idBeginning } from "./decision-log.ts";
import { type Difference, differencesOf } from "./differences.ts";
import type { JsonObject } from "./jdm/json.ts";
import { isSame } from "./jdm/json.ts";
import { type RulesRoom, setOf, versionOf } from "./room.ts";
import { listDecisionsOfVersion } from "./rules.sql.ts";
import { checkPlace, must } from "./version.ts";
import type { Place } from "./write-rules.ts";

export interface ShadowOptions {
  /** How many of the latest decisions are decided again; 1,000 when left out. */
  readonly last?: number | undefined;
  /** Whose decisions; the live version's when left out. */
  readonly of?: number | undefined;
  readonly onProgress?: ((done: number, most: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ShadowReport {
  readonly of: number;
  readonly candidate: number;
  readonly decided: number;
  readonly same: number;
  readonly changed: number;
  /** The candidate refuses what was answered, or the other way round. */
  readonly failed: number;
  /** The first of those, newest decision first. */
  readonly differences: readonly ShadowDifference[];
}

export interface ShadowDifference {
  readonly decisionId: string;
  readonly fields: readonly Difference[];
}

export const SHADOW_LAST_MAX = 1_000_000;
const LAST = 1_000;
const PAGE = 200;
const DIFFERENCES_MAX = 100;
const FIELDS_MAX = 20;
/** Ids are made by nodes' clocks, versions by the database's. */
const CLOCKS_APART_MS = 3_600_000;
/** Behind all ids. */
const AFTER_ALL = "~";

type Logged = RowIn<typeof listDecisionsOfVersion>;

/** The contract stands at the door, `open-rules.ts`. */
export async function shadow(
  room: RulesRoom,
  place: Place,
  candidate: number,
  { last = LAST, of, onProgress, signal }: ShadowOptions = {},
): Promise<ShadowReport> {
  const { book, name } = place;
  checkPlace(book, name);
  const isCount = Number.isInteger(last) && last >= 1 && last <= SHADOW_LAST_MAX;
  must(isCount, "last", `a whole number from 1 to ${SHADOW_LAST_MAX}`);
  await versionOf(room, place, candidate);
  const version = of ?? (await setOf(room, place)).liveVersion ?? (await room.live.read(place));
  const { madeAt } = await versionOf(room, place, version);
  const from = idBeginning(madeAt - CLOCKS_APART_MS);
  const tally = { decided: 0, same: 0, changed: 0, failed: 0 };
  const differences: ShadowDifference[] = [];
  for (let before = AFTER_ALL; tally.decided < last;) {
    signal?.throwIfAborted();
    const limit = Math.min(PAGE, last - tally.decided);
    const rows = await room.database.run(listDecisionsOfVersion, {
      book,
      name,
      version,
      from,
      before,
      limit,
    });
    for (const row of rows) {
      signal?.throwIfAborted();
      const found = await compare(room, place, candidate, row);
      tally[found.outcome] += 1;
      tally.decided += 1;
      const isShown = found.fields.length > 0 && differences.length < DIFFERENCES_MAX;
      if (isShown) differences.push({ decisionId: row.decisionId, fields: found.fields });
    }
    onProgress?.(tally.decided, last);
    before = rows.at(-1)?.decisionId ?? before;
    if (rows.length < limit) break;
  }
  return { of: version, candidate, ...tally, differences };
}

interface Compared {
  readonly outcome: "same" | "changed" | "failed";
  readonly fields: readonly Difference[];
}

async function compare(
  room: RulesRoom,
  place: Place,
  candidate: number,
  { input, output, refused }: Logged,
): Promise<Compared> {
  const wouldBe = await answerOf(room, place, candidate, JSON.parse(input) as JsonObject);
  if (output === null || "refused" in wouldBe) {
    const now = "refused" in wouldBe ? { refused: wouldBe.refused } : wouldBe.output;
    const was = output === null ? { refused } : (JSON.parse(output) as unknown);
    if (isSame(was, now)) return { outcome: "same", fields: [] };
    return { outcome: "failed", fields: [{ path: "", was, wouldBe: now }] };
  }
  const was: unknown = JSON.parse(output);
  const fields = differencesOf(was, wouldBe.output, FIELDS_MAX);
  return { outcome: fields.length === 0 ? "same" : "changed", fields };
}

/** Apart from everybody's decisions: nobody knows yet what the candidate may end. */
async function answerOf(
  room: RulesRoom,
  place: Place,
  version: number,
  input: JsonObject,
): Promise<{ readonly output: unknown } | { readonly refused: string }> {
  const { compiled } = await room.contents.compiled(place, version);
  try {
    return await evaluate(room, compiled, input, { name: place.name, version, apart: true });
  } catch (error) {
    const isOutcome =
      error instanceof LongmenError && error.kind !== "unavailable" && error.kind !== "limited";
    if (!isOutcome) throw error;
    return { refused: error.code };
  }
}
