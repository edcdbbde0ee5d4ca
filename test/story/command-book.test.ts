import { expect, test } from "vitest";
import { type Ended, longmen } from "./command.ts";
import { type HttpShop, httpShop, openRetail } from "./http-shop.ts";
import { startNode } from "./start-node.ts";

type Environment = Readonly<Record<string, string>>;

/** On the database itself, as the operator. Tests' server has no fsync, which would be warned of. */
const here = ({ test: { url, schema } }: HttpShop): Environment => ({
  DATABASE_URL: url,
  LONGMEN_SCHEMA: schema,
  LONGMEN_LOG: "error",
});

/** Through a running node, with a key. */
const there = ({ url, adminKey }: HttpShop): Environment => ({
  LONGMEN_URL: url,
  LONGMEN_KEY: adminKey,
});

const json = ({ out }: Ended) => JSON.parse(out) as Record<string, unknown>;
const lines = ({ out }: Ended) => out.trimEnd().split("\n");
const sale = ["--debit", "shop/cash", "--credit", "shop/sales"];

test.each([
  ["on the database here", here, /^os\//],
  ["through a running node", there, /^admin\//],
])("moves, holds, confirms, gives back and tells it all %s", async (_, settings, by) => {
  const shop = await httpShop();
  await openRetail(shop);
  const run = (...words: string[]) => longmen(words, settings(shop)).ended;

  const moved = await run("transfer", "12.34", "CNY/2", ...sale, "--id", "s1", "--reference", "o7");
  expect(moved).toMatchObject({ code: 0, err: "" });
  expect(lines(moved)[0]).toBe("moved 12.34 CNY/2");
  const again = json(
    await run("transfer", "12.34", "CNY/2", ...sale, "--id", "s1", "--reference", "o7", "--json"),
  );
  expect(again).toMatchObject({ status: "exists", id: "s1", amountMinor: "1234", asset: "CNY/2" });

  const made = await run("transfer", "1", "CNY/2", ...sale, "--json");
  const id = /^id (\S+)$/m.exec(made.err)?.[1];
  expect(json(made)).toMatchObject({ status: "created", id, amountMinor: "100" });

  const hold = ["--debit", "shop/sales", "--credit", "shop/cash", "--pending", "--timeout", "900"];
  expect(await run("transfer", "5", "CNY/2", ...hold, "--id", "h1")).toMatchObject({ code: 0 });
  expect(lines(await run("balance", "shop/cash"))[1]).toMatch(/^shop\/cash +CNY\/2 +8\.34 +5\.00$/);
  const part = json(await run("transfer", "2", "CNY/2", "--post", "h1", "--id", "p1", "--json"));
  expect(part).toMatchObject({ status: "created", kind: "post", amountMinor: "200" });
  const late = await run("transfer", "--void", "h1", "--id", "v1");
  expect(late).toMatchObject({ code: 3, out: "" });
  expect(late.err.trimEnd().split("\n")).toEqual([
    "longmen: refused: The hold has been posted.",
    "  A hold ends once. Reverse what was posted by a new transfer.",
    "  (ledger.pending_already_posted)",
  ]);

  const found = await run("history", "shop", "--prefix", "--limit", "2", "--json");
  const entries = lines(found).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(entries.map((entry) => entry["id"])).toEqual(["p1", "h1"]);
  expect(entries[0]?.["by"]).toMatch(by);
  const cursor = /--after (\S+)/.exec(found.err)?.[1] ?? "";
  const next = await run("history", "shop", "--prefix", "--limit", "2", "--after", cursor);
  expect(next.out).toContain("12.34 CNY/2  shop/sales → shop/cash");
  const byReference = await run("history", "--reference", "o7", "--json");
  expect(lines(byReference)).toHaveLength(1);

  const then = json(
    await run("balance", "shop/cash", "--seq", String(entries[1]?.["seq"]), "--json"),
  );
  expect(then).toMatchObject({
    accounts: [{ path: "shop/cash", availableMinor: "834", creditsPendingMinor: "500" }],
  });
  const now = json(await run("balance", "shop", "--prefix", "--limit", "1", "--json"));
  expect(now).toMatchObject({
    accounts: [{ path: "shop/cash", availableMinor: "1134" }],
    after: expect.any(String) as string,
  });
  const verified = await run("verify", "--json");
  expect(verified).toMatchObject({ code: 0 });
  expect(json(verified)["head"]).toMatchObject({
    seq: expect.any(Number) as number,
    at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
  });
});

test("P2 nobody can say whether it was done: it says so, and the same id tells", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const doomed = await startNode(shop, "lane.committed=kill@1");
  const words = ["transfer", "7", "CNY/2", ...sale, "--id", "lost/1"];
  const lost = await longmen(words, { ...there(shop), LONGMEN_URL: doomed.url }).ended;
  expect(lost).toMatchObject({ code: 3, out: "" });
  expect(lost.err).toContain("(client.outcome_unknown");
  expect(lost.err).toContain("--id lost/1");
  const again = await longmen([...words, "--json"], there(shop)).ended;
  expect(json(again)).toMatchObject({ status: "exists", amountMinor: "700" });
});

test("a key that may only write confirms a hold, though it can't look up what it was of", async () => {
  const shop = await httpShop();
  await openRetail(shop);
  const asked = { owner: "till", ownerKind: "service", scopes: ["write@retail"] };
  const { body } = await shop.ask("POST /v1/keys", asked);
  const settings = { ...there(shop), LONGMEN_KEY: body["token"] as string };
  await longmen(["transfer", "3", "CNY/2", ...sale, "--pending", "--id", "h"], settings).ended;
  const { code, out } = await longmen(["transfer", "--post", "h", "--id", "p"], settings).ended;
  expect({ code, first: out.split("\n")[0] }).toEqual({
    code: 0,
    first: "confirmed 300 minor units",
  });
});

test("bench measures, verifies and leaves no tables behind", async () => {
  const shop = await httpShop();
  const words = ["bench", "--seconds", "1", "--callers", "50"];
  const told = json(await longmen([...words, "--json"], here(shop)).ended);
  const load = { transfers: expect.any(Number) as number, verified: true };
  expect(told).toMatchObject({
    callers: 50,
    loads: [
      { load: "hot", ...load },
      { load: "spread", ...load },
    ],
  });
  const schemas = await shop.test.database.transaction((tx) =>
    tx.query("select nspname from pg_namespace where nspname like 'longmen_scratch_%'"),
  );
  expect(schemas.rows).toEqual([]);
  const none = await longmen(["bench", "--callers", "0"], here(shop)).ended;
  expect(none).toMatchObject({ code: 2, out: "" });
});
