/** Rules over HTTP: a file byte for byte, a second person, live and back, what they decide and refuse. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { lineOf, node, expressionJdm, tableJdm } from "../../src/rules/testing.ts";
import { asked, catalogShop, type CatalogShop, HERE } from "./catalog-shop.ts";
import { editorFile, editorFileWith, USES } from "./editor-file.ts";

const codeOf = ({ body }: { readonly body: Record<string, unknown> }) => body["code"];

/** A discount by level, as a person would indent it. */
const priceFile = (gold: string) =>
  `${JSON.stringify(
    tableJdm({
      inputs: ["tier"],
      outputs: ["amount"],
      rows: [
        ['"gold"', gold],
        ["", "100"],
      ],
    }),
    null,
    3,
  )}\n`;
const tests = (gold: number) => [
  { name: "gold", input: { tier: "gold" }, output: { amount: gold } },
  { name: "others", input: { tier: "none" }, output: { amount: 100 } },
];

interface Persons {
  readonly ann: string;
  readonly annToo: string;
  readonly bob: string;
  readonly robot: string;
}

async function persons(shop: CatalogShop): Promise<Persons> {
  const all = ["shop.define@retail", "shop.approve@retail", "shop.decide@retail"];
  return {
    ann: await shop.keyOf(all, "ann", "person"),
    annToo: await shop.keyOf(all, "ann", "person"),
    bob: await shop.keyOf(all, "bob", "person"),
    robot: await shop.keyOf(all, "robot", "service"),
  };
}

/** Brings a version live, made by ann and approved by bob. */
async function bringLive(shop: CatalogShop, who: Persons, name: string, content: object) {
  const made = await shop.ask(`POST ${HERE}/rules/${name}/versions`, content, { key: who.ann });
  expect(made.status, made.text).toBe(200);
  const at = `${HERE}/rules/${name}/versions/${String(made.body["version"])}`;
  for (const [verb, key] of [
    ["test", who.ann],
    ["approve", who.bob],
    ["live", who.ann],
  ] as const) {
    const done = await shop.ask(`POST ${at}/${verb}`, {}, { key });
    expect(done.status, done.text).toBe(200);
  }
  return made.body;
}

test("a file goes in and comes out byte for byte, alone or with its tests", async () => {
  const shop = await catalogShop();
  const file = priceFile("80");
  const bare = await shop.ask(`POST ${HERE}/rules/price/versions?note=first`, file);
  expect(bare.body).toMatchObject({ version: 1, state: "draft", note: "first" });
  const out = await shop.ask(`GET ${HERE}/rules/price/versions/1/jdm`);
  expect(out.text).toBe(file);
  const content = { jdm: file, tests: tests(80), note: "with tests" };
  const whole = await shop.ask(`POST ${HERE}/rules/price/versions`, content);
  expect(whole.body).toMatchObject({ version: 2, note: "with tests" });
  const back = await shop.ask(`GET ${HERE}/rules/price/versions/2/content`);
  expect(back.body).toMatchObject({ jdm: file, tests: tests(80) });
  const again = await shop.ask(`POST ${HERE}/rules/price/versions`, back.text);
  expect(again.body).toMatchObject({ version: 2, hash: whole.body["hash"] });
  const spaced = await shop.ask(`POST ${HERE}/rules/price/versions`, `${file} `);
  expect(spaced.body).toMatchObject({ version: 3 });
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  expect(sha((await shop.ask(`GET ${HERE}/rules/price/versions/3/jdm`)).text)).toBe(
    sha(`${file} `),
  );
});

test("JDM made by the public editor imports and exports unchanged, and decides as it does there", async () => {
  const shop = await catalogShop();
  const who = await persons(shop);
  const less = JSON.stringify(expressionJdm({ discount: "zone == 'far' ? 100 : 50" }));
  const test = { name: "far", input: { zone: "far" }, output: { discount: 100 } };
  await bringLive(shop, who, USES, { jdm: less, tests: [test] });
  // As a file and within an object, and once more from what came out.
  const bare = await shop.ask(`POST ${HERE}/rules/delivery/versions`, editorFile, { key: who.ann });
  expect(bare.body, bare.text).toMatchObject({
    ...{ version: 1, state: "draft", uses: [{ key: USES, version: 1 }] },
  });
  const at = `${HERE}/rules/delivery/versions/1`;
  const out = await shop.ask(`GET ${at}/jdm`);
  expect(out.text).toBe(editorFile);
  const { body: content } = await shop.ask(`GET ${at}/content`);
  expect(content["jdm"]).toBe(editorFile);
  const same = await bringLive(shop, who, "delivery", { jdm: out.text });
  expect(same).toMatchObject({ version: 1, hash: bare.body["hash"] });
  const other = await shop.ask(`POST ${HERE}/rules/copy/versions`, content, { key: who.ann });
  expect(other.body).toMatchObject({ version: 1, hash: bare.body["hash"] });
  expect((await shop.ask(`GET ${HERE}/rules/copy/versions/1/jdm`)).text).toBe(editorFile);
  const items = [
    { price: 250, quantity: 2 },
    { price: 100, quantity: 3 },
  ];
  for (const [region, weight, isMember, said] of [
    ["island", 7, true, { total: 800 - 100 + 970, zone: "far" }],
    ["north", 5, true, { total: 800 - 50 + 300, zone: "near" }],
    ["north", 6, false, { total: 800 + 600, zone: "near" }],
  ] as const) {
    const input = { region, weight, member: isMember, items };
    const answer = await shop.ask(
      `POST ${HERE}/rules/delivery/decide`,
      { input },
      { key: who.robot },
    );
    const notes = weight === 5 ? ["2 lines"] : ["far to go", "2 lines"];
    expect(answer.body["output"], answer.text).toEqual({ goods: 800, notes, ...said });
  }
  // The schema of its first node holds.
  const wrong = { region: "moon", weight: 1, member: false, items: [] };
  const refused = await shop.ask(`POST ${HERE}/rules/delivery/decide`, { input: wrong });
  expect([refused.status, codeOf(refused)]).toEqual([400, "rules.input_refused"]);
});

test("what the editor makes that runs somebody's code is refused, each by its name", async () => {
  const shop = await catalogShop();
  const source = "export const handler = async (input) => input;";
  const file = editorFileWith([
    { type: "functionNode", content: { source } },
    { type: "functionNode", content: source },
    { type: "customNode", content: { kind: "http", config: { url: "https://example.com" } } },
  ]);
  const answer = await shop.ask(`POST ${HERE}/rules/delivery/versions`, file);
  expect([answer.status, codeOf(answer)]).toEqual([403, "rules.script_forbidden"]);
  for (const name of ["custom1", "custom2", "custom3"]) expect(answer.text).toContain(name);
  expect((await shop.ask(`GET ${HERE}/rules`)).body["items"]).toEqual([]);
});

test("a second person lets it go live: not the same one with another key, and no service (P8)", async () => {
  const shop = await catalogShop();
  const who = await persons(shop);
  const content = { jdm: priceFile("80"), tests: tests(80) };
  const at = `${HERE}/rules/price/versions/1`;
  await shop.ask(`POST ${HERE}/rules/price/versions`, content, { key: who.ann });
  const early = await shop.ask(`POST ${at}/approve`, {}, { key: who.bob });
  expect([early.status, codeOf(early)]).toEqual([409, "rules.transition_refused"]);
  expect((await shop.ask(`POST ${at}/test`, {}, { key: who.ann })).body).toMatchObject({
    ...{ state: "tested", report: { count: 2, passed: 2 } },
  });
  for (const key of [who.ann, who.annToo, who.robot]) {
    const answer = await shop.ask(`POST ${at}/approve`, {}, { key });
    expect([answer.status, codeOf(answer)]).toEqual([403, "rules.second_person_needed"]);
  }
  const approved = await shop.ask(`POST ${at}/approve`, { why: "agreed" }, { key: who.bob });
  expect(approved.body).toMatchObject({ state: "approved", madeBy: "ann", approvedBy: "bob" });
  const live = await shop.ask(`POST ${at}/live`, {}, { key: who.ann });
  expect(live.body).toMatchObject({ state: "live" });
  const events = await shop.ask(`GET ${HERE}/rules/price/events`, undefined, { key: who.bob });
  expect(events.body["items"]).toMatchObject([
    { what: "live", by: "ann" },
    { what: "approved", by: "bob", why: "agreed", from: expect.stringMatching(/^bob\//) as string },
    { what: "tested" },
    { what: "imported", request: expect.stringMatching(/^[0-9a-f]{32}@/) as string },
  ]);
});

test("a new version is shown on what was decided, goes live, and is taken back at once", async () => {
  const shop = await catalogShop();
  const who = await persons(shop);
  await bringLive(shop, who, "price", { jdm: priceFile("80"), tests: tests(80) });
  const decide = (tier: string) =>
    shop.ask(
      `POST ${HERE}/rules/price/decide`,
      { input: { tier }, durable: true },
      { key: who.robot },
    );
  for (const tier of ["gold", "none", "gold"]) {
    expect((await decide(tier)).body).toMatchObject({
      version: 1,
      output: { amount: tier === "gold" ? 80 : 100 },
    });
  }
  const next = { jdm: priceFile("70"), tests: tests(70) };
  await shop.ask(`POST ${HERE}/rules/price/versions`, next, { key: who.ann });
  const shadow = await shop.ask(`GET ${HERE}/rules/price/versions/2/shadow?last=10`);
  expect(shadow.body).toMatchObject({ of: 1, candidate: 2, decided: 3, same: 1, changed: 2 });
  expect((shadow.body["differences"] as object[])[0]).toMatchObject({
    fields: [{ path: "amount", was: 80, wouldBe: 70 }],
  });
  await bringLive(shop, who, "price", next);
  expect((await decide("gold")).body).toMatchObject({ version: 2, output: { amount: 70 } });
  const rollBack = (body: object) =>
    shop.ask(`POST ${HERE}/rules/price/rollback`, body, { key: who.ann });
  expect((await rollBack({ why: "too cheap" })).body["code"]).toBe("rules.rollback_unnamed");
  for (const _ of ["first", "sent again"]) {
    const back = await rollBack({ from: 2, why: "too cheap" });
    expect(back.body).toMatchObject({ version: 1, state: "live" });
  }
  const last = await decide("gold");
  expect(last.body).toMatchObject({ version: 1, output: { amount: 80 } });
  const trace = String(last.headers.get("trace-id"));
  const ofTrace = await shop.ask(`GET ${HERE}/decisions?trace=${trace}`);
  expect(ofTrace.body).toMatchObject({
    items: [{ decisionId: last.body["decisionId"], traceId: trace, input: { tier: "gold" } }],
  });
  const found = await shop.ask(`GET ${HERE}/decisions/${String(last.body["decisionId"])}`);
  expect(found.body).toMatchObject({ name: "price", output: { amount: 80 } });
  const page = await shop.ask(`GET ${HERE}/rules/price/decisions?limit=2`);
  const rest = await shop.ask(
    `GET ${HERE}/rules/price/decisions?limit=100&cursor=${String(page.body["cursor"])}`,
  );
  expect((rest.body["items"] as unknown[]).length).toBe(3);
});

describe("what a rule can't answer is refused, and no price comes of it", () => {
  test("nothing, a division by zero, half a penny; each kept in the log, and told to a buyer in Chinese", async () => {
    const shop = await catalogShop();
    const who = await persons(shop);
    const money = {
      output: { type: "object", properties: { amount: { "x-money": true } }, required: ["amount"] },
    };
    const rules = {
      zero: { jdm: expressionJdm({ amount: "100 / (quantity_ - quantity_)" }), output: undefined },
      half: { jdm: expressionJdm({ amount: "quantity_ / 4" }), contract: money },
      nothing: {
        jdm: tableJdm({ inputs: ["quantity_"], outputs: ["amount"], rows: [["9", "1"]] }),
      },
    };
    const codes = {
      zero: "rules.answer_null",
      half: "rules.money_inexact",
      nothing: "rules.answer_null",
    };
    for (const [name, { jdm, ...more }] of Object.entries(rules)) {
      const refused = codes[name as keyof typeof codes];
      const content = {
        ...{ jdm: JSON.stringify(jdm), tests: [{ name: "one", input: { quantity_: 1 }, refused }] },
        ...("contract" in more ? { contract: more.contract } : {}),
      };
      await bringLive(shop, who, name, content);
      const input = { quantity_: 2 };
      const answer = await shop.ask(
        `POST ${HERE}/rules/${name}/decide`,
        { input },
        { key: who.robot },
      );
      expect([name, answer.status, codeOf(answer)]).toEqual([name, 422, refused]);
      const plan = { currency: "GBP/2", scheme: { kind: "rule", rule: name } };
      const { body } = await shop.ask(`GET ${HERE}/catalog/plans/cup-price`);
      await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, { plan, expected: body["version"] });
      const quote = await shop.ask(`POST ${HERE}/quotes`, asked(`by-${name}`));
      expect([quote.status, codeOf(quote)]).toEqual([
        422,
        expect.stringMatching(/^rules\./) as string,
      ]);
      expect(quote.body["words"]).toMatchObject({
        zh: expect.stringMatching(/\p{Script=Han}/u) as string,
      });
      await expect
        .poll(async () => (await shop.ask(`GET ${HERE}/rules/${name}/decisions`)).body["items"])
        .toMatchObject([{ refused: expect.stringMatching(/^rules\./) as string }, { refused }]);
    }
  });

  test("how a rule failed is told to who keeps it, and to a buyer that it did", async () => {
    const shop = await catalogShop();
    const who = await persons(shop);
    const jdm = JSON.stringify(expressionJdm({ amount: "100 / quantity_.secret" }));
    const refused = "rules.evaluation_failed";
    await bringLive(shop, who, "odd", {
      jdm,
      tests: [{ name: "one", input: { quantity_: {} }, refused }],
    });
    const plan = { currency: "GBP/2", scheme: { kind: "rule", rule: "odd" } };
    await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, { plan, expected: 1 });
    const buyer = await shop.ask("POST /v1/keys", {
      ...{
        owner: "ann",
        ownerKind: "person",
        scopes: [`shop.buy@${HERE.split("/").at(-1) ?? ""}`],
      },
    });
    const key = String(buyer.body["token"]);
    const told = await shop.ask(`POST ${HERE}/quotes`, asked("odd-1"), { key });
    expect([told.status, codeOf(told)]).toEqual([422, refused]);
    expect(told.text).not.toMatch(/secret|nodeId|trace,|tests/);
    expect(told.body).toMatchObject({
      detail: "The rule odd can't decide.",
      details: { name: "odd", version: 1 },
      words: { en: "The rule odd can't decide. Ask the shop." },
    });
    const whole = await shop.ask(`POST ${HERE}/quotes`, asked("odd-2"));
    expect(whole.body["detail"]).toContain("secret");
    expect(whole.body["words"]).toEqual(told.body["words"]);
  });

  test("a price by rule is a decision with the trace of the buyer's request (P8)", async () => {
    const shop = await catalogShop();
    const who = await persons(shop);
    const jdm = JSON.stringify(expressionJdm({ amount: "'275'" }));
    const test = { name: "any", input: {}, output: { amount: "275" } };
    await bringLive(shop, who, "cup", { jdm, tests: [test] });
    const plan = { currency: "GBP/2", scheme: { kind: "rule", rule: "cup" } };
    await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, { plan, expected: 1 });
    const quote = await shop.ask(`POST ${HERE}/quotes`, asked("by-rule"));
    expect(quote.body).toMatchObject({
      quote: { total: "825", lines: [{ proof: { rule: { rule: "cup", version: 1 } } }] },
    });
    const trace = String(quote.headers.get("trace-id"));
    await expect
      .poll(async () => (await shop.ask(`GET ${HERE}/decisions?trace=${trace}`)).body["items"])
      .toMatchObject([{ name: "cup", input: { quantity: 3, sku: "CUP-R" } }]);
  });
});

test("a file that is no rule is refused with all that is wrong in it", async () => {
  const shop = await catalogShop();
  const post = `POST ${HERE}/rules/price/versions`;
  const script = lineOf(node("run", "functionNode", { source: "x" }));
  const many = tableJdm({ inputs: ["a"], outputs: ["b"], rows: [["((", "]]"]] });
  for (const [body, status, code] of [
    [{ nodes: [] }, 400, "rules.jdm_malformed"],
    [script, 403, "rules.script_forbidden"],
    [many, 400, "rules.jdm_malformed"],
    [{ jdm: "{" }, 400, "rules.jdm_malformed"],
    [{ jdm: priceFile("1"), tests: [{ input: {} }] }, 400, "rules.tests_malformed"],
    [{ jdm: priceFile("1"), contract: { input: { $ref: "x" } } }, 400, "rules.contract_malformed"],
    [{ jdm: 7 }, 400, "http.body_malformed"],
    ['{"nodes":[],"nodes":[]}', 400, "http.body_key_repeated"],
    ["[]", 400, "http.body_malformed"],
  ] as const) {
    const answer = await shop.ask(post, body);
    expect([answer.status, codeOf(answer)], answer.text).toEqual([status, code]);
  }
  const told = await shop.ask(post, many);
  expect((told.body["mistakes"] as { at: string }[])[0]?.at).toMatch(/table, row 1/);
  const contract = { input: { type: "object", required: ["n"] } };
  const content = {
    jdm: priceFile("1"),
    contract,
    tests: [{ name: "a", input: {}, refused: "rules.input_refused" }],
  };
  await bringLive(shop, await persons(shop), "strict", content);
  const without = await shop.ask(`POST ${HERE}/rules/strict/decide`, { input: {} });
  expect(without.body).toMatchObject({
    code: "rules.input_refused",
    mistakes: [{ at: "input.n", en: "is missing" }],
  });
  const missing = await shop.ask(`POST ${HERE}/rules/none/decide`, { input: {} });
  expect([missing.status, codeOf(missing)]).toEqual([404, "rules.set_missing"]);
  const nobody = await shop.ask("POST /v1/books/nobody/rules/price/versions", { nodes: [] });
  expect([nobody.status, codeOf(nobody)]).toEqual([404, "ledger.book_missing"]);
});
