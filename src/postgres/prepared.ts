/**
 * Prepared statements, and where there are none: a pooler in transaction mode lends a session to whoever
 * comes next, with the names that others prepared in it. Behind one every statement goes without a name,
 * is parsed anew, and needs nobody to keep track of names (decision 0067).
 */
import type { ClientBase, Pool } from "pg";

const behindPooler = new WeakSet<Pool>();
const nameless = new WeakSet<ClientBase>();

/** Asked once for a pool: is the server's process another than the one that was named at login? */
export async function findPooler(pool: Pool, client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const { processID } = client as { processID?: number | null };
  if (typeof processID !== "number" || rows[0]?.pid === processID) return;
  behindPooler.add(pool);
  nameless.add(client);
}

/** At each loan: a connection of such a pool may be a new one. */
export function settleNames(pool: Pool, client: ClientBase): void {
  if (behindPooler.has(pool)) nameless.add(client);
}

/** The statement as it goes out on this connection: the empty name is that of no prepared statement. */
export function asPrepared<S extends { readonly name: string }>(
  client: ClientBase,
  statement: S,
): S {
  return nameless.has(client) ? { ...statement, name: "" } : statement;
}
