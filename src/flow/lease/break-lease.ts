/** An operator ends a lease that somebody holds. */
import { backoff, fail, newId } from "../../base/index.ts";
import { unit } from "../../postgres/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { commitUnit, type LeaseRoom, readSoon } from "./lease-room.ts";
import { leaseView } from "./lease.sql.ts";
import { type BreakOptions, checkBreak, type LeaseView, viewOf } from "./lease.ts";
import { breakLeases, insertBreaks } from "./write-leases.ts";

/** A commit under the lease may be in flight; one that takes longer is a transaction to be ended. */
const TRIES_MAX = 12;

export async function breakLease(
  room: LeaseRoom,
  key: string,
  options: BreakOptions,
): Promise<LeaseView> {
  checkBreak(key, options);
  const { by, reason = null } = options;
  let wanted = options.token;
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const [row] = await readSoon(room, leaseView, { key });
    wanted ??= row?.token;
    if (row === undefined || row.token !== wanted) {
      throw fail(flowErrors, "lease_not_held", { key });
    }
    const { token, holder } = row;
    const takeId = newId();
    const breaking = unit(takeId)
      .write(breakLeases, { key, token, takeId, by })
      .write(insertBreaks, { key, token, holder, by, reason });
    const status = await commitUnit(room, breaking);
    if (status === "committed") return viewOf(row);
    await room.clock.sleep(backoff({ attempt, baseMs: 40, maxMs: 800 }));
  }
  throw fail(flowErrors, "lease_in_use", { key });
}
