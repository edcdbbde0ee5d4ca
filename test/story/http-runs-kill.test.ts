/** A client starts runs by key, waits for them and says events, while the server is killed under it. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { httpShop, openRetail } from "./http-shop.ts";
import { startNode } from "./start-node.ts";

const RUNS = 12;
const upTo = (count: number) => Array.from({ length: count }, (_, lamp) => lamp);

test.each(["flow.before_commit=kill@9", "flow.after_commit=kill@6", "lane.committed=kill@12"])(
  "P1, P2, P5 runs started by key over HTTP are done once each, with %s",
  async (fault) => {
    const shop = await httpShop();
    await openRetail(shop);
    const doomed = await startNode(shop, fault, "0", ["--flows"]);
    const { port } = new URL(doomed.url);
    const { runs } = connect({ url: doomed.url, key: shop.adminKey, deadlineMs: 60_000 });
    const work = Promise.all(
      upTo(RUNS).map(async (lamp) => {
        const { id } = await runs.start("shop.sold", lamp, { key: `lamp-${lamp}` });
        // Said again where no answer came: an event too many is heard by nobody.
        await runs.publish("shop.wrapped", String(lamp)).catch(() => undefined);
        return { id, lamp };
      }),
    );
    // However many runs share a commit, they go on coming until the one commit that kills it.
    let isDead = false;
    const death = doomed.ended.finally(() => (isDead = true));
    let count = RUNS;
    for (await Promise.race([work, death]); !isDead; count++) {
      const asked = { key: `lamp-${count}`, deadlineMs: 1_000 };
      await Promise.race([runs.start("shop.sold", count, asked).catch(() => undefined), death]);
    }
    expect(await death).toBe("SIGKILL");
    const next = await startNode(shop, "", port, ["--flows"]);
    const started = [...(await work)];
    for (const lamp of upTo(count).slice(RUNS)) {
      const { id } = await runs.start("shop.sold", lamp, { key: `lamp-${lamp}` });
      started.push({ id, lamp });
    }
    for (const { lamp } of started) await runs.publish("shop.wrapped", String(lamp));
    const results = await Promise.all(started.map(({ id }) => runs.result(id)));
    expect(results).toEqual(upTo(count));
    const again = await runs.start("shop.sold", 0, { key: "lamp-0" });
    expect(again).toEqual({ id: started[0]?.id, created: false });

    const ids = new Set<string>();
    for await (const { id, status } of runs.list({ flow: "shop.sold" })) {
      ids.add(id);
      expect(status).toBe("done");
    }
    expect(ids.size).toBe(count);
    const cash = await shop.ask("GET /v1/books/retail/account?path=shop/cash&asset=CNY/2");
    expect(cash.body["available"]).toBe(String(8 * count));
    const book = await shop.ledger.book("retail");
    expect(await book.verify()).toMatchObject({ verified: true });
    next.end("SIGTERM");
    expect(await next.ended).toBe(0);
  },
);
