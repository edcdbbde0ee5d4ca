/** What a house that serves has besides its books: flows under way, and leases. */
import {
  type AnyFlow,
  type Flows,
  type Leases,
  openFlows,
  openLeases,
  type StoodStill,
} from "../../flow/index.ts";
import { hasCode } from "../../base/index.ts";
import { httpCalls, openSchedules, type Schedules } from "../../schedule/index.ts";
import type { CommandContext } from "../command.ts";
import type { OpenHouse } from "../open-house.ts";
import { retailFlows, VERIFY_FLOW } from "./retail-flows.ts";

export interface HouseRuns {
  readonly flows: Flows;
  readonly leases: Leases;
  readonly schedules: Schedules;
  /** Lets runs come to a point at which others, or this node after its restart, go on with them. */
  close(): Promise<void>;
}

/** A name that may stand in a step: `/`, `#` and `~` divide positions. */
export const flowNodeName = (name: string): string => name.replaceAll(/[/#~]/g, "-");

export interface RunsOptions {
  /** Served beside the house's own. */
  readonly others?: readonly AnyFlow[];
  /** Whether a job of this process has loaded it until lately: then it may well stand still. */
  readonly isLoaded?: (still: StoodStill) => boolean;
}

/** Flows post to the house's own books. Refuses: what openFlows refuses. */
export async function openRuns(
  { house }: CommandContext,
  { config, database, ledger, log }: OpenHouse,
  { others = [], isLoaded = () => false }: RunsOptions = {},
): Promise<HouseRuns> {
  const node = flowNodeName(house.nodeName(config));
  const { faults, keepDays, callSecrets, callHosts } = config;
  const calls =
    callSecrets && httpCalls({ secrets: (name) => callSecrets.get(name), allowHosts: callHosts });
  const served = [...retailFlows(ledger), ...others, ...(calls === undefined ? [] : [calls])];
  // For a person who reads the report of that job it is no news, and not for machines.
  const onBlocked = (still: StoodStill) =>
    log[isLoaded(still) ? "debug" : "warn"]({ ...still }, "the event loop stood still");
  const shared = { database, faults, keepDays, log, onBlocked };
  const flows = await openFlows({ ...shared, node, flows: served, books: ledger });
  const schedules = await openSchedules({ database, flows, keepDays, log }).catch(async (error) => {
    await flows.close();
    throw error;
  });
  const leases = openLeases({ database, node, log });
  return {
    flows,
    leases,
    schedules,
    async close() {
      await schedules.close();
      await flows.close();
      await leases.close();
    },
  };
}

export const NIGHTLY = "retail.nightly-verify";

/** The main job's book is verified each night, as its owner may have changed it: what stands already stays. */
export async function verifyNightly({ schedules }: HouseRuns): Promise<void> {
  const plan = { cron: "0 0 3 * * *", misfire: "once", overlap: "skip" } as const;
  try {
    await schedules.create(NIGHTLY, { ...plan, to: { flow: VERIFY_FLOW } });
  } catch (error) {
    if (!hasCode(error, "schedule.name_taken")) throw error;
  }
}
