/** State machines and bulk verbs as commands ask for them: the database's own, or those of a node that runs. */
import type {
  Bulk,
  BulkRun,
  BulkVerb,
  BulkWhere,
  Longmen,
  MachineView,
  Page,
  StuckSubject,
  SubjectView,
  TakenEvent,
} from "../../client/index.ts";
import { fail } from "../../base/index.ts";
import {
  type BulkInput,
  type BulkProgress,
  flowErrors,
  type Flows,
  isBulkRun,
} from "../../flow/index.ts";
import type { PageAsked } from "../asked-book.ts";
import type { CommandContext } from "../command.ts";
import { operator } from "../operator.ts";
import { onNodeOr, withOwnNode } from "./asked-runs.ts";

export interface AskedMachines {
  list(): Promise<readonly MachineView[]>;
  get(machine: string, subject: string): Promise<SubjectView | undefined>;
  events(machine: string, subject: string, page: PageAsked): Promise<Page<TakenEvent>>;
  send(
    machine: string,
    subject: string,
    event: { readonly name: string; readonly id: string | undefined; readonly payload: unknown },
  ): ReturnType<Longmen["machines"]["send"]>;
  stuck(machine: string | undefined, page: PageAsked): Promise<Page<StuckSubject>>;
}

export interface AskedBulk {
  count(verb: BulkVerb, where: BulkWhere): ReturnType<Bulk["count"]>;
  start(verb: BulkVerb, where: BulkWhere, key: string | undefined): ReturnType<Bulk["start"]>;
  get(id: string): Promise<BulkRun>;
  cancel(id: string): Promise<BulkRun>;
}

/** On the database itself this command is a node of its own for a moment, which serves no machine. */
export function withMachines<T>(
  context: CommandContext,
  work: (machines: AskedMachines) => Promise<T>,
): Promise<T> {
  return onNodeOr(
    context,
    ({ machines }) => work(ofNode(machines, context.signal)),
    (house) => withOwnNode(context, house, (flows) => work(ofFlows(flows))),
  );
}

function ofNode(machines: Longmen["machines"], signal: AbortSignal): AskedMachines {
  return {
    list: () => machines.list({ signal }),
    get: (machine, subject) => machines.get(machine, subject, { signal }),
    events: (machine, subject, { limit, cursor }) =>
      machines.events(machine, subject, { limit, signal }).page(cursor),
    send: (machine, subject, { name, id, payload }) =>
      machines.send(machine, subject, name, payload, { id, signal }),
    stuck: (machine, { limit, cursor }) =>
      machines.stuck({ machine }, { limit, signal }).page(cursor),
  };
}

function ofFlows(flows: Flows): AskedMachines {
  return {
    list: () =>
      Promise.resolve(
        flows.machines().map(({ name, version, ...view }) => {
          const diagram = flows.machineNamed(name, version).diagram();
          return { machine: name, version, ...view, diagram };
        }),
      ),
    get: (machine, subject) => flows.machineNamed(machine).get(subject),
    async events(machine, subject, { limit, cursor }) {
      const from = cursor === undefined ? 1 : Number.parseInt(cursor, 10) || 1;
      const taken = await flows.machineNamed(machine).history(subject, { from, limit });
      const last = taken.length < limit ? undefined : taken.at(-1)?.number;
      const items = taken.map(({ name, ...one }) => ({ ...one, event: name }));
      return { items, ...(last === undefined ? {} : { cursor: String(last + 1) }) };
    },
    send: (machine, subject, { name, id, payload }) =>
      flows.machineNamed(machine).send(subject, name, { id, payload }),
    async stuck(machine, { limit, cursor }) {
      const items = await flows.stuck({ machine, after: cursor, limit });
      const last = items.length < limit ? undefined : items.at(-1)?.run;
      return { items, ...(last === undefined ? {} : { cursor: last }) };
    },
  };
}

/** On the database itself this command is the node that begins it; others go on with it. */
export function withBulk<T>(
  context: CommandContext,
  work: (bulk: AskedBulk) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  return onNodeOr(
    context,
    ({ bulk }) =>
      work({
        count: (verb, where) => bulk.count(verb, where, { signal }),
        start: (verb, where, key) => bulk.start(verb, where, { key, signal }),
        get: (id) => bulk.get(id, { signal }),
        cancel: (id) => bulk.cancel(id, { signal }),
      }),
    (house) => withOwnNode(context, house, (flows) => work(bulkHere(flows, signal))),
  );
}

function bulkHere(flows: Flows, signal: AbortSignal): AskedBulk {
  const get = async (id: string): Promise<BulkRun> => {
    const run = await flows.get(id);
    if (run === undefined || !isBulkRun(run)) throw fail(flowErrors, "run_missing", { run: id });
    const said = (await flows.query(id))?.value as BulkProgress | undefined;
    const { verb, where } = run.input as BulkInput;
    const { phase = "counting", seen = 0, counted = 0, asked = 0 } = said ?? {};
    const { status, createdAt, endedAt, error, by } = run;
    return {
      ...{ id, status, verb, phase, seen, counted, asked, createdAt },
      where: where as BulkWhere,
      ...(endedAt === undefined ? {} : { endedAt }),
      ...(error === undefined ? {} : { error }),
      ...(by === undefined ? {} : { by }),
    };
  };
  return {
    async count(verb, where) {
      let seen = 0;
      const onProgress = (_found: number, looked: number): void => void (seen = looked);
      return {
        found: await flows.countFor(verb, where, { signal, onProgress }),
        ...{ seen, complete: true },
      };
    },
    async start(verb, where, key) {
      const { by, request } = operator();
      const { id, created } = await flows.bulk(verb, where, { key, by, request });
      return { id, created };
    },
    get,
    async cancel(id) {
      await get(id);
      await flows.cancel(id);
      return get(id);
    },
  };
}
