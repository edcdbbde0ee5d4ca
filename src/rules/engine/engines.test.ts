import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hasCode } from "../../base/index.ts";
import { compiledOf, testEngines } from "../testing/engines.ts";
import { expressionJdm } from "../testing/jdm.ts";

const evaluate = (jdm: unknown, input: unknown) => ({
  content: compiledOf(jdm).whole,
  input,
  trace: false,
});

/** Engines are processes, which a busy machine starts when it comes to it. */
const SLOW_MS = 60_000;

const LONG = "len(map([1..4000], len(map([1..4000], len(map([1..4000], # + 1))))))";
const HANGING = expressionJdm({ x: LONG });

test(
  "P7: what takes too long is ended and refused, and everybody else is answered",
  async () => {
    const engines = testEngines({ timeoutMs: 1_000 });
    const slow = engines.evaluate(evaluate(HANGING, {}));
    const refused = slow.catch((error: unknown) => hasCode(error, "rules.engine_timeout"));
    const quick = Array.from({ length: 20 }, (_, n) =>
      engines.evaluate(evaluate(expressionJdm({ x: "n + 1" }), { n })),
    );
    const answers = Array.from({ length: 20 }, (_, n) => ({ result: { x: n + 1 } }));
    expect(await Promise.all(quick)).toEqual(answers);
    expect(await refused).toBe(true);
    const after = await engines.evaluate(evaluate(expressionJdm({ x: "n" }), { n: 1 }));
    expect(after).toEqual({ result: { x: 1 } });
  },
  SLOW_MS,
);

test(
  "P7: a rule that hangs keeps tests, shadow runs and imports waiting for one turn, and few wait for it",
  async () => {
    const [timeoutMs, waitMs] = [600, 3_000];
    const engines = testEngines({ timeoutMs, waitMs });
    const hanging = evaluate(HANGING, {});
    let timeouts = 0;
    const code = async (work: Promise<unknown>): Promise<string> => {
      const error: unknown = await work.catch((thrown: unknown) => thrown);
      const isLate = hasCode(error, "rules.engine_timeout");
      timeouts += isLate ? 1 : 0;
      return isLate ? "late" : hasCode(error, "rules.engine_busy") ? "busy" : String(error);
    };
    expect(await code(engines.evaluate(hanging))).toBe("late");
    const asked = Array.from({ length: 100 }, () => code(engines.evaluate(hanging)));
    const checked = engines.check("shop/price", [["standard", "1 + 1"]]);
    const tested = engines.evaluate(evaluate(expressionJdm({ x: "n" }), { n: 1 }), { apart: true });
    expect(await checked).toEqual([null]);
    expect(await tested).toEqual({ result: { x: 1 } });
    expect(timeouts).toBeLessThanOrEqual(2);
    // Sixteen may wait for the one that is under way, and none of them for longer than it may.
    const codes = await Promise.all(asked);
    const late = codes.filter((one) => one === "late").length;
    expect(late).toBeGreaterThanOrEqual(1);
    expect(late).toBeLessThanOrEqual(1 + Math.ceil(waitMs / timeoutMs));
    expect(codes.filter((one) => one === "busy").length).toBe(100 - late);
  },
  SLOW_MS,
);

test(
  "P7: what waits with a rule that turns out to hang is answered, however much of that came before it",
  async () => {
    const engines = testEngines({ timeoutMs: 1_000 });
    const hanging = evaluate(HANGING, {});
    const sound = evaluate(expressionJdm({ x: "n" }), { n: 1 });
    const held = Array.from({ length: 200 }, () =>
      engines.evaluate(hanging).catch(() => "refused"),
    );
    const answers = await Promise.all(Array.from({ length: 200 }, () => engines.evaluate(sound)));
    expect(answers).toEqual(Array.from({ length: 200 }, () => ({ result: { x: 1 } })));
    await engines.close();
    expect(new Set(await Promise.all(held))).toEqual(new Set(["refused"]));
  },
  SLOW_MS,
);

test(
  "the engine is never asked for more at once than it may be",
  async () => {
    // However slow the machine: what is late is asked again apart, and that line is shorter.
    const engines = testEngines({ timeoutMs: 60_000 });
    const jdm = expressionJdm({ x: "n" });
    const request = evaluate(jdm, { n: 1 });
    const all = await Promise.allSettled(
      Array.from({ length: 5_000 }, () => engines.evaluate(request)),
    );
    const refused = all.filter(({ status }) => status === "rejected");
    expect(refused.length).toBe(5_000 - 4_096);
    for (const one of refused) {
      expect(hasCode((one as PromiseRejectedResult).reason, "rules.engine_busy")).toBe(true);
    }
  },
  SLOW_MS,
);

test("closing ends what is under way by name, and leaves no process", async () => {
  const engines = testEngines();
  const asked = engines.evaluate(evaluate(expressionJdm({ x: "n" }), { n: 1 }));
  const refused = asked.catch((error: unknown) => hasCode(error, "rules.closed"));
  await engines.close();
  expect(await refused).toBe(true);
});

const script = `
  const { Engines } = await import(${JSON.stringify(new URL("engines.ts", import.meta.url).href)});
  const engines = new Engines();
  await engines.check("shop/price", [["standard", "1 + 1"]]);
  process.stdout.write("ready");
  setInterval(() => undefined, 1_000);
`;

test.skipIf(process.platform !== "linux")(
  "P5: the engine's process ends with its node, also where that is killed",
  async () => {
    const node = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(node.stdout, "data");
    const { pid = 0 } = node;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    expect(children.length).toBe(1);
    node.kill("SIGKILL");
    await once(node, "exit");
    const isThere = (): boolean => {
      try {
        return process.kill(Number(children[0]), 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isThere, { timeout: 30_000 }).toBe(false);
  },
  SLOW_MS,
);
