/** For stories: PostgreSQL killed under a shop, as a machine does that runs out of memory. */
import { expect } from "vitest";
import type { Database } from "../../src/postgres/index.ts";

const PATIENCE = { timeout: 60_000, interval: 50 };

/** Kills the server, however lately it began anew; resolves when another one is there and answers. */
export async function killServer(
  server: { readonly pid: () => number },
  database: Pick<Database, "transaction">,
): Promise<void> {
  // The one that is known may still be the one before, which is gone.
  const isKilled = () => {
    try {
      return process.kill(server.pid(), "SIGKILL");
    } catch {
      return false;
    }
  };
  await expect.poll(isKilled, PATIENCE).toBe(true);
  const isUp = () =>
    database
      .transaction((tx) => tx.query("select 1"))
      .then(
        () => true,
        () => false,
      );
  await expect.poll(isUp, PATIENCE).toBe(true);
}
