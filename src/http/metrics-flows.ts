/** What a node counts of its runs, for who scrapes it: from memory; flows by name to who may know them. */
import type { FlowsStats } from "../flow/index.ts";
import { counter, gauge, histogramLines } from "./metrics-text.ts";

const outcomes = ["done", "failed", "cancelled"] as const;
const SECOND_MS = 1_000;

/** Nothing, where no runs are served. */
export function flowLines(
  stats: FlowsStats | undefined,
  isNamed: (flow: string) => boolean,
): string[] {
  if (stats === undefined) return [];
  const { runs, started, done, failed, cancelled, parked, retriesLeft, lane } = stats;
  const ended = Object.entries({ done, failed, cancelled }).map(([outcome, value]) => {
    return { labels: { outcome }, value };
  });
  return [
    ...gauge("longmen_flow_runs", "Runs in the memory of this node.", [{ value: runs }]),
    ...counter("longmen_flow_started_total", "Runs started through this node.", [
      { value: started },
    ]),
    ...counter("longmen_flow_ended_total", "Runs that ended on this node, by outcome.", ended),
    ...byFlowLines(stats, isNamed),
    ...counter("longmen_flow_parked_total", "Runs that were parked on this node.", [
      { value: parked },
    ]),
    ...gauge(
      "longmen_flow_retries_left",
      "Retries that steps may take at once, of the flow that has least.",
      [{ value: Math.floor(retriesLeft) }],
    ),
    ...gauge("longmen_flow_look_age_seconds", "Since this node last looked for work.", [
      { value: stats.lookAgeMs / SECOND_MS },
    ]),
    ...gauge("longmen_flow_lease_left_seconds", "For how long this node may work on runs.", [
      { value: stats.leaseLeftMs / SECOND_MS },
    ]),
    ...gauge("longmen_flow_queued", "Rows of runs that wait for the flows' lane.", [
      { value: lane.queued },
    ]),
    ...counter("longmen_flow_flushes_total", "Flushes of the flows' lane committed.", [
      { value: lane.flushes },
    ]),
    ...counter("longmen_flow_units_total", "Units of the flows' lane committed.", [
      { value: lane.units },
    ]),
    ...histogramLines(
      "longmen_flow_flush_seconds",
      "From the sending of a flush of runs to the news that it is durable.",
      [{ value: lane.flushSeconds }],
    ),
  ];
}

function byFlowLines({ endedByFlow }: FlowsStats, isNamed: (flow: string) => boolean): string[] {
  const samples = [...endedByFlow]
    .filter(([flow]) => isNamed(flow))
    .flatMap(([flow, counts]) =>
      outcomes.map((outcome) => ({ labels: { flow, outcome }, value: counts[outcome] })),
    );
  return counter(
    "longmen_runs_ended_total",
    "Runs and tasks that ended on this node, by flow and outcome.",
    samples,
  );
}
