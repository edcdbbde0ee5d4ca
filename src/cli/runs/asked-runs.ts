/** Runs and leases as commands ask for them: the database's own, or those of a node that runs. */
import type {
  ForkRun,
  Leases as NodeLeases,
  LeaseView,
  Longmen,
  Page,
  RetryPreview,
  RunFilter,
  Runs,
  RunStep,
  RunTrouble,
  RunView,
  RunTally,
  StartRun,
  TallyRuns,
} from "../../client/index.ts";
import { fail } from "../../base/index.ts";
import {
  type AnyFlow,
  flowErrors,
  flowMigrations,
  type Flows,
  type Leases,
  lookAtRuns,
  openFlows,
  openLeases,
  type RunLooks,
} from "../../flow/index.ts";
import { type Database, postgresMigrations } from "../../postgres/index.ts";
import type { PageAsked } from "../asked-book.ts";
import type { CommandContext } from "../command.ts";
import { namedNode } from "../connect-node.ts";
import { openHouse, type OpenHouse, type OpenHouseOptions } from "../open-house.ts";
import { operator } from "../operator.ts";
import { flowNodeName } from "./open-runs.ts";

export interface LooksAtRuns {
  /** Undefined: there is none. */
  get(id: string): Promise<RunView | undefined>;
  list(filter: RunFilter, page: PageAsked): Promise<Page<RunView>>;
  steps(id: string): Promise<readonly RunStep[]>;
  troubles(id: string): Promise<readonly RunTrouble[]>;
  /** What it last said of itself; undefined: nothing. */
  state(id: string): ReturnType<Runs["state"]>;
  tally(asked: Omit<TallyRuns, "deadlineMs" | "signal">): Promise<readonly RunTally[]>;
}

export interface AskedRuns extends LooksAtRuns {
  start: (
    flow: string,
    input: unknown,
    options: Omit<StartRun, "deadlineMs" | "signal">,
  ) => ReturnType<Runs["start"]>;
  signal(id: string, event: string, payload: unknown, once?: string): Promise<void>;
  publish(event: string, match: string, payload: unknown, once?: string): Promise<void>;
  cancel(id: string, reason?: string): Promise<RunView>;
  pause(id: string, reason?: string): Promise<RunView>;
  resume(id: string, reason?: string): Promise<RunView>;
  retry(
    id: string,
    options: { readonly from?: string; readonly preview?: boolean; readonly reason?: string },
  ): Promise<RetryPreview>;
  fork: (id: string, options: Omit<ForkRun, "deadlineMs" | "signal">) => ReturnType<Runs["fork"]>;
}

export interface AskedLeases {
  list(prefix: string | undefined, page: PageAsked): Promise<Page<LeaseView>>;
  break(
    key: string,
    options: { readonly token?: bigint | undefined; readonly reason?: string | undefined },
  ): Promise<LeaseView>;
}

const rooms = [postgresMigrations, flowMigrations];
/** So many more commands of one house are at work at a time, each as a node of its own. */
const COMMANDS_MAX = 30;

/** For who only looks: nothing is made and nothing migrated. Refuses: cli.key_needed, what openHouse refuses. */
export function lookingAtRuns<T>(
  context: CommandContext,
  work: (runs: LooksAtRuns) => Promise<T>,
): Promise<T> {
  return onNodeOr(
    context,
    (node) => work(ofNode(node, context.signal)),
    (house) => work(looksOf(lookAtRuns(house.database))),
    rooms,
  );
}

/** A command on the database itself is a node of its own for a moment, which serves no flow but those that it is given. */
export async function withOwnNode<T>(
  { house }: CommandContext,
  { database, config, log, ledger: books }: OpenHouse,
  work: (flows: Flows) => Promise<T>,
  served: readonly AnyFlow[] = [],
): Promise<T> {
  const node = `${flowNodeName(house.nodeName(config))}.command`;
  // It keeps what the house keeps: it drops what is old like any other node.
  const { keepDays } = config;
  const flows = await openFlows({
    database,
    node,
    spareNames: COMMANDS_MAX,
    flows: served,
    books,
    keepDays,
    log,
  });
  try {
    return await work(flows);
  } finally {
    await flows.close();
  }
}

/** For who changes something: on the database itself this command is a node of its own for a moment. */
export function withRuns<T>(
  context: CommandContext,
  work: (runs: AskedRuns) => Promise<T>,
): Promise<T> {
  return onNodeOr(
    context,
    (node) => work(ofNode(node, context.signal)),
    (house) => withOwnNode(context, house, (flows) => work(ofFlows(flows))),
  );
}

export function withLeases<T>(
  context: CommandContext,
  work: (leases: AskedLeases) => Promise<T>,
  looks: boolean,
): Promise<T> {
  return onNodeOr(
    context,
    ({ leases }) => work(leasesOfNode(leases, context.signal)),
    ({ database }) => ofLeases(database, work),
    looks ? rooms : undefined,
  );
}

/**
 * What is asked of a node where one is named, else of this house. `looked`: the rooms that it only looks at; then nothing
 * is made and nothing migrated.
 */
export async function onNodeOr<T>(
  context: CommandContext,
  onNode: (node: Longmen) => Promise<T>,
  here: (house: OpenHouse) => Promise<T>,
  looked?: OpenHouseOptions["looks"],
): Promise<T> {
  const node = namedNode(context.house.loadConfig(context.flags));
  if (node !== undefined) return onNode(node);
  const opened = await openHouse(context, { beside: true, looks: looked });
  try {
    return await here(opened);
  } finally {
    await opened.close();
  }
}

function ofNode({ runs }: Longmen, signal: AbortSignal): AskedRuns {
  const options = { signal };
  return {
    get: (id) => runs.get(id, options),
    list: (filter, { limit, cursor }) => runs.list(filter, { ...options, limit }).page(cursor),
    steps: (id) => runs.steps(id, options),
    troubles: (id) => runs.troubles(id, options),
    state: (id) => runs.state(id, options),
    tally: (asked) => runs.tally({ ...asked, ...options }),
    start: (flow, input, asked) => runs.start(flow, input, { ...asked, ...options }),
    signal: (id, event, payload, once) => runs.signal(id, event, payload, { ...options, once }),
    publish: (event, match, payload, once) =>
      runs.publish(event, match, payload, { ...options, once }),
    cancel: (id, reason) => runs.cancel(id, { ...options, reason }),
    pause: (id, reason) => runs.pause(id, { ...options, reason }),
    resume: (id, reason) => runs.resume(id, { ...options, reason }),
    retry: (id, asked) => runs.retry(id, { ...asked, ...options }),
    fork: (id, asked) => runs.fork(id, { ...asked, ...options }),
  };
}

function looksOf(looks: RunLooks): LooksAtRuns {
  return {
    get: (id) => looks.get(id),
    async list(filter, { limit, cursor }) {
      const items = await looks.list({ ...filter, before: cursor, limit });
      const last = items.length < limit ? undefined : items.at(-1)?.id;
      return { items, ...(last === undefined ? {} : { cursor: last }) };
    },
    steps: (id) => looks.steps(id),
    troubles: (id) => looks.troubles(id),
    state: (id) => looks.query(id),
    tally: (asked) => looks.tally(asked),
  };
}

function ofFlows(flows: Flows): AskedRuns {
  const { by, request } = operator();
  const said = (name: string | undefined) =>
    name === undefined ? {} : { once: { caller: by, name } };
  const after = async (id: string, work: Promise<void>): Promise<RunView> => {
    await work;
    const run = await flows.get(id);
    if (run === undefined) throw fail(flowErrors, "run_missing", { run: id });
    return run;
  };
  return {
    ...looksOf(flows),
    async start(name, input, options) {
      const { id, created } = await flows.startNamed(name, input, { ...options, by, request });
      return { id, created };
    },
    signal: async (id, event, payload, once) =>
      void (await flows.signal(id, event, payload, said(once))),
    publish: async (event, match, payload, once) =>
      void (await flows.publish(event, payload, { match, ...said(once) })),
    cancel: (id, reason) => after(id, flows.cancel(id, { by, request, reason })),
    pause: (id, reason) => after(id, flows.pause(id, { by, request, reason })),
    resume: (id, reason) => after(id, flows.resume(id, { by, request, reason })),
    retry: (id, options) => flows.retry(id, { ...options, by, request }),
    async fork(id, options) {
      const { run, again, reused } = await flows.fork(id, { ...options, by, request });
      const made = run === undefined ? {} : { id: run.id };
      return { ...made, created: run?.created ?? false, again, reused };
    },
  };
}

function leasesOfNode(leases: NodeLeases, signal: AbortSignal): AskedLeases {
  return {
    list: (prefix, { limit, cursor }) => leases.list({ prefix }, { limit, signal }).page(cursor),
    break: (key, options) => leases.break(key, { ...options, signal }),
  };
}

async function ofLeases<T>(
  database: Database,
  work: (leases: AskedLeases) => Promise<T>,
): Promise<T> {
  const leases: Leases = openLeases({ database, node: "longmen leases" });
  try {
    return await work({
      async list(prefix, { limit, cursor }) {
        const items = await leases.list({ prefix, after: cursor, limit });
        const last = items.length < limit ? undefined : items.at(-1)?.key;
        return { items, ...(last === undefined ? {} : { cursor: last }) };
      },
      break: (key, options) => leases.breakLease(key, { ...options, by: operator().by }),
    });
  } finally {
    await leases.close();
  }
}
