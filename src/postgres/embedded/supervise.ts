import type { Logger } from "../../base/index.ts";
import { systemClock } from "../../base/index.ts";
import type { Ownership } from "./owner.ts";
import type { Reached } from "./start.ts";

const REVIVALS_MAX = 5;
const WINDOW_MS = 600_000;

interface Running {
  reached: Reached;
  ownership: Ownership;
  stopping: boolean;
}

/**
 * Watches the owner's connection. When it ends though nobody stopped the server, the server is
 * looked for and, if it is gone, started again on the same port: five times in ten minutes at most,
 * since a server that keeps dying needs a person. Resolves with the reason when it gives up; stays
 * open for ever otherwise.
 */
export async function keepUp(
  running: Running,
  bringUp: () => Promise<Pick<Running, "reached" | "ownership">>,
  log: Logger,
): Promise<Error> {
  const revivals: number[] = [];
  for (;;) {
    await running.ownership.lost;
    if (running.stopping) return new Promise(() => {});
    const now = systemClock.now();
    while (revivals[0] !== undefined && revivals[0] < now - WINDOW_MS) revivals.shift();
    if (revivals.length >= REVIVALS_MAX) {
      const error = new Error(`PostgreSQL died ${REVIVALS_MAX} times in ten minutes`);
      log.error({ pid: running.reached.pid }, "PostgreSQL keeps dying; giving up");
      return error;
    }
    revivals.push(now);
    log.error({ pid: running.reached.pid }, "the connection to PostgreSQL broke; bringing it back");
    try {
      const { reached, ownership } = await bringUp();
      running.reached = reached;
      running.ownership = ownership;
      log.info({ pid: reached.pid, adopted: reached.adopted }, "PostgreSQL is back");
    } catch (error) {
      log.error({ error }, "PostgreSQL could not be brought back");
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
