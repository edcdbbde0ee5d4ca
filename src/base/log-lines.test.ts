import { spawnSync } from "node:child_process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pino } from "pino";
import { expect, it } from "vitest";
import { TurnLines } from "./log-lines.ts";

function logger() {
  const writes: string[] = [];
  const lines = new TurnLines({ write: (text) => writes.push(text) });
  return { log: pino({ base: null, timestamp: false }, lines), writes };
}

it("writes the lines of one turn together and in order", async () => {
  const { log, writes } = logger();
  log.info("one");
  log.child({ of: "two" }).info("two");
  expect(writes).toEqual([]);
  await nextTurn();
  expect(writes).toHaveLength(1);
  expect(writes[0]?.split("\n").map((line) => /"msg":"(\w+)"/.exec(line)?.[1])).toEqual([
    "one",
    "two",
    undefined,
  ]);
  log.info("three");
  await nextTurn();
  expect(writes).toHaveLength(2);
});

it("writes a warning at once, behind what was said before it", async () => {
  const { log, writes } = logger();
  log.info("one");
  log.warn("two");
  expect(writes.join("").match(/"msg":"\w+"/g)).toEqual(['"msg":"one"', '"msg":"two"']);
  await nextTurn();
  expect(writes).toHaveLength(1);
});

it("holds no more than a little", () => {
  const { log, writes } = logger();
  for (let nth = 0; nth < 100; nth++) log.info("x".repeat(1_000));
  expect(writes.length).toBeGreaterThan(0);
});

it.each([
  ["by its own word", "process.exit(3);", 3],
  ["of an error that nobody caught", "throw new Error('uncaught');", 1],
])("loses no line when the process ends %s", (_name, end, code) => {
  const door = new URL("log.ts", import.meta.url).href;
  const script = `import { pinoLogger } from ${JSON.stringify(door)};
    pinoLogger({ level: "info" }).info({}, "the last line"); ${end}`;
  const args = ["--input-type=module", "--eval", script];
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toContain("the last line");
  expect(status).toBe(code);
});
