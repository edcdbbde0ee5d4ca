/**
 * A schedule is made or changed to be so, from outside. Who owns it is part of its row: what stands in code is
 * changed in code, everything else here. Code that is given a name which stands here takes it over.
 */
import { fail, hasCode } from "../base/index.ts";
import type { ScheduleOptions } from "./define-schedule.ts";
import { Source } from "./fire/numbers.ts";
import { change, create, type MadeBy, remove } from "./make-schedules.ts";
import { scheduleErrors } from "./schedule.errors.ts";
import { readSchedules } from "./schedule.sql.ts";
import { find, type Room } from "./verbs.ts";

/** What putting came to: the same again is the same. */
export type Put = "made" | "changed" | "unchanged";

export interface RemoveOptions extends MadeBy {
  /** Also one that is defined in code: it has gone from there, or comes back when a node starts with it. */
  readonly fromCode?: boolean | undefined;
}

const TRIES_MAX = 3;

/** Refuses: what `create` and `change` refuse, but for schedule.name_taken. */
export async function put(
  room: Room,
  name: string,
  options: ScheduleOptions,
  made: MadeBy,
): Promise<Put> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    await refuseCodes(room, name);
    try {
      return (await create(room, name, options, made)) ? "made" : "unchanged";
    } catch (error) {
      if (!hasCode(error, "schedule.name_taken")) throw error;
    }
    try {
      await change(room, name, options, made);
      return "changed";
    } catch (error) {
      // It was removed in between: then it is made.
      if (!hasCode(error, "schedule.missing")) throw error;
    }
  }
  throw fail(scheduleErrors, "changed_meanwhile", { name });
}

/** Also where it is asked to be what it is: the answer must not hang on a blank in the code. */
async function refuseCodes({ node }: Room, name: string): Promise<void> {
  const [known] = await node.database.run(readSchedules, { names: [name] });
  if (known?.source === Source.code) throw fail(scheduleErrors, "defined_in_code", { name });
}

/** Refuses: schedule.missing, schedule.defined_in_code. */
export async function removeAs(
  room: Room,
  name: string,
  { fromCode = false, by }: RemoveOptions,
): Promise<void> {
  const { source } = await find(room, name);
  if (source === Source.code && !fromCode) {
    throw fail(scheduleErrors, "defined_in_code", { name });
  }
  await remove(room, name);
  room.node.log.info({ schedule: name, by }, "a schedule was removed");
}
