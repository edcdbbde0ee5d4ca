/** Our side: the shipped path with default configuration, on a fresh schema. */
import {
  type AnyFlow,
  flow,
  type Flow,
  flowMigrations,
  type Flows,
  openFlows,
} from "../../src/flow/index.ts";
import { ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import {
  type Database,
  migrate,
  openDatabase,
  postgresMigrations,
} from "../../src/postgres/index.ts";
import { runCallers } from "../callers.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { checkpoint, onServer } from "../servers.ts";

export interface FlowOptions {
  readonly url: string;
  readonly scratch: string;
  readonly callers: number;
}

const SCHEMA = "bench_longmen_flow";
const BOOK = "bench";

const twoSteps = flow("two-steps", {}, async (f, from: number) => {
  const one = await f.step("one", () => from + 1);
  return f.step("two", () => one + 1);
});

const payment = { asset: "CNY/2", debit: "bank", credit: "till", amount: 1n } as const;

const oneposting = flow("posting-step", {}, async (f, from: number) => {
  const { status } = await f.post("pay", payment);
  if (status !== "posted") throw new Error(`the payment was ${status}`);
  return from + 2;
});

export function ourFlows({ url, callers }: FlowOptions): Contender {
  return {
    name: "longmen",
    round: (seconds) => freshRound({ url, callers, seconds, of: twoSteps, steps: 2 }),
  };
}

export function ourPostings({ url, callers }: FlowOptions): Contender {
  return {
    name: "longmen",
    round: (seconds) => freshRound({ url, callers, seconds, of: oneposting, steps: 1 }),
  };
}

interface OurRound {
  readonly url: string;
  readonly callers: number;
  readonly seconds: number;
  readonly of: Flow<number, number>;
  readonly steps: number;
}

function freshRound(asked: OurRound): Promise<Round> {
  return onFreshNode(asked.url, [asked.of], async (node) => {
    const round = await load(node.flows, asked);
    return { round, counts: () => ({ runs: round.count, steps: asked.steps }) };
  });
}

export interface OpenNode {
  readonly url: string;
  readonly database: Database;
  readonly flows: Flows;
}

interface Counts {
  readonly runs: number;
  readonly steps: number;
  readonly live?: number;
}

interface Done {
  readonly round: Round;
  /** How many runs have ended, with so many steps each, and how many have not: asked when the node has closed. */
  readonly counts: () => Counts;
}

/** Work on a node of its own, on a fresh schema, with a shop's book. */
export async function onFreshNode(
  url: string,
  of: readonly AnyFlow[],
  work: (node: OpenNode) => Promise<Done>,
): Promise<Round> {
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  const database = await openDatabase({ url, schema: SCHEMA });
  try {
    await migrate(database, [postgresMigrations, ledgerMigrations, flowMigrations]);
    const ledger = openLedger({ database });
    const book = await ledger.createBook(BOOK);
    await book.batch([
      { kind: "asset", asset: payment.asset },
      { kind: "open", path: payment.debit, asset: payment.asset, side: "debit", bound: "none" },
      { kind: "open", path: payment.credit, asset: payment.asset, side: "credit" },
    ]);
    const flows = await openFlows({
      database,
      node: "bench",
      flows: of,
      books: ledger,
      book: BOOK,
    });
    await checkpoint(url);
    const done = await work({ url, database, flows });
    await flows.close();
    await ledger.close();
    await check(database, done.counts());
    return done.round;
  } finally {
    await database.close();
    await drop();
  }
}

function load(flows: Flows, { callers, seconds, of }: OurRound): Promise<Round> {
  let next = 0;
  return runCallers({
    callers,
    seconds,
    call: async () => {
      const from = next++;
      const run = await flows.start(of, from);
      if ((await run.result()) !== from + 2) throw new Void("a run answered something else");
      return 1;
    },
  });
}

/** Every run and step is there once, and nothing is left over. */
async function check(database: Database, { runs, steps, live = 0 }: Counts): Promise<void> {
  const [row] = await database.transaction(async (tx) => {
    const { schema } = database;
    const answer = await tx.query(`select
      (select count(*)::int4 from ${schema}.flow_end where outcome = 1) as ended,
      (select count(*)::int4 from ${schema}.flow_step) as steps,
      (select count(*)::int4 from ${schema}.flow_live) as live`);
    return answer.rows;
  });
  const wanted = { ended: runs, steps: runs * steps, live };
  if (JSON.stringify(row) !== JSON.stringify(wanted)) {
    throw new Void(`found ${JSON.stringify(row)}, wanted ${JSON.stringify(wanted)}`);
  }
}
