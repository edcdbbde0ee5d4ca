/** What another node left behind: its lease is taken, then its runs are made free. */
import { fail, hasCode, type Logger } from "../base/index.ts";
import {
  arrayOf,
  type Database,
  endLease,
  handOverLease,
  type Lease,
  takeOverLease,
  type Writer,
} from "../postgres/index.ts";
import { flowErrors } from "./flow.errors.ts";
import { giveBackRuns, ownedBefore, readOwner } from "./flow.sql.ts";
import { repeatable, type Session, writing } from "./session.ts";
import { forgetServes } from "./write-forks.ts";
import type { Owner } from "./write-runs.ts";

/** So often in a row a run may take its node down with it. */
export const CRASHES_MAX = 5;
const RELEASE_MAX = 5_000;
const TAKE_OVER_MS = 15_000;

interface Release {
  readonly owner: number;
  readonly epoch: number;
  readonly words: string;
}

/** Frees a part of what a node had; whether more is left is read afterwards. */
const release: Writer<Release> = {
  room: "flow",
  label: "flow.release",
  layer: 2,
  values: (items) => [
    arrayOf.int4(items.map(({ owner }) => owner)),
    arrayOf.int4(items.map(({ epoch }) => epoch)),
    arrayOf.text(items.map(({ words }) => words)),
  ],
  write: (q) => `select ${q("flow_release")}(owner, epoch, ${CRASHES_MAX}, ${RELEASE_MAX}, words)
    from unnest($1::int4[], $2::int4[], $3::int4[], $4::text[]) as asked (ordinal, owner, epoch, words)`,
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
};

/** Makes free what an owner had under epochs before this one. */
export async function releaseRuns(session: Session, owner: number, epoch: number): Promise<void> {
  const { code, message, advice } = fail(flowErrors, "poison", { crashes: CRASHES_MAX });
  const words = JSON.stringify({ name: "parked", code, message, advice });
  const { database } = session;
  for (;;) {
    const left = await session.patiently(() => database.one(ownedBefore, { owner, epoch }));
    if (!left.found) return;
    const rows = [writing(release, { owner, epoch, words })];
    await session.commit(`release/${owner}`, rows, repeatable);
  }
}

/** Takes over from a node whose lease has run out. Nothing, where it lives or another was faster. */
export async function takeOver(session: Session, gone: Lease, log: Logger): Promise<void> {
  const { database } = session;
  const taken = await takeOverLease(database, gone, TAKE_OVER_MS);
  if (taken === undefined) return;
  log.warn(
    { node: gone.node, epoch: gone.epoch },
    "took over from a node that no longer renews its lease",
  );
  const known = await database.maybe(readOwner, { node: gone.node });
  if (known !== undefined) {
    await releaseRuns(session, known.owner, taken.epoch);
    await session.commit(`serves/${known.owner}`, [writing(forgetServes, known.owner)], repeatable);
  }
  await endLease(database, taken, true);
}

/**
 * A node's goodbye: what it has is anybody's at once, and none of it counts as lost. What is committed under
 * its epoch is so before; what somebody else's lane was still to commit under it is refused.
 */
export async function giveBack(
  database: Database,
  { node, owner, epoch }: Owner,
  log: Logger,
): Promise<void> {
  const held = { node, epoch };
  const last = await handOverLease(database, held, TAKE_OVER_MS).catch(async (error: unknown) => {
    if (!hasCode(error, "postgres.lock_timeout")) throw error;
    log.warn({ node }, "a commit under this node's lease does not end; others take over behind it");
    await endLease(database, held, false);
    return undefined;
  });
  if (last === undefined) return;
  const given = { owner, epoch: last.epoch, most: RELEASE_MAX };
  while ((await database.one(giveBackRuns, given)).freed >= RELEASE_MAX);
  await endLease(database, last, true);
}

/** Takes over from nodes that are gone, one after another, and beside the looking for work. */
export class TakeOvers {
  private readonly waiting = new Map<string, () => Promise<void>>();
  private readonly log: Logger;
  private readonly onFreed: () => void;
  private working = false;

  /** `onFreed`: there may be runs that are anybody's. */
  constructor(log: Logger, onFreed: () => void) {
    this.log = log;
    this.onFreed = onFreed;
  }

  get isBusy(): boolean {
    return this.working;
  }

  add(session: Session, gone: Lease): void {
    this.waiting.set(gone.node, () => takeOver(session, gone, this.log));
    if (!this.working) void this.work();
  }

  stop(): void {
    this.waiting.clear();
  }

  private async work(): Promise<void> {
    this.working = true;
    for (const [node, take] of this.waiting) {
      // Behind a commit that does not end it is found again by the next look.
      await take().catch((error: unknown) => this.log.warn({ error, node }, "not taken over yet"));
      this.waiting.delete(node);
      this.onFreed();
    }
    this.working = false;
  }
}
