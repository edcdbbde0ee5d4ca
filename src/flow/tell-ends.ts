/** What follows a commit that others wait for: they are woken, then the row that reminds of it goes. */
import { readState, readWaiters } from "./flow.sql.ts";
import { repeatable, type Session, writing } from "./session.ts";
import { wakeRuns } from "./write-runs.ts";

const WAITERS_MAX = 1_000;

/** Wakes those runs, and then nothing has to remind of what they waited for. */
export async function tellThen(
  session: Session,
  told: bigint,
  waiting: readonly bigint[],
): Promise<void> {
  const stands = async () =>
    (await session.database.maybe(readState, { runId: told })) === undefined;
  const wakes = waiting.length === 0 ? [] : [writing(wakeRuns, waiting)];
  const gone = writing(session.writers.deleteLives, told);
  await session.commit(`tell/${told}`, [...wakes, gone], { stands });
}

/** Wakes all that wait for an event. */
export async function deliver(session: Session, eventId: bigint): Promise<void> {
  let after = 0n;
  for (;;) {
    const asked = { events: [eventId], after, limit: WAITERS_MAX };
    const rows = await session.patiently(() => session.database.run(readWaiters, asked));
    const runs = rows.map(({ runId }) => runId);
    const last = runs.at(-1);
    if (last === undefined || runs.length < WAITERS_MAX) {
      return tellThen(session, eventId, runs);
    }
    await session.commit(`deliver/${eventId}`, [writing(wakeRuns, runs)], repeatable);
    after = last;
  }
}
