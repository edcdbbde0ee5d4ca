import { expect, test } from "vitest";
import { pinoLogger } from "../../base/index.ts";
import { outage } from "./outage.ts";

const refused = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

function logged() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = pinoLogger({ level: "info", destination: { write } });
  const says = { failed: "the lane can't connect", over: "the lane is connected again" };
  return { lines, broken: outage(log, { lane: "shop" }, says) };
}

test("an outage is told once, by name and without a stack, and again when it is over", () => {
  const { lines, broken } = logged();
  for (let time = 0; time < 6; time++) broken.failed(refused());
  broken.over();
  broken.over();
  expect(lines).toMatchObject([
    {
      level: "warn",
      message: "the lane can't connect",
      lane: "shop",
      code: "postgres.unreachable",
    },
    { level: "info", message: "the lane is connected again", failures: 6 },
  ]);
  expect(JSON.stringify(lines)).not.toContain("stack");
  broken.failed(refused());
  expect(lines).toHaveLength(3);
});

test("another reason is told, too, and what has no name with its stack", () => {
  const { lines, broken } = logged();
  broken.failed(refused());
  broken.failed(new RangeError("impossible"));
  broken.failed(new RangeError("impossible"));
  broken.failed(refused());
  expect(lines).toHaveLength(3);
  expect(JSON.stringify(lines[1])).toContain("outage.test.ts");
});
