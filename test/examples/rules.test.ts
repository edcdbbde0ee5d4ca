import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Actor, type NewVersion, openRules, rulesMigrations } from "../../src/rules/index.ts";
import { postgresMigrations } from "../../src/postgres/index.ts";
import { nodeLane, testDatabase } from "../../src/postgres/testing.ts";

const folder = fileURLToPath(new URL("../../examples/rules", import.meta.url));
const names = globSync("*.jdm.json", { cwd: folder }).map((file) => basename(file, ".jdm.json"));
const person = (owner: string): Actor => ({ owner, kind: "person", from: "test", request: "test" });

const read = (name: string, suffix: string): string =>
  readFileSync(`${folder}/${name}.${suffix}.json`, "utf8");
const parsed = (name: string, suffix: string): unknown => JSON.parse(read(name, suffix));

test("there are the rules that the page lists", () => {
  const page = readFileSync(`${folder}/README.md`, "utf8");
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = ""]) => name);
  expect(names.sort()).toEqual(listed.sort());
});

test.each(names)("%s passes its tests, goes live and comes back byte for byte", async (name) => {
  const { database } = await testDatabase({ migrations: [postgresMigrations, rulesMigrations] });
  const rules = await openRules({ database, lane: nodeLane(database) });
  try {
    const contract = parsed(name, "contract") as NonNullable<NewVersion["contract"]>;
    const tests = parsed(name, "tests") as readonly {
      readonly input: unknown;
      readonly output?: unknown;
    }[];
    const asked = { name, jdm: read(name, "jdm"), contract, tests };
    const { version } = await rules.import("shop", asked, person("ann"));
    const { report } = await rules.test("shop", name, version, person("ann"));
    expect(report).toMatchObject({ count: tests.length, passed: tests.length });
    await rules.approve("shop", name, version, { by: person("bob") });
    await rules.makeLive("shop", name, version, { by: person("ann") });
    const first = tests.find(({ output }) => output !== undefined);
    expect((await rules.decide("shop", name, first?.input)).output).toEqual(first?.output);
    expect((await rules.export("shop", name, version)).jdm.toString()).toBe(asked.jdm);
  } finally {
    await rules.close();
  }
});
