/** The numbers of routes in the table; `routes` of policy.ts has their words. */
export const Route = { home: 1, roundRobin: 2, leastLoaded: 3 } as const;

export const Outcome = {
  started: 1,
  queued: 2,
  skipped: 3,
  misfired: 4,
  paused: 5,
  failed: 6,
  dropped: 7,
} as const;

export type OutcomeName = keyof typeof Outcome;

const names = new Map<number, OutcomeName>(
  Object.entries(Outcome).map(([name, number]) => [number, name as OutcomeName]),
);

export const outcomeName = (outcome: number): OutcomeName => names.get(outcome) ?? "failed";

export const ScheduleState = { active: 1, paused: 2 } as const;
export const Source = { made: 1, code: 2 } as const;
