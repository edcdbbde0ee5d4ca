import { expect, onTestFinished, test } from "vitest";
import { flow, type Flows, openFlows } from "../flow/index.ts";
import { COMMIT, openProxy } from "../postgres/testing.ts";
import type { Happening, Reaction } from "./index.ts";
import { expectVerified, type NodeParts, openShop, stateIn, wallet } from "./testing/shop.ts";

/** Thanks the buyer, and tells the test whom it has thanked. */
function thanking() {
  const thanked: string[] = [];
  const nodes: Flows[] = [];
  const thanks = flow("thanks", {}, (f, said: { order: string; act: string }) =>
    f.step("say", () => void thanked.push(`${said.order} ${said.act}`)),
  );
  const reactions = async ({ database, name }: NodeParts): Promise<readonly Reaction[]> => {
    const flows = await openFlows({ database, node: name, flows: [thanks] });
    nodes.push(flows);
    onTestFinished(() => flows.close({ drainMs: 500 }));
    const on = async ({ act, order, by, request }: Happening) =>
      act === "pay" || act === "place"
        ? [await flows.starting(thanks, { order: order.id, act }, { by, request })]
        : [];
    return [on];
  };
  return { thanked, nodes, reactions };
}

/** Every run there is has ended. */
async function settled(flows: Flows | undefined): Promise<void> {
  const open = async () =>
    (await flows?.list({ limit: 1_000 }))?.filter(({ endedAt }) => endedAt === undefined);
  await expect.poll(open, { interval: 50 }).toEqual([]);
}

test("what an act starts is there with its commit, and the timeline has it with its steps", async () => {
  const { thanked, nodes, reactions } = thanking();
  const { orders, book, command } = await openShop({ stock: { A: 10n }, reactions });
  const context = { by: "till-1", request: "req-7" };
  await orders.place(book, command("o1", [["A", 1n, 10n]]));
  await orders.pay(book, wallet("o1", 10n), { context });
  await orders.cancel(book, { orderId: "o1" });
  const steps = (await orders.find(book, "o1"))?.steps ?? [];
  expect(steps.map(({ runs }) => runs.length)).toEqual([1, 1]);
  for (const { runs } of steps) await nodes[0]?.run(runs[0]?.id ?? "").result();
  expect(thanked.toSorted()).toEqual(["o1 pay", "o1 place"]);
  const told = (await orders.find(book, "o1"))?.steps[1]?.runs[0];
  expect(told).toMatchObject({ flow: "thanks", status: "done", by: "till-1", request: "req-7" });
  expect(told?.steps?.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual(["say done"]);
});

test("an act that is refused starts nothing", async () => {
  const { thanked, nodes, reactions } = thanking();
  const { orders, book, command, test: opened } = await openShop({ stock: { A: 1n }, reactions });
  await orders.place(book, command("o1", [["A", 1n, 2_000_000n]]));
  expect(stateIn(await orders.place(book, command("o2", [["A", 1n, 1n]])))).toBe("order.sold_out");
  expect(stateIn(await orders.pay(book, wallet("o1", 2_000_000n)))).toBe("order.funds_short");
  await settled(nodes[0]);
  expect(thanked).toEqual(["o1 place"]);
  const runs = await opened.database.transaction((tx) =>
    tx.query(`select count(*)::int4 as n from "${opened.schema}".order_run`),
  );
  expect(runs.rows).toEqual([{ n: 1 }]);
});

test("P2: repeats, lost replies and two nodes that pay at once start a run once for each act", async () => {
  const { thanked, nodes, reactions } = thanking();
  const shop = await openShop({ stock: { A: 1_000n }, reactions });
  const proxy = await openProxy(shop.test.url);
  const at = await shop.node(proxy.url);
  const ids = Array.from({ length: 30 }, (_, i) => `o${i}`);
  const cutPlacing = proxy.cutAfter(COMMIT);
  const placing = ids.map((id) => {
    const asked = shop.command(id, [["A", 1n, 10n]]);
    return [at.orders.place(at.book, asked), shop.orders.place(shop.book, asked)];
  });
  await cutPlacing;
  for (const answer of await Promise.all(placing.flat())) expect(answer.status).not.toBe("refused");
  const cutPaying = proxy.cutAfter(COMMIT);
  const paying = ids.map((id) => [
    // Named, since two nodes that write the same at one instant write the same batch, and neither is first.
    at.orders.pay(at.book, wallet(id, 10n), { context: { by: "at" } }),
    shop.orders.pay(shop.book, wallet(id, 10n)),
    shop.orders.pay(shop.book, wallet(id, 10n, `other-${id}`)),
  ]);
  await cutPaying;
  for (const answers of paying) {
    const done = (await Promise.all(answers)).filter(({ status }) => status === "done");
    expect(done.length).toBeLessThanOrEqual(1);
  }
  await settled(nodes[0]);
  expect(thanked.toSorted()).toEqual(ids.flatMap((id) => [`${id} pay`, `${id} place`]).toSorted());
  await expectVerified(shop.book);
});

test("a reaction that throws keeps the act from being done, and it can be done later", async () => {
  let isBroken = true;
  const broken: Reaction = () => {
    if (isBroken) throw new Error("the reaction has a bug");
    return [];
  };
  const { orders, book, command } = await openShop({
    stock: { A: 1n },
    reactions: async () => [broken],
  });
  const asked = command("o1", [["A", 1n, 10n]]);
  await expect(orders.place(book, asked)).rejects.toThrow("has a bug");
  expect(await orders.find(book, "o1")).toBeUndefined();
  isBroken = false;
  expect(stateIn(await orders.place(book, asked))).toBe("done placed");
});
