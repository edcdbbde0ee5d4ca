/** A client starts runs by key, waits for them and says events, while the server is killed under it. */
import { expect, test } from "vitest";
import { connect } from "../../src/client/index.ts";
import { httpShop, openRetail } from "./http-shop.ts";
import { startNode } from "./start-node.ts";

const RUNS = 12;
const lamps = Array.from({ length: RUNS }, (_, lamp) => lamp);

test.each(["flow.before_commit=kill@9", "flow.after_commit=kill@6", "lane.committed=kill@12"])(
  "P1, P2, P5 runs started by key over HTTP are done once each, with %s",
  async (fault) => {
    const shop = await httpShop();
    await openRetail(shop);
    const doomed = await startNode(shop, fault, "0", ["--flows"]);
    const { port } = new URL(doomed.url);
    const { runs } = connect({ url: doomed.url, key: shop.adminKey, deadlineMs: 60_000 });
    const work = Promise.all(
      lamps.map(async (lamp) => {
        const { id } = await runs.start("shop.sold", lamp, { key: `lamp-${lamp}` });
        // Said again where no answer came: an event too many is heard by nobody.
        await runs.publish("shop.wrapped", String(lamp)).catch(() => undefined);
        return { id, lamp };
      }),
    );
    expect(await doomed.ended).toBe("SIGKILL");
    const next = await startNode(shop, "", port, ["--flows"]);
    const started = await work;
    for (const lamp of lamps) await runs.publish("shop.wrapped", String(lamp));
    const results = await Promise.all(started.map(({ id }) => runs.result(id)));
    expect(results).toEqual(lamps);
    const again = await runs.start("shop.sold", 0, { key: "lamp-0" });
    expect(again).toEqual({ id: started[0]?.id, created: false });

    const ids = new Set<string>();
    for await (const { id, status } of runs.list({ flow: "shop.sold" })) {
      ids.add(id);
      expect(status).toBe("done");
    }
    expect(ids.size).toBe(RUNS);
    const cash = await shop.ask("GET /v1/books/retail/account?path=shop/cash&asset=CNY/2");
    expect(cash.body["available"]).toBe(String(8 * RUNS));
    const book = await shop.ledger.book("retail");
    expect(await book.verify()).toMatchObject({ verified: true });
    next.end("SIGTERM");
    expect(await next.ended).toBe(0);
  },
  90_000,
);
