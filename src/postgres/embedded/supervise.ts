import type { Clock, Logger } from "../../base/index.ts";
import { systemClock } from "../../base/index.ts";
import { passes, type Ownership } from "./owner.ts";
import type { Reached } from "./start.ts";

const DEATHS_MAX = 5;
/** Whoever lives longer than this after a start has not died of the start. */
const SOON_MS = 10_000;

/** The server as it is now: another process after each time it came back. */
export interface Running {
  reached: Reached;
  ownership: Ownership;
  stopping: boolean;
  /** While the server is being brought back; stopping waits for it, or it would outlive its stop. */
  revival: Promise<void> | undefined;
}

export type BringUp = () => Promise<Pick<Running, "reached" | "ownership">>;

async function revive(running: Running, bringUp: BringUp, log: Logger): Promise<void> {
  log.error({ pid: running.reached.pid }, "the connection to PostgreSQL broke; bringing it back");
  const { reached, ownership } = await bringUp();
  running.reached = reached;
  running.ownership = ownership;
  log.info({ pid: reached.pid, adopted: reached.adopted }, "PostgreSQL is back");
}

/**
 * Watches the owner's connection. When it ends though nobody stopped the server, the server is
 * looked for and, if it is gone, started again on the same port. One that dies five times in a row
 * within ten seconds of coming back, or while it does, needs a person; one that is killed now and then
 * does not, however often. Resolves with the reason when it gives up; stays open for ever otherwise.
 */
export async function keepUp(
  running: Running,
  bringUp: BringUp,
  log: Logger,
  clock: Pick<Clock, "now"> = systemClock,
): Promise<Error> {
  let backAt = clock.now();
  let deathsInARow = 0;
  for (;;) {
    await running.ownership.lost;
    if (running.stopping) return new Promise(() => {});
    deathsInARow = clock.now() - backAt < SOON_MS ? deathsInARow + 1 : 1;
    if (deathsInARow > DEATHS_MAX) {
      log.error({ pid: running.reached.pid }, "PostgreSQL keeps dying; giving up");
      return new Error(`PostgreSQL died ${deathsInARow} times in a row right after its start`);
    }
    try {
      running.revival = revive(running, bringUp, log);
      await running.revival;
    } catch (error) {
      log.error({ error }, "PostgreSQL could not be brought back");
      // Killed again while it came back: nobody owns it yet, so `lost` stands, and this is one more death.
      if (!passes(error)) return error instanceof Error ? error : new Error(String(error));
    } finally {
      running.revival = undefined;
      backAt = clock.now();
    }
  }
}
