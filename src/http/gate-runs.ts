/** Who may reach which runs. A run of a flow that no scope names is answered like one that is not there. */
import { demand, mayDo, type RunAction } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { flowErrors, type Flows, type Leases, type RunView } from "../flow/index.ts";
import { httpErrors } from "./http.errors.ts";
import { type Call, principalOf } from "./route.ts";

/** Refuses: http.no_flows. */
export function flowsOf({ doors }: Pick<Call, "doors">): Flows {
  if (doors.flows === undefined) throw fail(httpErrors, "no_flows");
  return doors.flows;
}

/** Refuses: http.no_flows. */
export function leasesOf({ doors }: Pick<Call, "doors">): Leases {
  if (doors.leases === undefined) throw fail(httpErrors, "no_flows");
  return doors.leases;
}

/** Refuses: access.not_permitted. */
export function demandFlow(call: Pick<Call, "asked">, action: RunAction, flow: string): void {
  demand(principalOf(call), action, flow);
}

/**
 * The run of a request's path, if its key may do this to it.
 * Refuses: flow.run_missing, flow.run_id_malformed, access.not_permitted, http.no_flows.
 */
export async function enterRun(
  call: Call<{ readonly id: string }>,
  action: RunAction,
): Promise<RunView> {
  const { id } = call.params;
  const run = await flowsOf(call).get(id);
  const principal = principalOf(call);
  const isKnown = run !== undefined && knowsFlow(principal, run.flow);
  if (run === undefined || !isKnown) throw fail(flowErrors, "run_missing", { run: id });
  demand(principal, action, run.flow);
  return run;
}

/** Whether it may anything of that flow. */
export function knowsFlow(principal: Parameters<typeof mayDo>[0], flow: string): boolean {
  const actions = ["runs.read", "runs.write", "runs.operate"] as const;
  return actions.some((action) => mayDo(principal, action, flow));
}
