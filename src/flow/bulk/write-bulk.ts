/** Verbs for many runs, as writers: one item is a list of runs. */
import { arrayOf, type Qualify, type Writer } from "../../postgres/index.ts";

export type BulkVerb = "cancel" | "pause" | "resume" | "retry" | "redrive";

export interface BulkItem {
  readonly runs: readonly bigint[];
  /** What a run that never began answers when it is cancelled. */
  readonly word: string;
}

const bulk = (label: string, call: (q: Qualify) => string): Writer<BulkItem> => ({
  room: "flow",
  label,
  layer: 2,
  values: (items) => [arrayOf.int8(items.flatMap(({ runs }) => runs)), items[0]?.word ?? ""],
  write: (q) => `select asked.ordinal from (select ${call(q)} as done, $3::text as word) as done,
    unnest($1::int4[]) as asked (ordinal) where done.done >= 0`,
  culprits: () => "select ordinal from unnest($1::int4[]) as asked (ordinal)",
});

export const bulkWriters: { readonly [V in BulkVerb]: Writer<BulkItem> } = {
  cancel: bulk("flow.bulk_cancel", (q) => `${q("flow_bulk_cancel")}($2::int8[], $3::text)`),
  pause: bulk("flow.bulk_pause", (q) => `${q("flow_bulk_pause")}($2::int8[])`),
  resume: bulk("flow.bulk_resume", (q) => `${q("flow_bulk_resume")}($2::int8[])`),
  retry: bulk("flow.bulk_retry", (q) => `${q("flow_bulk_retry")}($2::int8[], false)`),
  redrive: bulk("flow.bulk_redrive", (q) => `${q("flow_bulk_retry")}($2::int8[], true)`),
};
