import { expect, test } from "vitest";
import { parseScope } from "../../access/index.ts";
import type { HouseConfig } from "../house.ts";
import { apiNode } from "../testing/api-node.ts";
import { type Ran, runWords } from "../testing/run-words.ts";

/** From nothing, by the terminal alone. */
const runner =
  (place: Partial<HouseConfig>) =>
  (...words: readonly string[]) =>
    runWords(place, words);

const here = async () => (await apiNode()).place;

const there = async () => {
  const { url, access } = await apiNode();
  const admin = { owner: "ann", ownerKind: "person", scopes: [parseScope("admin")] } as const;
  const { token } = await access.create(admin, { by: "test", from: "here", request: "1" });
  return { url, key: token };
};

const ways = [
  ["on the database here", here, /^os\//],
  ["through a running node", there, /^ann\//],
] as const;

const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;
const seq = expect.any(Number) as number;
const at = expect.stringMatching(/^\d{4}-.*Z$/) as string;

test.each(ways)(
  "makes books, tells who made them, and defines their assets %s",
  async (_, place, by) => {
    const run = runner(await place());
    const inShop = ["--book", "shop/uk"];

    expect(await run("book", "list")).toMatchObject({ code: 0, out: "" });
    const created = json(await run("book", "create", "shop/uk", "--json"));
    expect(created).toMatchObject({ book: "shop/uk", seq: 0, at, assets: [] });
    expect(created["headHash"]).toMatch(/^[0-9a-f]{64}$/);
    expect(created["created"]).toMatchObject({ at, by: expect.stringMatching(by) as string });
    expect(json(await run("book", "create", "shop/uk", "--json"))).toEqual(created);
    expect(json(await run("book", "list", "--json"))).toEqual({ books: ["shop/uk"] });
    expect((await run("book", "show", "nowhere")).err).toContain("(ledger.book_missing");

    const defined = await run("book", "define", "GBP/2", ...inShop);
    expect(defined).toMatchObject({ code: 0, out: "defined GBP/2 in shop/uk\n" });
    const again = json(await run("book", "define", "GBP/2", ...inShop, "--json"));
    expect(again).toEqual({ status: "exists", asset: "GBP/2", book: "shop/uk", seq, at });
    const other = await run("book", "define", "GBP/2", ...inShop, "--refusals", "window");
    expect(other).toMatchObject({ code: 3, out: "" });
    expect(other.err).toContain("(ledger.asset_exists_with_different_refusals)");
    const shown = json(await run("book", "show", "shop/uk", "--json"));
    expect(shown["assets"]).toEqual([{ asset: "GBP/2", scale: 2, refusals: "forever", seq }]);
  },
);

test.each(ways)(
  "opens accounts, bounds them anew, closes and reopens, lists and shows them %s",
  async (_, place) => {
    const run = runner(await place());
    const inShop = ["--book", "shop/uk"];
    await run("book", "create", "shop/uk");
    await run("book", "define", "GBP/2", ...inShop);

    const opening = ["account", "open", "customer/7", "GBP/2", "--side", "credit", ...inShop];
    const opened = await run(...opening, "--bound", "250.00");
    expect(opened).toMatchObject({ code: 0, err: "" });
    expect(opened.out).toContain("opened customer/7 GBP/2\n  bound  250.00\n");
    expect((await run(...opening, "--bound", "250.00")).out).toContain("nothing is done twice");
    const differs = await run(...opening, "--json");
    expect(differs.code).toBe(3);
    expect(json(differs)).toMatchObject({
      status: "refused",
      code: "ledger.account_exists_with_different_bound",
    });
    const freely = ["--side", "debit", "--bound", "none"];
    const bank = await run("account", "open", "bank", "GBP/2", ...freely, ...inShop);
    expect(bank.out).toContain("bound  none");

    const moving = ["GBP/2", "--debit", "customer/7", "--credit", "bank", ...inShop];
    expect(await run("transfer", "250", ...moving, "--id", "t1")).toMatchObject({ code: 0 });
    const named = ["account", "bound", "customer/7", "GBP/2", ...inShop];
    const low = await run(...named, "--bound", "10");
    expect(low.err).toContain("(ledger.bound_below_balance)");
    const bounded = json(await run(...named, "--bound", "none", "--id", "b1", "--json"));
    expect(bounded).toEqual({
      ...{ status: "created", id: "b1", kind: "bound", path: "customer/7", asset: "GBP/2" },
      ...{ boundMinor: "none", closed: false, seq, at },
    });

    const closed = await run("account", "close", "customer/7", "GBP/2", ...inShop);
    expect(closed.err).toMatch(/^id \S+\n$/);
    const late = await run("transfer", "1", ...moving, "--id", "t2");
    expect(late.err).toContain("(ledger.debit_account_closed)");
    const listed = await run("account", "list", "customer", ...inShop);
    expect(listed.out.split("\n")[1]).toMatch(/^customer\/7 +GBP\/2 +credit +none +closed$/);
    expect(await run("account", "reopen", "customer/7", "GBP/2", ...inShop)).toMatchObject({
      code: 0,
    });

    const told = json(await run("account", "show", "customer/7", ...inShop, "--json"));
    expect(told).toMatchObject({
      accounts: [{ path: "customer/7", side: "credit", boundMinor: "none", closed: false }],
    });
    expect((await run("account", "show", "customer/7", "GBP/2", ...inShop)).out).toMatch(
      /available +-250\.00\n +held +0\.00\n +state +open/,
    );
    const page = json(await run("account", "list", "--limit", "1", ...inShop, "--json"));
    expect(page["accounts"]).toMatchObject([{ path: "bank", availableMinor: "-25000" }]);
    const rest = ["account", "list", "--after", String(page["after"]), ...inShop, "--json"];
    expect(json(await run(...rest))["accounts"]).toMatchObject([{ path: "customer/7" }]);
  },
);

test.each(ways)(
  "a transfer carries metadata and business time, and balancing moves what is there %s",
  async (_, place) => {
    const run = runner(await place());
    await run("book", "create", "retail");
    await run("book", "define", "GBP/2");
    await run("account", "open", "bank", "GBP/2", "--side", "debit", "--bound", "none");
    await run("account", "open", "till", "GBP/2", "--side", "debit");
    const sent = await run(
      ...["transfer", "12.50", "GBP/2", "--debit", "till", "--credit", "bank", "--id", "t1"],
      ...["--metadata", '{"till": 7}', "--effective-at", "2026-01-31T09:00:00+01:00"],
    );
    expect(sent).toMatchObject({ code: 0, err: "" });
    const [entry = ""] = (await run("history", "till", "--json")).out.split("\n");
    expect(JSON.parse(entry)).toMatchObject({
      metadata: '{"till": 7}',
      effectiveAt: "2026-01-31T08:00:00.000Z",
    });
    const emptied = [
      "transfer",
      "99",
      "GBP/2",
      "--debit",
      "bank",
      "--credit",
      "till",
      "--id",
      "t2",
    ];
    expect(await run(...emptied)).toMatchObject({ code: 3 });
    const swept = await run(...emptied.slice(0, -1), "t3", "--balancing", "credit");
    expect(swept.out).toContain("moved 12.50 GBP/2");
  },
);

test.each(ways)(
  "an account that is not there is one thing, one without entries another %s",
  async (_, place) => {
    const run = runner(await place());
    await run("book", "create", "retail");
    await run("book", "define", "CNY/2");
    for (const path of ["shop/cash", "shop/sales"]) {
      await run("account", "open", path, "CNY/2", "--side", "debit");
    }
    for (const words of [
      ["balance", "nobody"],
      ["history", "nobody"],
      ["history", "shop"],
      ["history", "shop/cash", "--asset", "GBP/2"],
      ["history", "nobody", "--from", "2026-01-01T00:00:00Z", "--json"],
      ["account", "show", "nobody"],
    ]) {
      const { code, out, err } = await run(...words);
      expect({ words, code, out }).toEqual({ words, code: 3, out: "" });
      expect(err).toContain("(cli.account_missing)");
    }
    const quiet = ["history", "shop/cash", "--from", "2999-01-01T00:00:00Z"];
    for (const words of [quiet, [...quiet, "--asset", "CNY/2"]]) {
      expect(await run(...words)).toMatchObject({ code: 0, out: "", err: "nothing is there\n" });
    }
    expect(await run("history", "nobody", "--prefix")).toMatchObject({ code: 0, out: "" });
  },
);

test.each(ways)("what is wrong in the words is code 2, whoever finds it %s", async (_, place) => {
  const run = runner(await place());
  await run("book", "create", "retail");
  for (const [code, ...words] of [
    ["ledger.cursor_malformed", "balance", "--after", "nonsense"],
    ["ledger.cursor_malformed", "account", "list", "--after", "nonsense"],
    ["ledger.cursor_malformed", "book", "list", "--after", "nonsense"],
    ["ledger.book_name_malformed", "verify", "--book", "a//b"],
  ]) {
    const ran = await run(...words);
    expect({ words, code: ran.code, out: ran.out }).toEqual({ words, code: 2, out: "" });
    expect(ran.err).toContain(`(${code}`);
  }
});
