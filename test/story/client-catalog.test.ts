/** The client's catalogue, quotes and rules: what a shop and its buyers do, in TypeScript. */
import { expect, test } from "vitest";
import { connect, LongmenProblem } from "longmen/client";
import { tableJdm } from "../../src/rules/testing.ts";
import { catalogShop, cup, cupType, flat } from "./catalog-shop.ts";

async function opened() {
  const shop = await catalogShop();
  const handle = connect({ url: shop.url, key: shop.adminKey }).book("retail").shop;
  return { shop, handle };
}

test("a catalogue is kept, searched, bought from; amounts are bigints, times instants", async () => {
  const { handle } = await opened();
  const { catalog, quotes } = handle;
  expect(await catalog.open({ quoteTtlMs: 60_000 })).toEqual({
    quoteTtlMs: 60_000,
    discountRules: [],
  });
  expect(await catalog.saveType("mug", { ...cupType })).toMatchObject({
    version: 1,
    changed: true,
  });
  const plan = { ...flat("0"), scheme: { kind: "flat", amount: 300n } };
  expect(await catalog.savePlan("mug-price", plan)).toMatchObject({ version: 1 });
  const product = {
    ...cup,
    type: "mug",
    plan: "mug-price",
    variants: [{ sku: "MUG", values: { colour: "red" } }],
  };
  await catalog.saveProduct("MUG", product);
  expect(await catalog.publish("MUG")).toMatchObject({ version: 2, state: "published" });
  const found = await catalog.get("plan", "mug-price");
  expect(found).toMatchObject({ body: { scheme: { amount: "300" } } });
  expect(found?.effectiveFrom).toBeTypeOf("number");
  expect(await catalog.get("product", "NONE")).toBeUndefined();
  const codes = [];
  for await (const { code } of catalog.search({ text: "cup" }, { limit: 1 })) codes.push(code);
  expect(codes).toEqual(["MUG", "CUP"]);
  const { items } = await catalog.search({ attributes: { colour: "blue" } }).page();
  expect(items.map(({ code }) => code)).toEqual(["CUP"]);
  expect((await catalog.versions("product", "MUG").page()).items).toMatchObject([
    { version: 2 },
    { version: 1 },
  ]);
  expect(await catalog.buyPage("MUG")).toMatchObject({ product: "MUG" });

  const made = await quotes.make({ key: "basket-1", lines: [{ sku: "MUG", quantity: 2n }] });
  if (made.status === "refused") throw new Error(made.code);
  const { quote } = made;
  expect(quote).toMatchObject({ total: 600n, lines: [{ quantity: 2n, amount: 600n }] });
  expect(await quotes.get(quote.id)).toEqual(quote);
  expect(await quotes.check(quote.id, quote)).toEqual({ status: "good", quote });
  expect(await quotes.check("nothing", quote)).toEqual({ status: "unknown" });
  const agreed = { amount: 199n, reason: "invoice 1" };
  const offer = await quotes.make({ key: "offer", lines: [{ sku: "MUG", quantity: 2n, agreed }] });
  expect(offer).toMatchObject({ status: "created", quote: { total: 398n } });
  await catalog.withdraw("MUG", { expected: 2 });
  expect(await quotes.requote(quote.id, "again")).toMatchObject({
    ...{ status: "refused", code: "catalog.sku_unknown", details: { sku: "MUG" } },
    words: { zh: expect.stringContaining("MUG") as string },
  });
});

test("settings that nobody named stay, and are told", async () => {
  const { catalog } = (await opened()).handle;
  await catalog.open({ quoteTtlMs: 60_000 });
  await catalog.open({ discountRules: ["off"] });
  const both = { quoteTtlMs: 60_000, discountRules: ["off"] };
  // Who opens it again wipes nothing.
  expect([await catalog.open(), await catalog.settings()]).toEqual([both, both]);
  expect(await catalog.open({ discountRules: [] })).toEqual({ ...both, discountRules: [] });
});

test("types and plans are listed as they were first saved, each as it was last", async () => {
  const { catalog } = (await opened()).handle;
  await catalog.savePlan("mug-price", flat("300"));
  await catalog.savePlan("cup-price", flat("260"), { expected: 1 });
  const plans = [];
  for await (const one of catalog.list("plan", { limit: 1 })) plans.push(one);
  expect(plans.map(({ code, version }) => [code, version])).toEqual([
    ["cup-price", 2],
    ["mug-price", 1],
  ]);
  expect(plans[0]).toEqual(await catalog.get("plan", "cup-price"));
  const types = await catalog.list("type").page();
  expect(types.items.map(({ code }) => code)).toEqual(["cup"]);
  const { cursor } = await catalog.list("plan", { limit: 1 }).page();
  const elsewhere = catalog.list("type").page(cursor);
  await expect(elsewhere).rejects.toMatchObject({ code: "catalog.filter_malformed" });
});

test("what can't be sold is a value with words; what can't be used is thrown with all mistakes", async () => {
  const { handle } = await opened();
  const line = { sku: "CUP-B", quantity: -1n };
  expect(await handle.quotes.make({ key: "q", lines: [line] })).toMatchObject({
    ...{ status: "refused", code: "catalog.quantity_refused" },
    details: { quantity: "-1", sku: "CUP-B" },
  });
  const engraved = { sku: "CUP-B", quantity: 1n, attributes: { engraving: "Ann" } };
  expect(await handle.quotes.make({ key: "q", lines: [engraved] })).toMatchObject({
    ...{ status: "refused", code: "catalog.options_refused" },
    mistakes: [{ zh: "蓝色杯子不能刻字" }],
  });
  const wrong = handle.catalog.saveType("mug", { name: {}, attributes: 7 });
  const error = await wrong.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LongmenProblem);
  expect(error).toMatchObject({ code: "catalog.definition_malformed" });
  expect((error as LongmenProblem).mistakes?.map(({ at }) => at)).toContain("/attributes");
});

test("a file goes in as text, bytes or a stream, and comes out as a stream", async () => {
  const { handle } = await opened();
  const text =
    "code,type,name,state,sku,price,currency,attr.colour\r\nMUG,cup,Mug,published,MUG-R,1.50,GBP/2,red\r\n";
  const look = await handle.catalog.importCsv(text, { dryRun: true });
  expect(look).toMatchObject({ created: 1, written: false });
  const stream = new Blob([text]).stream();
  expect(await handle.catalog.importCsv(stream)).toMatchObject({ created: 1, written: true });
  const out = await new Response(await handle.catalog.exportCsv()).text();
  expect(out).toContain("MUG-R");
  const ofNone = await new Response(await handle.catalog.exportCsv({ type: "plate" })).text();
  expect(ofNone).toBe(out.slice(0, out.indexOf("\n") + 1));
  expect(await handle.catalog.importCsv(new Blob([out]))).toMatchObject({
    changed: 0,
    unchanged: 2,
  });
  const marked = await new Response(await handle.catalog.exportCsv({ bom: true })).bytes();
  expect([...marked.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  expect(await handle.catalog.importCsv(new Blob([marked]))).toMatchObject({ unchanged: 2 });
  const broken = handle.catalog.importCsv("nothing\r\n");
  await expect(broken).rejects.toMatchObject({ code: "catalog.csv_header" });
});

test("a file is imported whole or not at all where that is wanted, and from an instant to come", async () => {
  const { handle } = await opened();
  const head = "code,type,name,state,sku,price,currency,attr.colour\r\n";
  const mug = "MUG,cup,Mug,published,MUG-R,1.50,GBP/2,red\r\n";
  const broken = `${head}${mug}TRAY,cup,Tray,published,TRAY-R,much,GBP/2,red\r\n`;
  const { catalog } = handle;
  const kept = await catalog.importCsv(broken, { keep: "all" });
  expect(kept).toMatchObject({ created: 1, failed: 1, errorCount: 1, written: false });
  expect(await catalog.get("product", "MUG")).toBeUndefined();
  const stream = () => new Blob([head + mug]).stream();
  const refused = catalog.importCsv(stream(), { keep: "all" });
  await expect(refused).rejects.toMatchObject({ code: "client.request_malformed" });
  const effectiveFrom = Date.parse("2040-01-01T00:00:00Z");
  const done = await catalog.importCsv(stream, { keep: "all", effectiveFrom });
  expect(done).toMatchObject({ created: 1, errorCount: 0, written: true });
  expect(await catalog.get("product", "MUG")).toBeUndefined();
  expect(await catalog.get("product", "MUG", { at: effectiveFrom })).toMatchObject({
    effectiveFrom,
  });
});

test("a rule is imported, let live by a second person, asked, and taken back", async () => {
  const { shop, handle } = await opened();
  const ann = await shop.keyOf(["shop.define@retail"], "ann", "person");
  const bob = await shop.keyOf(["shop.approve@retail"], "bob", "person");
  const as = (key: string) => connect({ url: shop.url, key }).book("retail").shop.rules;
  const content = (amount: string) => ({
    jdm: JSON.stringify(tableJdm({ inputs: ["tier"], outputs: ["amount"], rows: [["", amount]] })),
    tests: [{ name: "any", input: { tier: "gold" }, output: { amount: Number(amount) } }],
  });
  for (const [version, amount] of [
    [1, "80"],
    [2, "70"],
  ] as const) {
    expect(await as(ann).import("price", content(amount))).toMatchObject({
      version,
      state: "draft",
    });
    expect(await as(ann).test("price", version)).toMatchObject({ state: "tested" });
    await expect(as(ann).approve("price", version)).rejects.toMatchObject({
      code: "access.not_permitted",
    });
    expect(await as(bob).approve("price", version, { why: "agreed" })).toMatchObject({
      approvedBy: "bob",
    });
    expect(await as(ann).live("price", version)).toMatchObject({ state: "live" });
    const said = await handle.rules.decide("price", { tier: "gold" }, { durable: true });
    expect(said).toMatchObject({ version, output: { amount: Number(amount) } });
    expect(await handle.rules.decision(said.decisionId)).toMatchObject({ input: { tier: "gold" } });
  }
  expect(await as(ann).rollback("price", { from: 2, why: "too cheap" })).toMatchObject({
    version: 1,
  });
  expect(await handle.rules.shadow("price", 2, { last: 5 })).toMatchObject({
    decided: 1,
    changed: 1,
  });
  expect(await handle.rules.export("price", 1)).toMatchObject({ jdm: content("80").jdm });
  expect((await handle.rules.list().page()).items).toMatchObject([
    { name: "price", liveVersion: 1 },
  ]);
  const { items } = await handle.rules.events("price", { limit: 1 }).page();
  expect(items).toMatchObject([{ what: "rolled_back", why: "too cheap", by: "ann" }]);
  expect(await handle.rules.get("none")).toBeUndefined();
  expect((await handle.rules.decisions({ name: "price" }).page()).items).toHaveLength(2);
});
