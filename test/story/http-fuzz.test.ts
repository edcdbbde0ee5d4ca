import fc from "fast-check";
import { expect, test } from "vitest";
import { document, type HttpShop, openRetail, resolved } from "./http-shop.ts";
import { place, sellingShop } from "./selling.ts";
import { flow } from "../../src/flow/index.ts";
import { tableJdm } from "../../src/rules/testing.ts";
import type { Operation } from "../../src/http/index.ts";

/** Made from /openapi.json alone: what it says is sent, and what it does not say. */
const RUNS = 700;

const counted = flow("shop.counted", {}, (f) => f.event("shop.closed"));

/** What is there, so that many requests get past the first question. */
const names = {
  book: ["retail", "retail", "market", "market", "nobody", "tenant/42"],
  path: ["shop/cash", "shop/sales", "shop/stock", "supplier", "new/1", "x"],
  prefix: ["shop", "new", "nothing"],
  asset: ["CNY/2", "SKU:LAMP/0", "NEW/3"],
  id: ["delivery-1", "a1", "a2", "a3", "h1", "h2"],
};
const known: Readonly<Record<string, readonly string[]>> = {
  ...names,
  account: names.path,
  debit: names.path,
  credit: names.path,
  pendingId: names.id,
  chain: ["c1", "c2"],
  flow: ["shop.counted", "shop.counted", "nobody"],
  event: ["shop.closed", "shop.opened"],
  order: ["o-1", "o-2", "o-3"],
  buyer: ["ann", "bob", "carol"],
  sku: ["TEA", "CUP", "LAMP"],
  company: ["acme", "other"],
  month: ["2026-11", "2026-13"],
  means: ["wallet", "company", "cash"],
  code: ["TEA", "CUP", "goods", "TEA-price", "MUG"],
  key: ["k-1", "k-2"],
  name: ["price", "price", "nobody"],
  version: ["1", "2"],
  state: ["onSale", "any", "active", "draft"],
};

const strange = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom("", " ", "\u0000", "..", "%", "𝕏", "null", "-0", "1e999", "x".repeat(2_000)),
);
const anything = fc.oneof(
  { weight: 3, arbitrary: strange },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

interface Shape {
  readonly type?: string;
  readonly const?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
}

/** Values of a shape, named things among those that are there. */
function valuesOf(shape: Shape, name = ""): fc.Arbitrary<unknown> {
  const some = shape.anyOf ?? shape.oneOf;
  if (some !== undefined) return fc.oneof(...some.map((one) => valuesOf(one, name)));
  if (shape.const !== undefined) return fc.constant(shape.const);
  const listed = known[name];
  if (listed !== undefined && shape.type === "string") return fc.constantFrom(...listed);
  switch (shape.type) {
    case "object":
      return objectsOf(shape);
    case "array":
      return fc.array(valuesOf(shape.items ?? {}), { maxLength: 4 });
    case "string":
      return shape.pattern === undefined ? strange : textsOf(shape.pattern);
    case "integer":
      return fc.oneof(fc.nat({ max: 100_000 }), fc.integer(), fc.maxSafeInteger());
    case "boolean":
      return fc.boolean();
    default:
      return anything;
  }
}

/** Small amounts mostly: huge ones are refused, and no money moves. */
function textsOf(pattern: string): fc.Arbitrary<string> {
  const small = fc.nat({ max: 20 }).map(String);
  const matching = fc.stringMatching(new RegExp(pattern));
  return new RegExp(pattern).test("7") ? fc.oneof(small, matching) : matching;
}

function objectsOf({ properties = {}, required = [] }: Shape): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(
    ([key, shape]) => [key, valuesOf(shape, key)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
}

/** Sometimes as declared, sometimes with one field spoilt, now and then something else altogether. */
function bodiesOf(shape: Shape): fc.Arbitrary<unknown> {
  const good = valuesOf(shape);
  const spoilt = fc.tuple(good, fc.string({ maxLength: 8 }), anything).map(([body, key, value]) => {
    if (typeof body !== "object" || body === null) return body;
    const keys = Object.keys(body);
    const field = keys[key.length % Math.max(1, keys.length)] ?? key;
    return { ...body, [key.length > 5 ? key : field]: value };
  });
  return fc.oneof(
    { weight: 6, arbitrary: good },
    { weight: 3, arbitrary: spoilt },
    { weight: 1, arbitrary: anything },
  );
}

interface Sent {
  readonly request: string;
  readonly body: string | undefined;
}

function requestsOf(method: string, path: string, operation: Operation): fc.Arbitrary<Sent> {
  const { parameters, requestBody } = operation;
  const values = fc.record(
    Object.fromEntries(
      parameters.map(({ name, schema, required }) => {
        const usual = valuesOf(schema as Shape, name) as fc.Arbitrary<string>;
        const value = fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: strange });
        return [name, required ? value : fc.option(value, { nil: undefined, freq: 1 })];
      }),
    ),
  );
  const shape = requestBody?.content["application/json"]?.schema;
  const body = shape === undefined ? fc.constant(undefined) : bodiesOf(resolved(shape));
  return fc.tuple(values, body).map(([values, body]) => {
    return { request: `${method} ${urlOf(path, parameters, values)}`, body: textOf(body) };
  });
}

function urlOf(
  path: string,
  parameters: Operation["parameters"],
  values: Readonly<Record<string, string | undefined>>,
): string {
  let url = path;
  const query = new URLSearchParams();
  for (const { name, in: place } of parameters) {
    const value = values[name];
    // A wait would only make the test slow; an empty or dotted segment is another URL.
    if (value === undefined || name === "waitMs") continue;
    if (place === "query") query.set(name, value);
    else
      url = url.replace(
        `{${name}}`,
        encodeURIComponent(/^\.{0,2}$/.test(value) ? "x" : value.toWellFormed()),
      );
  }
  return query.size === 0 ? url : `${url}?${query.toString()}`;
}

function textOf(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) =>
    requestsOf(method.toUpperCase(), path, operation),
  ),
);

/** Chance alone may leave one out. */
const ONE_OF_EACH: [{ request: string; body: string | undefined }][] = [
  [{ request: "GET /v1/books", body: undefined }],
  [{ request: "PUT /v1/books/fuzzed", body: undefined }],
  [{ request: "GET /v1/books?limit=many", body: undefined }],
  [{ request: "GET /v1/books/nowhere/accounts", body: undefined }],
];

test("whatever is sent, the answer is a declared one and never a bug", async () => {
  const shop = await sellingShop({ flows: [counted] });
  await openRetail(shop);
  for (const id of ["o-1", "o-2"]) expect((await place(shop, id, { TEA: 1 })).status).toBe(201);
  await decideInMarket(shop);
  const met = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(fc.oneof(...operations), async ({ request, body }) => {
      const { status, text } = await send(shop, request, body);
      expect(status, `${request} ${body}: ${text}`).not.toBe(500);
      met.set(status, (met.get(status) ?? 0) + 1);
    }),
    { numRuns: RUNS, endOnFailure: true, examples: ONE_OF_EACH },
  );
  for (const status of [200, 201, 400, 404]) expect(met.get(status) ?? 0).toBeGreaterThan(0);
  const { balanced } = (await shop.ask("GET /v1/books/retail/trial-balance")).body;
  expect(balanced).toBe(true);
  expect(await (await shop.ledger.book("retail")).verify()).toMatchObject({ verified: true });
});

/** A rule that is live. */
async function decideInMarket({ selling }: HttpShop): Promise<void> {
  const [owner, from, request] = ["ann", "here", "the fuzz"];
  const ann = { owner, kind: "person", from, request } as const;
  const jdm = JSON.stringify(tableJdm({ inputs: ["a"], outputs: ["b"], rows: [["", "1"]] }));
  const tests = [{ name: "any", input: {}, output: { b: 1 } }];
  await selling?.rules.import("market", { name: "price", jdm, tests }, ann);
  await selling?.rules.test("market", "price", 1, ann);
  await selling?.rules.approve("market", "price", 1, { by: { ...ann, owner: "bob" } });
  await selling?.rules.makeLive("market", "price", 1, { by: ann });
}

function send(shop: HttpShop, request: string, body: string | undefined) {
  return body === undefined
    ? shop.ask(request)
    : shop.ask(request, body, { headers: { "content-type": "application/json" } });
}
