/** The door of schedules: a node that fires them, and makes, changes and answers about them. */
import { fail, type Faults, type Instant, type Logger, noFaults } from "../base/index.ts";
import type { Flows } from "../flow/index.ts";
import type { Database } from "../postgres/index.ts";
import type { Definition, ScheduleOptions } from "./define-schedule.ts";
import { ScheduleNode } from "./fire/schedule-node.ts";
import { change, create, type MadeBy, sync } from "./make-schedules.ts";
import { News } from "./news.ts";
import { pause, resume } from "./pause.ts";
import { type Put, put, removeAs, type RemoveOptions } from "./put-schedule.ts";
import { type RunNowOptions, runNow } from "./run-now.ts";
import { scheduleErrors } from "./schedule.errors.ts";
import {
  type FireListOptions,
  type FirePage,
  fires,
  type FireView,
  get,
  list,
  next,
  type ScheduleListOptions,
  type SchedulePage,
  type ScheduleView,
} from "./views.ts";

export interface SchedulesOptions {
  /** The one that `flows` was opened with, migrated with `scheduleMigrations` behind `flowMigrations`. */
  readonly database: Database;
  /** What this node runs, and by whose name and lease it lives. Closed after the schedules, not before. */
  readonly flows: Flows;
  /** Made, or changed to be so, before this resolves. */
  readonly schedules?: readonly Definition[] | undefined;
  /** For how many days what came of ticks is kept, and schedules that are over; 30 when left out, 0 for ever. */
  readonly keepDays?: number | undefined;
  readonly faults?: Faults | undefined;
  readonly log?: Logger | undefined;
}

export interface Schedules {
  readonly node: string;
  /**
   * Makes a schedule; answers whether it was made now. Safe to repeat: the same under the same name is there
   * already. Refuses: what `schedule` refuses, schedule.name_taken, schedule.target_unknown,
   * lane.overloaded (nothing was done), schedule.closed.
   */
  create(name: string, options: ScheduleOptions, made?: MadeBy): Promise<boolean>;
  /**
   * Gives it another plan, target, input or policy, all of it. Ticks of the plan before that were due and not
   * fired are skipped. Refuses: what `schedule` refuses, schedule.missing, schedule.defined_in_code,
   * schedule.target_unknown, schedule.changed_meanwhile.
   */
  change(name: string, options: ScheduleOptions, made?: MadeBy): Promise<void>;
  /**
   * Makes it, or changes it to be so; answers which. Safe to repeat. What stands in code is changed there.
   * Refuses: what `create` and `change` refuse, but for schedule.name_taken.
   */
  put(name: string, options: ScheduleOptions, made?: MadeBy): Promise<Put>;
  /** Nothing of it is fired until it is resumed; its runs go on. Safe to repeat. Refuses: schedule.missing. */
  pause(name: string, made?: MadeBy): Promise<void>;
  /**
   * It goes on with the first tick from now; those that came due while it was paused have the outcome
   * "paused". Safe to repeat. Refuses: schedule.missing.
   */
  resume(name: string, made?: MadeBy): Promise<void>;
  /**
   * Starts a run of each shard now, also while it is paused; its ticks stay as they are. Each call is one more.
   * Refuses: schedule.missing, schedule.target_unknown (on this node), schedule.still_running,
   * schedule.line_full, schedule.changed_meanwhile, schedule.uncertain.
   */
  runNow(name: string, options?: RunNowOptions): Promise<readonly FireView[]>;
  get(name: string): Promise<ScheduleView | undefined>;
  /** By name. Refuses: schedule.page_malformed. */
  list(options?: ScheduleListOptions): Promise<SchedulePage>;
  /** What came of its ticks, newest first. Refuses: schedule.missing, schedule.page_malformed. */
  fires(name: string, options?: FireListOptions): Promise<FirePage>;
  /** Its next ticks, 1 to 1,000 of them. Refuses: schedule.missing, schedule.page_malformed. */
  next(name: string, count?: number): Promise<readonly Instant[]>;
  /**
   * Its runs go on; ticks in line are dropped. With `fromCode` also one that is defined in code, which the next
   * node that starts with it makes again. Refuses: schedule.missing, schedule.defined_in_code.
   */
  remove(name: string, options?: RemoveOptions): Promise<void>;
  /** How many runs this node has started by schedules. */
  readonly startedCount: number;
  /** What is being fired is fired, everything else is others' to do. Safe to repeat. */
  close(): Promise<void>;
}

const KEEP_DAYS = 30;
const KEEP_DAYS_MAX = 36_500;
const NEXT_DEFAULT = 10;

/**
 * Opens a node that fires schedules. Refuses: schedule.definition_malformed, schedule.target_unknown (what is
 * defined in code must be served by a node that lives, this one as a rule), postgres.schema_older.
 */
export async function openSchedules(options: SchedulesOptions): Promise<Schedules> {
  const { database, flows, faults = noFaults, log = database.log } = options;
  const { schedules = [], keepDays = KEEP_DAYS } = options;
  if (!Number.isInteger(keepDays) || keepDays < 0 || keepDays > KEEP_DAYS_MAX) {
    const expected = `a whole number of days up to ${KEEP_DAYS_MAX}, or 0 for ever`;
    const details = { name: flows.node, field: "keepDays", expected };
    throw fail(scheduleErrors, "definition_malformed", details);
  }
  const node = new ScheduleNode({
    database,
    flows,
    keepDays: keepDays || KEEP_DAYS_MAX,
    faults,
    log,
  });
  const room = { node, news: new News(node) };
  try {
    await node.open();
    await sync(room, schedules);
  } catch (error) {
    await node.close();
    throw error;
  }
  return {
    node: flows.node,
    get startedCount() {
      return node.counts.started;
    },
    create: async (name, asked, made = {}) => create(room, name, asked, made),
    change: async (name, asked, made = {}) => change(room, name, asked, made),
    put: async (name, asked, made = {}) => put(room, name, asked, made),
    pause: async (name, made = {}) => pause(room, name, made),
    resume: async (name, made = {}) => resume(room, name, made),
    runNow: async (name, asked = {}) => runNow(room, name, asked),
    get: async (name) => get(room, name),
    list: async (asked = {}) => list(room, asked),
    fires: async (name, asked = {}) => fires(room, name, asked),
    next: async (name, count = NEXT_DEFAULT) => next(room, name, count),
    remove: async (name, asked = {}) => removeAs(room, name, asked),
    close: () => node.close(),
  };
}
