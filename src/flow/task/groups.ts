/** Which groups of a task wait before their door, and how many of each. */
import { fail } from "../../base/index.ts";
import type { Database } from "../../postgres/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { readVersions } from "../flow.sql.ts";
import { OF_NONE } from "./gate.ts";
import { readGroups, readHeldGates } from "./task.sql.ts";

export interface GroupsOptions {
  /** The `at` of the last of the page before. */
  readonly after?: string | undefined;
  /** 1 to 1,000; 100 when left out. */
  readonly limit?: number | undefined;
}

export interface GroupView {
  /** Undefined: of no group, or its name is not known yet (it is within a second of its first waiting). */
  readonly group: string | undefined;
  readonly version: number;
  /** Before the door, ready or running behind it: up to 1,000, which means that many or more. */
  readonly held: number;
  readonly inside: number;
  /** Since when the first in line might have gone. */
  readonly since: number;
  /** Where the next page goes on. */
  readonly at: string;
}

const LIMIT_MAX = 1_000;
const COUNT_MAX = 1_000;
const LEAST = -(2n ** 63n);
const AT = /^([0-9]{1,7}):(-?[0-9]{1,19})$/;

/** Refuses: flow.task_missing, flow.limit_out_of_range, flow.group_malformed. */
export async function listGroups(
  database: Database,
  task: string,
  { after, limit = 100 }: GroupsOptions,
): Promise<readonly GroupView[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw fail(flowErrors, "limit_out_of_range", { limit, most: LIMIT_MAX });
  }
  const known = (await database.run(readVersions, {})).filter(({ name }) => name === task);
  if (known.length === 0) throw fail(flowErrors, "task_missing", { name: task });
  const from = after === undefined ? undefined : placeOf(after);
  const views: GroupView[] = [];
  for (const { flow, version } of known.sort((one, other) => one.version - other.version)) {
    if (from !== undefined && version < from.version) continue;
    const past = version === from?.version ? from.gate : LEAST;
    const asked = { flow, after: past, limit: limit - views.length };
    const gates = (await database.run(readHeldGates, asked)).map(({ gate }) => gate);
    if (gates.length === 0) continue;
    const rows = await database.run(readGroups, { flow, gates, most: COUNT_MAX });
    for (const { gate, name, held, inside, first } of rows) {
      // Let through since it was met.
      if (first === null) continue;
      const group = gate === OF_NONE ? undefined : (name ?? undefined);
      const shared = { group, version, at: `${version}:${gate}` };
      views.push({ ...shared, held: held ?? 0, inside: inside ?? 0, since: first });
    }
    if (gates.length === asked.limit) break;
  }
  return views;
}

function placeOf(text: string): { readonly version: number; readonly gate: bigint } {
  const [, version, gate] = AT.exec(text) ?? [];
  if (
    version === undefined ||
    gate === undefined ||
    BigInt(gate) >= -LEAST ||
    BigInt(gate) < LEAST
  ) {
    throw fail(flowErrors, "group_malformed", { text });
  }
  return { version: Number(version), gate: BigInt(gate) };
}
