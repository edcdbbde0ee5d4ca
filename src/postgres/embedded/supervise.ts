import type { Logger } from "../../base/index.ts";
import { systemClock } from "../../base/index.ts";
import type { Ownership } from "./owner.ts";
import type { Reached } from "./start.ts";

const REVIVALS_MAX = 5;
const WINDOW_MS = 600_000;

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
 * looked for and, if it is gone, started again on the same port: five times in ten minutes at most,
 * since a server that keeps dying needs a person. Resolves with the reason when it gives up; stays
 * open for ever otherwise.
 */
export async function keepUp(running: Running, bringUp: BringUp, log: Logger): Promise<Error> {
  const revivals: number[] = [];
  for (;;) {
    await running.ownership.lost;
    if (running.stopping) return new Promise(() => {});
    const now = systemClock.now();
    while (revivals[0] !== undefined && revivals[0] < now - WINDOW_MS) revivals.shift();
    if (revivals.length >= REVIVALS_MAX) {
      log.error({ pid: running.reached.pid }, "PostgreSQL keeps dying; giving up");
      return new Error(`PostgreSQL died ${REVIVALS_MAX} times in ten minutes`);
    }
    revivals.push(now);
    try {
      running.revival = revive(running, bringUp, log);
      await running.revival;
    } catch (error) {
      log.error({ error }, "PostgreSQL could not be brought back");
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      running.revival = undefined;
    }
  }
}
