/** One node that fires timers, as a process of its own: it says when it is there, and may be killed. */
import { flow, openFlows } from "../../src/flow/index.ts";
import { openDatabase } from "../../src/postgres/index.ts";
import { openSchedules } from "../../src/schedule/index.ts";

export interface TimerNodeTask {
  readonly url: string;
  readonly schema: string;
  readonly node: string;
}

/** What a timer starts: it does nothing, so that its end is the moment at which it was there. */
export const timer = flow("timer", {}, (_f, n: number) => n);

async function open({ url, schema, node }: TimerNodeTask): Promise<void> {
  const database = await openDatabase({ url, schema });
  const flows = await openFlows({ database, node, flows: [timer] });
  const schedules = await openSchedules({ database, flows });
  process.on("message", () => {
    void (async () => {
      await schedules.close();
      await flows.close();
      await database.close();
      process.disconnect();
    })();
  });
  process.send?.({ ready: true });
}

const [, script = "", task] = process.argv;
if (script === import.meta.filename && task !== undefined) {
  await open(JSON.parse(task) as TimerNodeTask);
}
