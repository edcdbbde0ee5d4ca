/** Our side: the shipped path, through the door, with every decision written to the log. */
import { isDeepStrictEqual } from "node:util";
import { hasCode } from "../../src/base/index.ts";
import {
  type Database,
  Lane,
  migrate,
  openDatabase,
  postgresMigrations,
} from "../../src/postgres/index.ts";
import { type Actor, openRules, type Rules, rulesMigrations } from "../../src/rules/index.ts";
import { runCallers } from "../callers.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { checkpoint, onServer } from "../servers.ts";
import { type Decided, inTurn } from "./decisions.ts";

export interface RulesLoad {
  readonly url: string;
  readonly callers: number;
  readonly decided: Decided;
}

const SCHEMA = "bench_longmen_rules";
const BOOK = "bench";
const NAME = "decided";
const TESTS = 10;
/** A table of 3,000 rows is decided within it. */
const DECIDED_WITHIN_MS = 0.1;
export const WITHIN = "100-us/p99";

const person = (owner: string): Actor => ({
  owner,
  kind: "person",
  from: "bench",
  request: "bench",
});

export function ourDecisions(load: RulesLoad): Contender {
  return { name: "longmen", round: (seconds) => freshRound(load, seconds) };
}

async function freshRound(load: RulesLoad, seconds: number): Promise<Round> {
  const { url } = load;
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  const database = await openDatabase({ url, schema: SCHEMA });
  const lane = new Lane<never, never>({ name: "bench", database });
  try {
    await migrate(database, [postgresMigrations, rulesMigrations]);
    const rules = await openRules({ database, lane });
    try {
      await goLive(rules, load.decided);
      await checkpoint(url);
      return await decideAll(rules, database, load, seconds);
    } finally {
      await rules.close();
    }
  } finally {
    await lane.close();
    await database.close();
    await drop();
  }
}

async function goLive(rules: Rules, { name, jdm, questions }: Decided): Promise<void> {
  const maker = person("maker");
  const tests = questions.slice(0, TESTS).map((one, nth) => ({ name: `${name} ${nth}`, ...one }));
  const asked = { name: NAME, jdm: JSON.stringify(jdm), tests };
  const { version } = await rules.import(BOOK, asked, maker);
  await rules.test(BOOK, NAME, version, maker);
  await rules.approve(BOOK, NAME, version, { by: person("checker") });
  await rules.makeLive(BOOK, NAME, version, { by: maker });
}

async function decideAll(
  rules: Rules,
  database: Database,
  { callers, decided }: RulesLoad,
  seconds: number,
): Promise<Round> {
  const next = inTurn(decided);
  const call = async (): Promise<number> => {
    const { input, output } = next();
    try {
      const decision = await rules.decide(BOOK, NAME, input);
      if (!isDeepStrictEqual(decision.output, output)) throw new Void("a decision is wrong");
      return 1;
    } catch (error) {
      // Faster than the log can be written: whoever is refused waits for it.
      if (!hasCode(error, "rules.log_full")) throw error;
      await rules.logged();
      return 0;
    }
  };
  const round = await runCallers({ callers, seconds, call, drained: () => rules.logged() });
  const { rows } = await database.transaction((tx) =>
    tx.query(`select count(*)::int4 as count from ${SCHEMA}.rules_decision`),
  );
  const count = Number(rows[0]?.["count"]);
  if (count !== round.count) throw new Void(`${count} decisions are logged of ${round.count}`);
  const shares = { [WITHIN]: DECIDED_WITHIN_MS / (round.p99Ms ?? Infinity) };
  return decided.isTable === true && callers === 1 ? { ...round, shares } : round;
}
