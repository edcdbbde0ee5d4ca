/** f.tx: the caller's own SQL and the step's record in one transaction; the slow form. */
import { fail, hasCode } from "../../base/index.ts";
import type { Transaction } from "../../postgres/index.ts";
import { encodePayload, errorRecordOf } from "../codec.ts";
import { flowErrors } from "../flow.errors.ts";
import { addStep } from "../flow.sql.ts";
import type { Run } from "../run.ts";
import { Kind, Outcome } from "../state.ts";
import { answerOf } from "./answer-record.ts";
import { Tries } from "./tries.ts";
import { doWithin } from "./within.ts";

export const TX_TIMEOUT_MS = 5_000;

type Work<T> = (tx: Transaction) => Promise<T>;

export async function runTx<T>(
  run: Run,
  position: string,
  work: Work<T>,
  timeoutMs = TX_TIMEOUT_MS,
): Promise<T> {
  const known = await run.recall(position, Kind.tx);
  if (known !== undefined) return answerOf(known) as T;
  const startedAt = run.session.now();
  const tries = new Tries(run, position);
  for (;;) {
    const shared = { step: position, kind: Kind.tx, attempts: tries.count, startedAt };
    try {
      return await once(run, work, timeoutMs, shared, tries);
    } catch (error) {
      const came = await tries.after(error);
      if (came === "stands") return answerOf(await tries.read()) as T;
      if (came === "again") continue;
      const result = JSON.stringify(errorRecordOf(error));
      const record = await tries.record({ ...shared, outcome: Outcome.failed, result });
      if (record.outcome === Outcome.done) return answerOf(record) as T;
      throw error;
    }
  }
}

interface Shared {
  readonly step: string;
  readonly kind: number;
  readonly attempts: number;
  readonly startedAt: number;
}

async function once<T>(
  run: Run,
  work: Work<T>,
  timeoutMs: number,
  shared: Shared,
  tries: Tries,
): Promise<T> {
  const { session, runId } = run;
  const { node, epoch } = session.owner;
  let stood = false;
  try {
    return await session.database.transaction(
      async (tx) => {
        await tx.query(`set local statement_timeout = ${Math.ceil(timeoutMs)}`);
        const value = await inTime(
          shared.step,
          doWithin(run, shared.step, () => work(tx)),
          timeoutMs,
        );
        const result = encodePayload(`what the step ${shared.step} answers`, value);
        const record = run.numbered({ ...shared, outcome: Outcome.done, result });
        const written = await tx.count(addStep, { ...record, node, epoch, runId });
        if (written !== 1) {
          stood = true;
          throw fail(flowErrors, "not_written", { key: `${run.name}/${shared.step}` });
        }
        run.recorded(record);
        return value;
      },
      { lockTimeoutMs: timeoutMs, idleTimeoutMs: timeoutMs, replyTimeoutMs: 2 * timeoutMs + 1_000 },
    );
  } catch (error) {
    if (!stood) throw error;
    // Rolled back: somebody else's lease, or a record of ours that came after all.
    await session.explain(shared.step, () => run.stands(shared.step));
    return answerOf(await tries.read()) as T;
  }
}

async function inTime<T>(step: string, work: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const error = fail(flowErrors, "step_timed_out", { step, timeoutMs });
  const timer = setTimeout(() => late.reject(error), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } catch (error) {
    if (hasCode(error, "postgres.cancelled")) {
      throw fail(flowErrors, "step_timed_out", { step, timeoutMs }, error);
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
