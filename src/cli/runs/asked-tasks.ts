/** Tasks as commands ask for them: the database's own, or those of a node that runs. */
import type { Page, RunView, TaskGroup } from "../../client/index.ts";
import type { PageAsked } from "../asked-book.ts";
import type { CommandContext } from "../command.ts";
import { onNodeOr, withOwnNode } from "./asked-runs.ts";

export interface AskedTasks {
  dead(task: string | undefined, page: PageAsked): Promise<Page<RunView>>;
  groups(task: string, page: PageAsked): Promise<Page<TaskGroup>>;
  redrive(id: string): Promise<void>;
  redriveAll(task: string, limit: number): Promise<number>;
}

/** On the database itself this command is a node of its own for a moment. */
export function withTasks<T>(
  context: CommandContext,
  work: (tasks: AskedTasks) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  return onNodeOr(
    context,
    ({ tasks }) =>
      work({
        dead: (task, { limit, cursor }) => tasks.dead({ task }, { limit, signal }).page(cursor),
        groups: (task, { limit, cursor }) => tasks.groups(task, { limit, signal }).page(cursor),
        redrive: async (id) => void (await tasks.redrive(id, { signal })),
        redriveAll: (task, limit) => tasks.redriveAll(task, { limit, signal }),
      }),
    (house) =>
      withOwnNode(context, house, (flows) =>
        work({
          async dead(task, { limit, cursor }) {
            const items = await flows.tasks.dead({ task, before: cursor, limit });
            const last = items.length < limit ? undefined : items.at(-1)?.id;
            return { items, ...(last === undefined ? {} : { cursor: last }) };
          },
          async groups(task, { limit, cursor }) {
            const items = await flows.tasks.groups(task, { after: cursor, limit });
            const last = items.length < limit ? undefined : items.at(-1)?.at;
            return {
              items: items.map(({ group, version, held, inside, since }) => {
                return { group, version, held, inside, since };
              }),
              ...(last === undefined ? {} : { cursor: last }),
            };
          },
          redrive: (id) => flows.tasks.redrive(id),
          redriveAll: async (task, limit) =>
            (await flows.tasks.redriveAll(task, { limit })).redriven,
        }),
      ),
  );
}
