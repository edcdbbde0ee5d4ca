/**
 * A session is lent, with whatever its next user finds in it: `set` outlives its transaction. So what
 * somebody's SQL has set is reset behind it. Not by `discard all`: the driver goes on using the
 * statements that it has prepared.
 */
import type { PoolClient } from "pg";
import { as } from "./columns.ts";
import { send } from "./executor.ts";
import { sql } from "./sql.ts";
import { translateDatabaseError } from "./translate.ts";

const RESET = "reset session authorization; reset role; reset all";

/** Had this session settings of its own, by `set` and not by how it was connected? */
export const sessionSettings = sql.named("postgres.sessionSettings", {
  columns: { any: as.bool },
})`select exists (select from pg_settings where source = 'session')
    or current_user <> session_user as any`;

/**
 * Asked before a transaction begins. A pool of ours sets nothing. In a pool of the user's own, what
 * was set before is the user's: nobody could tell it from what is set now, and nothing is reset.
 */
export async function mayReset(
  client: PoolClient,
  schema: string,
  isOwnPool: boolean,
): Promise<boolean> {
  if (isOwnPool) return true;
  try {
    const { rows } = await send(client, schema, sessionSettings, {});
    return rows[0]?.any === false;
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/** Answers whether it could; a session that could not is to be closed. */
export async function resetSession(client: PoolClient): Promise<boolean> {
  try {
    await client.query(RESET);
    return true;
  } catch {
    return false;
  }
}
