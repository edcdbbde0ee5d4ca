/** How a round comes to its end: nothing is found fault with before everything had its time. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../../src/postgres/index.ts";
import { type AskLog, isOpen } from "./ask-log.ts";
import type { Callers } from "./callers.ts";
import type { SellingNodes } from "./nodes.ts";
import { JUMP_MS, LISTEN_MS } from "./provider.ts";
import type { TroubledDatabase } from "./troubled-database.ts";

interface Settling {
  readonly world: Pick<TroubledDatabase, "setAhead">;
  readonly log: AskLog;
  readonly callers: Callers;
  readonly nodes: SellingNodes;
  readonly database: Database;
}

/** So long a busy machine may take for what a quick one does at once; nothing is found fault with before. */
const SETTLE_MS = 60_000;
const AGAIN_MS = 50;
/** Longer than any hold, and than an offering stays open. */
export const LAST_JUMP_MS = 10 * JUMP_MS;

/** Everybody gets the answer that they lack, and every order that waits comes to its end. */
export async function settle({ world, log, callers, nodes, database }: Settling): Promise<void> {
  await nodes.start({ calm: true });
  const open = [...log.acts.values()].filter(isOpen);
  for (const until = Date.now() + SETTLE_MS; open.some(isOpen) && Date.now() < until;) {
    await Promise.all(open.filter(isOpen).map((act) => callers.once(act)));
    await sleep(AGAIN_MS);
  }
  const far = nodes.ahead() + LAST_JUMP_MS;
  await world.setAhead(far);
  await nodes.jump(LAST_JUMP_MS);
  await ended({ log, nodes, database });
  // Of lines that were given back meanwhile some are provided after all.
  await callers.callBackAll();
  await runsEnded({ world, log, nodes, database });
}

export interface Ending {
  readonly log: Pick<AskLog, "wrong">;
  readonly nodes: Pick<SellingNodes, "expire">;
  readonly database: Database;
}

/** By what stands in the tables: a node that swept nothing may only not have known yet how late it is. */
export async function ended({ log, nodes, database }: Ending) {
  const text = `select count(*)::int4 as many from ${database.schema}.order_order as placed
    where not exists (select from ${database.schema}.order_step as step
      where step.book_id = placed.book_id and step.order_id = placed.order_id)`;
  for (const until = Date.now() + SETTLE_MS; Date.now() < until; await sleep(AGAIN_MS)) {
    await nodes.expire();
    const { rows } = await database.transaction((tx) => tx.query(text));
    if (rows[0]?.["many"] === 0) return;
  }
  log.wrong.push("sweeping finds no end");
}

const PARKED = 4;
/** So long no run ends, though time went on for them again and again: they never will. */
const NO_END_MS = 60_000;
const RUNS_END_MS = 120_000;
/** Runs that do nothing for so long wait for a time to come. */
const STILL_MS = 1_000;

/**
 * Runs that are parked since their node was lost five times in a row. Here that was no fault of theirs: nodes are killed
 * on purpose, and a jump of the clock ends every lease. Parked for anything else they stay, and are found.
 */
export async function poisoned(database: Database): Promise<readonly string[]> {
  const { rows } = await database.transaction((tx) =>
    tx.query(`select run_id::text as run from ${database.schema}.flow_live as live where state = ${PARKED}
      and (select error from ${database.schema}.flow_trouble as told where told.run_id = live.run_id
        order by at desc limit 1) like '%"flow.poison"%'`),
  );
  return rows.map(({ run }) => `r${BigInt(String(run)).toString(36).padStart(13, "0")}`);
}

/** Time goes on until each run has waited for what it waits for; those that don't end, the auditor names. */
async function runsEnded({ world, log, nodes, database }: Omit<Settling, "callers">) {
  const over = Date.now() + RUNS_END_MS;
  const least = { many: Infinity, since: Date.now() };
  const text = `select count(*)::int4 as many, coalesce(sum(extract(epoch from wake_at)), 0) as wakes
    from ${database.schema}.flow_live`;
  let seen = "";
  for (let since = Date.now(); Date.now() < over; await sleep(100)) {
    const { rows } = await database.transaction((tx) => tx.query(text));
    const many = Number(rows[0]?.["many"]);
    if (many === 0) return;
    // An operator looks at those, and lets them go on.
    for (const run of await poisoned(database)) await nodes.one()?.ask("resume", run);
    if (many < least.many) Object.assign(least, { many, since: Date.now() });
    if (Date.now() - least.since > NO_END_MS) break;
    const now = JSON.stringify(rows[0]);
    if (now !== seen) since = Date.now();
    else if (Date.now() - since > STILL_MS) {
      await world.setAhead(nodes.ahead() + LISTEN_MS + JUMP_MS);
      await nodes.jump(LISTEN_MS + JUMP_MS);
      since = Date.now();
    }
    seen = now;
  }
  log.wrong.push("runs find no end");
}
