import { describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../postgres/index.ts";
import { nodeLane } from "../postgres/testing.ts";
import { openCatalog } from "./index.ts";
import { effectiveAt } from "./items.ts";
import {
  ann,
  BOOK,
  code,
  cup,
  cupType,
  HOUR,
  join,
  NOW,
  pounds,
  sellCups,
  shop,
} from "./testing/shop.ts";

const priceOf = async (catalog: Awaited<ReturnType<typeof shop>>["catalog"], key: string) =>
  (await catalog.quote(BOOK, { key, lines: [{ sku: "CUP-R", quantity: 1n }] })).quote.total;

test("an edit makes an immutable version; what held at any instant is a query", async () => {
  const { catalog, clock } = await shop();
  await sellCups(catalog);
  clock.advance(HOUR);
  const renamed = cup({ name: { en: "Heart mug" } });
  const saved = await catalog.saveProduct(BOOK, "CUP", renamed, { version: 2 }, ann);
  expect(saved).toMatchObject({
    version: 3,
    state: "published",
    effectiveFrom: NOW + HOUR,
    changed: true,
  });
  expect(await catalog.at(BOOK, "product", "CUP", NOW)).toMatchObject({
    version: 2,
    body: { name: { en: "Heart cup" } },
  });
  expect(await catalog.at(BOOK, "product", "CUP")).toMatchObject({
    version: 3,
    body: { name: { en: "Heart mug" } },
  });
  await expect(catalog.at(BOOK, "product", "CUP", NOW - 1)).rejects.toMatchObject(code("missing"));
  const versions = await catalog.versions(BOOK, "product", "CUP");
  expect(versions.map(({ version, state, by }) => [version, state, by])).toEqual([
    [3, "published", ann.by],
    [2, "published", ann.by],
    [1, "draft", ann.by],
  ]);
});

test("a script that made and published a product can run again: what the head says is not written anew", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  const again = await catalog.saveProduct(BOOK, "CUP", cup(), { version: 0 }, ann);
  expect(again).toMatchObject({ version: 2, state: "published", changed: false });
  await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1 }, ann);
  const older = catalog.savePlan(BOOK, "cup-price", pounds("250"), { version: 0 }, ann);
  await expect(older).rejects.toMatchObject(code("version_conflict"));
  // A version that isn't there yet was seen by nobody.
  const ahead = catalog.saveProduct(BOOK, "CUP", cup(), { version: 9 }, ann);
  await expect(ahead).rejects.toMatchObject(code("version_conflict"));
});

test("a price that is planned comes into effect by itself, on every node, without a read", async () => {
  const { catalog, opened, clock } = await shop();
  const other = await join(opened);
  await sellCups(catalog);
  const effectiveFrom = NOW + HOUR;
  await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1, effectiveFrom }, ann);
  for (const [at, price] of [
    [NOW, 250n],
    [NOW + HOUR - 1, 250n],
    [NOW + HOUR, 300n],
  ] as const) {
    clock.set(at);
    other.clock.set(at);
    expect(await priceOf(catalog, `a${at}`)).toBe(price);
    expect(await priceOf(other.catalog, `b${at}`)).toBe(price);
  }
});

test("who saves last decides: what was planned before comes never into effect after it", async () => {
  const { catalog, clock } = await shop();
  await sellCups(catalog);
  await catalog.savePlan(
    BOOK,
    "cup-price",
    pounds("300"),
    { version: 1, effectiveFrom: NOW + HOUR },
    ann,
  );
  await catalog.savePlan(BOOK, "cup-price", pounds("200"), { version: 2 }, ann);
  expect(await priceOf(catalog, "now")).toBe(200n);
  clock.advance(2 * HOUR);
  expect(await priceOf(catalog, "later")).toBe(200n);
});

test("the query of what is in effect says what the rule says, for any history", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  const froms = [5, 2, 9, 2, 7, 30, 1];
  for (const [index, hours] of froms.entries()) {
    const effectiveFrom = NOW + hours * HOUR;
    await catalog.savePlan(
      BOOK,
      "cup-price",
      pounds(`${index}`),
      { version: index + 1, effectiveFrom },
      ann,
    );
  }
  const versions = await catalog.versions(BOOK, "plan", "cup-price");
  for (let hours = 0; hours <= 31; hours++) {
    const at = NOW + hours * HOUR;
    const found = await catalog.at(BOOK, "plan", "cup-price", at);
    expect(found.version).toBe(effectiveAt(versions, at)?.version);
  }
});

describe("an edit names the version that it was made on", () => {
  test("and of two at once one is told so, on one node or two", async () => {
    const { catalog, opened } = await shop();
    const other = await join(opened);
    await sellCups(catalog);
    for (const [one, two, version] of [
      [catalog, catalog, 1],
      [catalog, other.catalog, 2],
    ] as const) {
      const outcomes = await Promise.allSettled([
        one.savePlan(BOOK, "cup-price", pounds(`1${version}`), { version }, ann),
        two.savePlan(BOOK, "cup-price", pounds(`2${version}`), { version }, ann),
      ]);
      const refused = outcomes.flatMap((one) =>
        one.status === "rejected" ? [one.reason as unknown] : [],
      );
      expect(refused).toEqual([expect.objectContaining(code("version_conflict"))]);
    }
    expect(await catalog.versions(BOOK, "plan", "cup-price")).toHaveLength(3);
  });

  test("two that make the same code at once: one of them does", async () => {
    const { catalog, opened } = await shop();
    const other = await join(opened);
    const outcomes = await Promise.allSettled(
      [catalog, other.catalog].map((node, i) =>
        node.savePlan(BOOK, "p", pounds(`${i}`), { version: 0 }, ann),
      ),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("the same edit again answers what it made, and an edit that changes nothing makes nothing", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    const first = await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1 }, ann);
    const again = await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 1 }, ann);
    const same = await catalog.savePlan(BOOK, "cup-price", pounds("300"), { version: 2 }, ann);
    expect([again, same]).toEqual([0, 1].map(() => ({ ...first, changed: false })));
    expect(await catalog.publish(BOOK, "CUP", { version: 1 }, ann)).toMatchObject({
      version: 2,
      changed: false,
    });
  });

  test("an old one is refused with where things stand", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    const edit = catalog.savePlan(BOOK, "cup-price", pounds("9"), { version: 0 }, ann);
    await expect(edit).rejects.toMatchObject({
      ...code("version_conflict"),
      details: { version: 1, madeOn: 0 },
    });
  });
});

describe("states", () => {
  test("a draft is not sold, what is published is, what is withdrawn is no more", async () => {
    const { catalog } = await shop();
    await catalog.saveType(BOOK, "cup", cupType, { version: 0 }, ann);
    await catalog.savePlan(BOOK, "cup-price", pounds("250"), { version: 0 }, ann);
    await catalog.saveProduct(BOOK, "CUP", cup(), { version: 0 }, ann);
    await expect(priceOf(catalog, "a")).rejects.toMatchObject(code("sku_unknown"));
    await expect(catalog.withdraw(BOOK, "CUP", { version: 1 }, ann)).rejects.toMatchObject(
      code("wrong_state"),
    );
    await catalog.publish(BOOK, "CUP", { version: 1 }, ann);
    expect(await priceOf(catalog, "b")).toBe(250n);
    await catalog.withdraw(BOOK, "CUP", { version: 2 }, ann);
    await expect(priceOf(catalog, "c")).rejects.toMatchObject(code("sku_unknown"));
    const edit = catalog.saveProduct(BOOK, "CUP", cup(), { version: 3 }, ann);
    await expect(edit).rejects.toMatchObject(code("wrong_state"));
    await catalog.publish(BOOK, "CUP", { version: 3 }, ann);
    expect(await priceOf(catalog, "d")).toBe(250n);
  });

  test("a product without variants, or without a price by then, can't be published: all reasons at once", async () => {
    const { catalog } = await shop();
    await catalog.saveType(BOOK, "cup", cupType, { version: 0 }, ann);
    await catalog.saveProduct(BOOK, "BARE", cup({ variants: [] }), { version: 0 }, ann);
    await expect(catalog.publish(BOOK, "BARE", { version: 1 }, ann)).rejects.toMatchObject(
      code("not_publishable"),
    );
    await catalog.savePlan(
      BOOK,
      "cup-price",
      pounds("1"),
      { version: 0, effectiveFrom: NOW + HOUR },
      ann,
    );
    await catalog.saveProduct(BOOK, "CUP", cup(), { version: 0 }, ann);
    const early = catalog.publish(BOOK, "CUP", { version: 1 }, ann);
    await expect(early).rejects.toMatchObject({
      details: { problems: [expect.any(String), expect.any(String)] },
    });
    const edit = { version: 1, effectiveFrom: NOW + HOUR };
    expect(await catalog.publish(BOOK, "CUP", edit, ann)).toMatchObject({ state: "published" });
  });

  test("the past is not edited, and an edit for no instant is none", async () => {
    const { catalog } = await shop();
    await sellCups(catalog);
    for (const effectiveFrom of [NOW - 1, -5, 0.5, Infinity]) {
      const edit = catalog.savePlan(
        BOOK,
        "cup-price",
        pounds("9"),
        { version: 1, effectiveFrom },
        ann,
      );
      await expect(edit).rejects.toMatchObject(code("backdated"));
    }
  });
});

test("a SKU stays with its product for ever, whoever is quicker", async () => {
  const { catalog, opened } = await shop();
  const other = await join(opened);
  await sellCups(catalog);
  const thief = cup({ variants: [{ sku: "CUP-R", values: { colour: "red" } }] });
  const taken = catalog.saveProduct(BOOK, "MUG", thief, { version: 0 }, ann);
  await expect(taken).rejects.toMatchObject(code("sku_taken"));
  const fresh = cup({ variants: [{ sku: "NEW", values: { colour: "red" } }] });
  const outcomes = await Promise.allSettled([
    catalog.saveProduct(BOOK, "A", fresh, { version: 0 }, ann),
    catalog.saveProduct(BOOK, "B", fresh, { version: 0 }, ann),
    other.catalog.saveProduct(BOOK, "C", fresh, { version: 0 }, ann),
  ]);
  const refused = outcomes.flatMap((one) =>
    one.status === "rejected" ? [one.reason as unknown] : [],
  );
  expect(refused).toEqual(new Array(2).fill(expect.objectContaining(code("sku_taken"))));
});

test("a product keeps the version of its type that it was saved by", async () => {
  const { catalog } = await shop();
  await sellCups(catalog);
  const stricter = {
    ...cupType,
    attributes: [
      ...cupType.attributes,
      { key: "litres", kind: "decimal", label: { en: "Litres" }, role: "product", required: true },
    ],
  };
  await catalog.saveType(BOOK, "cup", stricter, { version: 1 }, ann);
  expect(await priceOf(catalog, "a")).toBe(250n);
  const edit = catalog.saveProduct(BOOK, "CUP", cup({ name: { en: "Mug" } }), { version: 2 }, ann);
  await expect(edit).rejects.toMatchObject(code("definition_malformed"));
  const values = { material: "china", litres: "0.30" };
  await catalog.saveProduct(BOOK, "CUP", cup({ values }), { version: 2 }, ann);
  expect(await catalog.at(BOOK, "product", "CUP")).toMatchObject({ body: { typeVersion: 2 } });
});

test("a variant that its own type forbids, or one like another, is refused", async () => {
  const { catalog } = await shop();
  const type = {
    ...cupType,
    constraints: [
      {
        kind: "combine",
        attributes: ["material", "colour"],
        rows: [
          ["china", "red"],
          ["glass", "blue"],
        ],
      },
    ],
  };
  await catalog.saveType(BOOK, "cup", type, { version: 0 }, ann);
  for (const variants of [
    [{ sku: "X", values: { colour: "blue" } }],
    [
      { sku: "X", values: { colour: "red" } },
      { sku: "Y", values: { colour: "red" } },
    ],
    [{ sku: "X", values: {} }],
    [{ sku: "", values: { colour: "red" } }],
    [null],
  ]) {
    const saved = catalog.saveProduct(BOOK, "CUP", cup({ variants }), { version: 0 }, ann);
    await expect(saved).rejects.toMatchObject(code("definition_malformed"));
  }
});

test("mistakes in a type are told all at once, and shapes that are none never crash", async () => {
  const { catalog } = await shop();
  const wrong = {
    name: { en: "" },
    attributes: [
      { key: "Big", kind: "text", label: { en: "x" }, role: "buyer", pattern: "(a+)+" },
      { key: "b", kind: "decimal", label: { en: "x" }, role: "nobody", min: "1", scale: 2 },
    ],
    constraints: [{ kind: "together", attributes: ["b", "c"] }, { kind: "odd" }],
  };
  const saved = catalog.saveType(BOOK, "cup", wrong, { version: 0 }, ann);
  const at = [
    "/name/en",
    "/attributes/0/key",
    "/attributes/0/pattern",
    "/attributes/1/role",
    "/attributes/1/min",
    "/constraints/0/attributes/1",
    "/constraints/1/kind",
  ];
  await expect(saved).rejects.toMatchObject({
    ...code("definition_malformed"),
    details: {
      mistakes: expect.arrayContaining(
        at.map((place) => expect.objectContaining({ at: place }) as unknown),
      ) as unknown,
    },
  });
  for (const nothing of [
    null,
    undefined,
    7,
    "cup",
    [],
    { attributes: [null] },
    { attributes: 7 },
    { constraints: [[]] },
  ]) {
    await expect(catalog.saveType(BOOK, "cup", nothing, { version: 0 }, ann)).rejects.toMatchObject(
      code("definition_malformed"),
    );
    await expect(catalog.savePlan(BOOK, "p", nothing, { version: 0 }, ann)).rejects.toMatchObject(
      code("definition_malformed"),
    );
  }
  await catalog.saveType(BOOK, "cup", cupType, { version: 0 }, ann);
  for (const nothing of [
    { variants: [7] },
    { values: [] },
    { variants: {} },
    { name: null },
    { plan: 1 },
  ]) {
    await expect(
      catalog.saveProduct(BOOK, "CUP", cup(nothing), { version: 0 }, ann),
    ).rejects.toMatchObject(code("definition_malformed"));
  }
});

test("what was saved is in effect at once on every node, by the database's clock", async () => {
  const { opened } = await shop();
  const nodes = await Promise.all(
    [opened, opened].map(async ({ url, schema }) => {
      const database = await openDatabase({ url, schema, poolMax: 3 });
      onTestFinished(() => database.close());
      return openCatalog({ database, lane: nodeLane(database) });
    }),
  );
  const [one, two] = nodes;
  if (one !== undefined) await sellCups(one);
  const lines = [{ sku: "CUP-R", quantity: 1n }];
  for (let version = 1; version <= 20; version++) {
    const price = 1_000 + version;
    await one?.savePlan(BOOK, "cup-price", pounds(`${price}`), { version }, ann);
    for (const [at, node] of nodes.entries()) {
      const { quote } = await node.quote(BOOK, { key: `${version}-${at}`, lines });
      expect(quote.total).toBe(BigInt(price));
    }
  }
  await Promise.all([one?.close(), two?.close()]);
});
