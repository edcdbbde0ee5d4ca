/** How a run that has stopped is opened again. */
import { arrayOf, type Writer } from "../postgres/index.ts";

export interface Reopened {
  readonly runId: bigint;
  readonly flow: number;
  readonly ended: boolean;
  /** Records that are taken back. */
  readonly steps: readonly string[];
}

/** Only where it still is as it was read: ended, or parked. */
export const reopenRun: Writer<Reopened> = {
  room: "flow",
  label: "flow.reopen",
  layer: 2,
  values: (items) => [
    arrayOf.int8(items.map(({ runId }) => runId)),
    arrayOf.int4(items.map(({ flow }) => flow)),
    arrayOf.bool(items.map(({ ended }) => ended)),
    arrayOf.text(items.map(({ steps }) => JSON.stringify(steps))),
  ],
  write: (q) => `select asked.ordinal
    from unnest($1::int4[], $2::int8[], $3::int4[], $4::bool[], $5::text[])
      as asked (ordinal, run_id, flow, ended, steps)
    where ${q("flow_reopen")}(asked.run_id, asked.flow, asked.ended, asked.steps)`,
  culprits: () => `select ordinal from unnest($1::int4[]) as asked (ordinal)
    where ordinal not in (select ordinal from written)`,
};
