/**
 * Takes the lease of a node's name for a process that starts: at once where nobody is behind it, and not at
 * all where somebody is. Two processes that took one name from each other for ever would both do nothing.
 */
import { arg, as } from "../columns.ts";
import type { Database } from "../database.ts";
import { type RowIn, sql, table } from "../sql.ts";
import { type Lease, lockWords } from "./lease.ts";
import { fateOf, markOfThis, readMark } from "./process-mark.ts";

const lease = table("lane_lease");

const claim = sql.named("lane.claimName", {
  params: { node: arg.text, ttlMs: arg.int4, holder: arg.text, goneEpoch: arg.int8 },
  columns: { epoch: as.int8 },
})`insert into ${lease} as held (node, epoch, lease_until, holder)
  values (${"node"}, 1, clock_timestamp() + ${"ttlMs"} * interval '1 millisecond', ${"holder"})
  on conflict (node) do update set epoch = held.epoch + 1, lease_until = excluded.lease_until,
    holder = excluded.holder, is_locked = false
  where held.lease_until <= clock_timestamp() or held.epoch = ${"goneEpoch"}
  returning epoch`;

/** Who has it. `isFree`: the session that renewed it is gone; asking takes the lock for an instant. */
const readHolder = sql.named("lane.readHolder", {
  params: { node: arg.text, lock: arg.text },
  columns: {
    epoch: as.int8,
    until: as.text,
    stands: as.bool,
    holder: as.textNull,
    isFree: as.bool,
  },
})`select epoch, lease_until::text as until, lease_until > clock_timestamp() as stands, holder,
    case when is_locked then pg_try_advisory_xact_lock(hashtextextended(${"lock"}, 0))
      else false end as is_free
  from ${lease} where node = ${"node"}`;

const LOOK_MS = 250;
/** So often in a row: a session that broke is opened anew within two looks. */
const FREE_LOOKS = 4;
/** A commit in flight under the lease is waited for, not for ever. */
const LOCK_TIMEOUT_MS = 10_000;

export type Claimed =
  | { readonly kind: "taken"; readonly lease: Lease }
  /** It was renewed before our eyes. */
  | { readonly kind: "lives"; readonly holder: string };

/**
 * Takes it where its time is over, where it was given back, or where its holder is surely gone: a process of
 * this machine that is no more, or a session that ended of one that can't be looked for. Else looks on until it is
 * renewed, or has run out; where it is not patient it takes a holder for alive that is not known to be gone.
 * Locks: the lease row.
 */
export async function claimName(
  database: Database,
  node: string,
  ttlMs: number,
  { isPatient = true } = {},
): Promise<Claimed> {
  const holder = JSON.stringify(markOfThis());
  const lock = lockWords(database, node);
  let seen: RowIn<typeof readHolder> | undefined;
  let freeLooks = 0;
  for (let goneEpoch = 0n; ;) {
    const asked = { node, ttlMs, holder, goneEpoch };
    const taken = await database.transaction((tx) => tx.maybe(claim, asked), {
      lockTimeoutMs: LOCK_TIMEOUT_MS,
    });
    if (taken) return { kind: "taken", lease: { node, epoch: Number(taken.epoch) } };
    // Ends: either it is renewed, which is told, or its time passes.
    const found = await database.maybe(readHolder, { node, lock });
    if (found?.stands !== true) continue;
    // Taken over from who had it: that is not who has it now, and ends soon.
    if (seen?.epoch !== found.epoch && seen?.holder === found.holder) seen = found;
    seen ??= found;
    const mark = readMark(found.holder);
    const fate = mark === undefined ? "unknown" : fateOf(mark);
    // A process that lives opens its session anew, however long that takes on a busy machine.
    const isAway = found.isFree && fate !== "lives";
    freeLooks = isAway ? freeLooks + 1 : 0;
    const isGone = freeLooks >= FREE_LOOKS || fate === "gone";
    const isRenewed = found.holder !== seen.holder || found.until !== seen.until;
    if ((isRenewed && !isGone) || !(isPatient || isGone || isAway)) {
      const holder = mark ? `process ${mark.pid} of ${mark.host}` : "another process";
      return { kind: "lives", holder };
    }
    goneEpoch = isGone ? found.epoch : 0n;
    if (!isGone) await database.clock.sleep(LOOK_MS);
  }
}
