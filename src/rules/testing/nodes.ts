import { onTestFinished } from "vitest";
import { type Clock, LongmenError } from "../../base/index.ts";
import {
  type Database,
  type Lane,
  openDatabase,
  postgresMigrations,
} from "../../postgres/index.ts";
import { nodeLane, testDatabase, type TestDatabase } from "../../postgres/testing.ts";
import {
  type Actor,
  type NewVersion,
  openRules,
  type Rules,
  rulesMigrations,
  type RulesOptions,
  type VersionView,
} from "../index.ts";
import { tableJdm } from "./jdm.ts";

export const BOOK = "shop";

export const person = (owner: string): Actor => ({
  owner,
  kind: "person",
  from: "192.0.2.7",
  request: "trace-1",
});
export const ann = person("ann");
export const bob = person("bob");

export interface RulesNode {
  readonly rules: Rules;
  readonly database: Database;
  readonly lane: Lane<never, never>;
}

/** A fresh schema with one node; `join` adds others. */
export async function rulesNode(
  options: Partial<RulesOptions> & { readonly clock?: Clock } = {},
): Promise<RulesNode & { readonly opened: TestDatabase }> {
  const { clock, ...rest } = options;
  const migrations = [postgresMigrations, rulesMigrations];
  const opened = await testDatabase(clock === undefined ? { migrations } : { migrations, clock });
  return { ...(await nodeOn(opened.database, rest)), opened };
}

/** Another node on the same schema, with a pool of its own. */
export async function join({ url, schema }: TestDatabase): Promise<RulesNode> {
  const database = await openDatabase({ url, schema, poolMax: 3 });
  onTestFinished(() => database.close());
  return nodeOn(database);
}

export async function nodeOn(
  database: Database,
  options: Partial<RulesOptions> = {},
): Promise<RulesNode> {
  const lane = nodeLane(database);
  const rules = await openRules({ database, lane, ...options });
  onTestFinished(() => rules.close());
  return { rules, database, lane };
}

/** Prices by tier: a version that passes its test. */
export function prices(gold: number, other = 1_000): Omit<NewVersion, "name"> {
  const jdm = tableJdm({
    inputs: ["tier"],
    outputs: ["priceMinor"],
    rows: [
      ['"gold"', String(gold)],
      ["", String(other)],
    ],
  });
  const tests = [{ name: "gold", input: { tier: "gold" }, output: { priceMinor: gold } }];
  return { jdm: JSON.stringify(jdm), tests };
}

/** Imported by ann, approved by bob. */
export async function approved(
  rules: Rules,
  name: string,
  asked: Omit<NewVersion, "name">,
): Promise<VersionView> {
  const { version } = await rules.import(BOOK, { name, ...asked }, ann);
  await rules.test(BOOK, name, version, ann);
  return rules.approve(BOOK, name, version, { by: bob });
}

export async function live(
  rules: Rules,
  name: string,
  asked: Omit<NewVersion, "name">,
): Promise<VersionView> {
  const { version } = await approved(rules, name, asked);
  return rules.makeLive(BOOK, name, version, { by: ann });
}

/** The code a promise is refused with. */
export async function refusal(work: Promise<unknown>): Promise<LongmenError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof LongmenError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
