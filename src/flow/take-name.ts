/** A node's name is one process's. Commands take the first of a few names that is free. */
import { fail } from "../base/index.ts";
import { claimName, type Database, type Lease } from "../postgres/index.ts";
import { flowErrors } from "./flow.errors.ts";

/** Waits for a holder that is dead, up to what is left of its lease. Refuses: flow.node_name_taken. */
export async function takeName(
  database: Database,
  node: string,
  ttlMs: number,
  isPatient: boolean,
): Promise<Lease> {
  const claimed = await claimName(database, node, ttlMs, { isPatient });
  if (claimed.kind === "taken") return claimed.lease;
  throw fail(flowErrors, "node_name_taken", { node, holder: claimed.holder });
}

/** A name, and those to be had in its place. */
export function namesOf(node: string, spareNames: number): readonly string[] {
  return [node, ...Array.from({ length: spareNames }, (_, n) => `${node}-${n + 2}`)];
}
