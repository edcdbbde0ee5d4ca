/** All tables of cases, in the order of the published list of refusals. */
import { accountTables } from "./accounts.ts";
import { chainTables } from "./chains.ts";
import { endOfTime } from "./end-of-time.ts";
import { holdTables } from "./holds.ts";
import { knownIdTables } from "./known-ids.ts";
import { movementTables } from "./movements.ts";
import { requestTables } from "./request.ts";
import { windowTables } from "./window.ts";
import { world } from "./world.ts";

/** Title and text; each begins in the same small world. */
export const tables: readonly (readonly [title: string, text: string])[] = [
  requestTables,
  knownIdTables,
  movementTables,
  holdTables,
  accountTables,
  chainTables,
  windowTables,
].flatMap((group) => Object.entries(group));

export { endOfTime, windowTables, world };
