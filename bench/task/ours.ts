/** Our side: the shipped path with default configuration, on a fresh schema. */
import { flowMigrations, type Flows, openFlows, task } from "../../src/flow/index.ts";
import {
  type Database,
  migrate,
  openDatabase,
  postgresMigrations,
} from "../../src/postgres/index.ts";
import { runCallers } from "../callers.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { checkpoint, onServer } from "../servers.ts";

export interface TaskLoad {
  readonly url: string;
  readonly callers: number;
  /** Inputs in one call: 1 is `start`, more `startAll`. */
  readonly perCall: number;
}

const SCHEMA = "bench_longmen_task";
const LOOK_MS = 5;

const noop = task("noop", {}, async (n: number) => Promise.resolve(n + 1));

export function ourTasks(asked: TaskLoad): Contender {
  return { name: "longmen", round: (seconds) => freshRound(asked, seconds) };
}

async function freshRound(asked: TaskLoad, seconds: number): Promise<Round> {
  const { url } = asked;
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  const database = await openDatabase({ url, schema: SCHEMA });
  try {
    await migrate(database, [postgresMigrations, flowMigrations]);
    const flows = await openFlows({ database, node: "bench", flows: [noop] });
    await checkpoint(url);
    const round = await load(flows, database, asked, seconds);
    await flows.close();
    await check(database, round.count);
    return round;
  } finally {
    await database.close();
    await drop();
  }
}

function load(
  flows: Flows,
  database: Database,
  { callers, perCall }: TaskLoad,
  seconds: number,
): Promise<Round> {
  let next = 0;
  return runCallers({
    callers,
    seconds,
    call: async () => {
      if (perCall === 1) await flows.start(noop, next++);
      else
        await flows.startAll(
          noop,
          Array.from({ length: perCall }, () => next++),
        );
      return perCall;
    },
    drained: () => drained(flows, database),
  });
}

/** Nothing is in memory, and no row is left: every end is committed. */
async function drained(flows: Flows, database: Database): Promise<void> {
  for (;;) {
    if (flows.runCount === 0 && (await countOf(database, "flow_live")) === 0) return;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

async function countOf(database: Database, table: string): Promise<number> {
  const { rows } = await database.transaction((tx) =>
    tx.query(`select count(*)::int4 as n from ${database.schema}.${table}`),
  );
  return Number(rows[0]?.["n"]);
}

/** Every task has ended once, and nothing is left over. */
async function check(database: Database, tasks: number): Promise<void> {
  const found = {
    ended: await countOf(database, "flow_end"),
    live: await countOf(database, "flow_live"),
  };
  if (found.ended !== tasks || found.live !== 0) {
    throw new Void(`found ${JSON.stringify(found)}, wanted ${tasks} ended`);
  }
}
