/** What a run is given and learns is what is recorded of it: nobody changes it behind its back. */
import { expect, test } from "vitest";
import { flow, machine, task } from "./index.ts";
import { flowDatabase, flowsOn } from "./testing/flows.ts";

const patience = { interval: 20 };

test("one object that is changed and given again is another input each time", async () => {
  const sent: string[] = [];
  const send = task("send", { concurrency: 1 }, async (mail: { to: string }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    sent.push(mail.to);
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [send]);
  const names = ["ann", "bob", "cid", "dan"];
  const mail = { to: "" };
  for (const to of names) {
    mail.to = to;
    await flows.start(send, mail);
  }
  mail.to = "nobody";
  await expect.poll(() => sent.toSorted(), patience).toEqual(names);
});

test("what the caller changes after the start, neither the run nor its child sees", async () => {
  const begun = Promise.withResolvers<void>();
  const changed = Promise.withResolvers<void>();
  const child = flow("child", {}, async (f, order: { n: number }) => {
    begun.resolve();
    await f.step("wait", () => changed.promise);
    return order.n;
  });
  const shared = { n: 1 };
  const whole = flow("whole", {}, async (f, order: { n: number }) => {
    await f.step("a", () => 1);
    const given = { n: 1 };
    const answer = f.child("child", child, given);
    await f.step("begun", () => begun.promise);
    given.n = 2;
    changed.resolve();
    const kept = await f.step("kept", () => shared);
    shared.n = 2;
    return [order.n, await answer, kept.n];
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [whole, child]);
  const order = { n: 1 };
  const starting = flows.start(whole, order);
  order.n = 2;
  expect(await (await starting).result()).toEqual([1, 1, 1]);
});

test("an input is checked once in a life, the first like any other, for flows, children and machines", async () => {
  const input = (value: unknown) => ({ n: (value as { n: number }).n + 1 });
  const child = flow("child", { input }, (_f, { n }) => n);
  const whole = flow("whole", { input }, async (f, { n }) => [n, await f.child("c", child, { n })]);
  const count = machine("count", {
    input,
    initial: "open",
    states: { open: { timeout: { afterMs: 1, to: "shut" } }, shut: { final: true } },
    transitions: [],
  });
  const { database } = await flowDatabase();
  const flows = await flowsOn(database, [whole, child, count]);
  expect(await (await flows.start(whole, { n: 1 })).result()).toEqual([2, 3]);
  const subject = await flows.machine(count).start("s", { n: 1 });
  expect(await flows.run(subject.run).result()).toEqual({ state: "shut", data: { n: 2 } });
});
