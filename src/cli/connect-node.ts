/** The running node that a command asks instead of a database of its own. */
import { fail } from "../base/index.ts";
import { connect, type Longmen } from "../client/index.ts";
import { cliErrors } from "./cli.errors.ts";
import type { HouseConfig } from "./house.ts";

/** A person waits: long enough for a node that restarts, not for one that is not there. */
const DEADLINE_MS = 10_000;

/**
 * A client of the node that LONGMEN_URL or --url names; undefined where none is named.
 * Refuses: cli.key_needed.
 */
export function namedNode(config: Pick<HouseConfig, "url" | "key">): Longmen | undefined {
  const where = nodeAddress(config);
  return where && connect(where);
}

/** What to connect to that node with. Refuses: cli.key_needed. */
export function nodeAddress({ url, key }: Pick<HouseConfig, "url" | "key">) {
  if (url === undefined) return undefined;
  if (key === undefined) throw fail(cliErrors, "key_needed", { url });
  return { url, key, deadlineMs: DEADLINE_MS };
}
