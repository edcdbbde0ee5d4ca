/** f.tx and f.post while commits fail, or succeed unseen. */
import { expect, test } from "vitest";
import { fail } from "../../base/index.ts";
import { type Database, Lane, laneErrors, type Unit } from "../../postgres/index.ts";
import { overProxy, putUp, isLong } from "../../postgres/testing.ts";
import { type Books, flow } from "../index.ts";
import { flowDatabase, flowsOn, rowsOf } from "../testing/flows.ts";

const SLOW = 60_000;

test(
  "a transaction whose commit was not heard of counts, however many tries were lost before it",
  async () => {
    const opened = await flowDatabase();
    const { database, proxy } = await overProxy(opened);
    const undone: string[] = [];
    let tries = 0;
    const sells = flow("sells", {}, async (f) => {
      await f.step("charge", () => 1, { undo: async () => void undone.push("charge") });
      await f.tx("book", async (tx) => {
        tries += 1;
        await tx.query(`insert into ${opened.schema}.test_shelf values ('try ${tries}', 1, 1)`);
        if (tries < 10) void proxy.cutBefore("commit\0");
        // The server has all the time to read it.
        else void proxy.cutAfter("commit\0", { lingerMs: 30_000 });
      });
      return "sold";
    });
    const flows = await flowsOn(database, [sells]);
    const run = await flows.start(sells, undefined);
    expect(await run.result({ timeoutMs: SLOW })).toBe("sold");
    expect(undone).toEqual([]);
    expect(await rowsOf(opened, "select name from {schema}.test_shelf")).toEqual([
      // The first that reached the server; a later one may have begun, and met it.
      { name: "try 10" },
    ]);
  },
  2 * SLOW,
);

test(
  "a transaction that meets what it did itself, unseen, is done and not failed",
  async () => {
    const opened = await flowDatabase();
    const { database, proxy } = await overProxy(opened);
    // Its commit takes a while: it is not there yet when it is looked for.
    await opened.database.transaction(async (tx) => {
      await tx.query(`create function ${opened.schema}.linger() returns trigger language plpgsql
        as $$ begin perform pg_sleep(1.5); return null; end $$`);
      await tx.query(`create constraint trigger linger after insert on ${opened.schema}.test_shelf
        deferrable initially deferred for each row execute function ${opened.schema}.linger()`);
    });
    let tries = 0;
    const shelves = flow("shelves", {}, async (f) =>
      f.tx("put", async (tx) => {
        tries += 1;
        if (tries === 1) void proxy.cutAfter("commit\0", { lingerMs: 500 });
        await tx.query(`insert into ${opened.schema}.test_shelf values ('s', 1, 1)`);
        return "put";
      }),
    );
    const flows = await flowsOn(database, [shelves]);
    const run = await flows.start(shelves, undefined);
    expect(await run.result({ timeoutMs: SLOW })).toBe("put");
    expect(await flows.steps(run.id)).toMatchObject([{ step: "put", outcome: "done" }]);
  },
  2 * SLOW,
);

/** A book that commits for real, when it is not overloaded. */
function bookOf(database: Database, isOverloaded: () => boolean): Books {
  const lane = new Lane<never, never>({ name: "shop", database });
  const commit = (asked: Unit<never>) => {
    if (isOverloaded()) throw fail(laneErrors, "overloaded", { lane: "shop", retryAfterMs: 1 });
    return lane.submit({ ...asked, context: undefined });
  };
  return { book: async () => ({ commit: async (asked) => commit(asked) }) };
}

test.runIf(isLong)(
  "a posting waits for a book that is overloaded, and undoes nothing meanwhile",
  async () => {
    const opened = await flowDatabase();
    const undone: string[] = [];
    let asked = 0;
    const books = bookOf(opened.database, () => ++asked < 14);
    const sells = flow("sells", {}, async (f) => {
      await f.step("charge", () => 1, { undo: async () => void undone.push("charge") });
      return f.post("book", putUp("s"));
    });
    const flows = await flowsOn(opened.database, [sells], { books, book: "shop" });
    const run = await flows.start(sells, undefined);
    expect(await run.result({ timeoutMs: SLOW })).toMatchObject({ status: "posted" });
    expect(asked).toBe(14);
    expect(undone).toEqual([]);
  },
  2 * SLOW,
);

test(
  "a run that waits for an overloaded book can be cancelled",
  async () => {
    const opened = await flowDatabase();
    const undone: string[] = [];
    const books = bookOf(opened.database, () => true);
    const sells = flow("sells", {}, async (f) => {
      await f.step("charge", () => 1, { undo: async () => void undone.push("charge") });
      return f.post("book", putUp("s"));
    });
    const flows = await flowsOn(opened.database, [sells], { books, book: "shop" });
    const run = await flows.start(sells, undefined);
    await expect.poll(async () => (await flows.steps(run.id)).length, { timeout: SLOW }).toBe(1);
    await flows.cancel(run.id);
    await expect(run.result({ timeoutMs: SLOW })).rejects.toMatchObject({
      code: "flow.run_cancelled",
    });
    expect(undone).toEqual(["charge"]);
  },
  2 * SLOW,
);
