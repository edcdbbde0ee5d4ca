/** A catalogue over HTTP: saved, sold from, quoted; who may see and do what; refusals in both languages. */
import { Compile } from "typebox/compile";
import { describe, expect, test } from "vitest";
import { asked, catalogShop, cup, cupType, flat, HERE } from "./catalog-shop.ts";
import { resolved } from "./http-shop.ts";

const codeOf = ({ body }: { readonly body: Record<string, unknown> }) => body["code"];

test("what is saved is a version, on sale when published, told with who made it (P8)", async () => {
  const shop = await catalogShop();
  const again = await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, { plan: flat("250") });
  expect(again.body).toMatchObject({ kind: "plan", version: 1, changed: false });
  const phased = {
    ...flat("0"),
    scheme: {
      kind: "phased",
      phases: [
        { from: "2026-01-01T00:00:00Z", scheme: { kind: "flat", amount: "300" } },
        { from: "2099-01-01T00:00:00Z", scheme: { kind: "flat", amount: "400" } },
      ],
    },
  };
  const saved = await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, {
    plan: phased,
    expected: 1,
  });
  expect(saved.body).toMatchObject({ version: 2, changed: true });
  const stale = await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, {
    plan: flat("1"),
    expected: 1,
  });
  expect([stale.status, codeOf(stale)]).toEqual([409, "catalog.version_conflict"]);
  expect(stale.body["details"]).toMatchObject({ version: 2, madeOn: 1 });
  const plan = await shop.ask(`GET ${HERE}/catalog/plans/cup-price`);
  expect(plan.body).toMatchObject({
    version: 2,
    body: { scheme: { phases: [{ from: "2026-01-01T00:00:00.000Z" }, {}] } },
  });
  const versions = await shop.ask(`GET ${HERE}/catalog/plans/cup-price/versions?limit=1`);
  expect(versions.body).toMatchObject({
    items: [{ version: 2, by: expect.stringMatching(/^admin\//) as string }],
  });
  const cursor = String(versions.body["cursor"]);
  const rest = await shop.ask(
    `GET ${HERE}/catalog/plans/cup-price/versions?limit=1&cursor=${cursor}`,
  );
  expect(rest.body).toMatchObject({ items: [{ version: 1 }] });
  const withdrawn = await shop.ask(`POST ${HERE}/catalog/products/CUP/withdraw`, {});
  expect(withdrawn.body).toMatchObject({ version: 3, state: "withdrawn" });
  expect((await shop.ask(`GET ${HERE}/catalog/products/CUP/buy-page`)).status).toBe(404);
  const found = await shop.ask(`GET ${HERE}/catalog/search?state=withdrawn`);
  expect(found.body).toMatchObject({ items: [{ code: "CUP", state: "withdrawn" }] });
});

test("a definition is refused with all of its mistakes, each at its place", async () => {
  const shop = await catalogShop();
  const wrong = { ...cupType, attributes: [{ key: "A B", kind: "colour" }], name: { en: "" } };
  const answer = await shop.ask(`PUT ${HERE}/catalog/types/mug`, { type: wrong });
  expect([answer.status, codeOf(answer)]).toEqual([400, "catalog.definition_malformed"]);
  const mistakes = answer.body["mistakes"] as { at: string; en: string }[];
  expect(mistakes.map(({ at }) => at)).toEqual(
    expect.arrayContaining(["/name/en", "/attributes/0/key", "/attributes/0/kind"]),
  );
  const free = await shop.ask(`PUT ${HERE}/catalog/products/MUG`, {
    product: { ...cup, type: "mug" },
  });
  expect([free.status, codeOf(free)]).toEqual([404, "catalog.missing"]);
});

describe("what a buyer is refused is said in both languages, with what to do", () => {
  const cases: readonly (readonly [string, object, number, string])[] = [
    ["an unknown product", asked("q", {}, { sku: "NONE" }), 422, "catalog.sku_unknown"],
    ["none of something", asked("q", {}, { quantity: "0" }), 422, "catalog.quantity_refused"],
    ["less than none", asked("q", {}, { quantity: "-5" }), 422, "catalog.quantity_refused"],
    [
      "a huge quantity",
      asked("q", {}, { quantity: "9".repeat(39) }),
      422,
      "catalog.quantity_refused",
    ],
    ["no lines", asked("q", { lines: [] }), 400, "catalog.request_malformed"],
    ["a region that is none", asked("q", { region: "Mars" }), 400, "catalog.request_malformed"],
    ["a key that is none", asked(" "), 400, "catalog.request_malformed"],
    [
      "impossible options",
      asked("q", {}, { sku: "CUP-B", attributes: { engraving: "Ann" } }),
      422,
      "catalog.options_refused",
    ],
  ];
  test("each by its code", async () => {
    const shop = await catalogShop();
    for (const [name, body, status, code] of cases) {
      const answer = await shop.ask(`POST ${HERE}/quotes`, body);
      expect([name, answer.status, codeOf(answer)]).toEqual([name, status, code]);
      expect(answer.body["words"], name).toMatchObject({
        en: expect.stringMatching(/\. \S/) as string,
        zh: expect.stringMatching(/\p{Script=Han}/u) as string,
      });
    }
  });

  test("impossible options say which, in the words of their author", async () => {
    const shop = await catalogShop();
    const line = { sku: "CUP-B", attributes: { engraving: "far too long for it" } };
    const answer = await shop.ask(`POST ${HERE}/quotes`, asked("q", {}, line));
    expect(answer.body["mistakes"]).toMatchObject([
      { at: "/lines/0/attributes/engraving", zh: "刻字：须为 1 到 10 个字符" },
    ]);
    const blue = { sku: "CUP-B", attributes: { engraving: "Ann" } };
    const other = await shop.ask(`POST ${HERE}/quotes`, asked("q", {}, blue));
    expect(other.body["mistakes"]).toMatchObject([
      { en: "Blue cups can't be engraved", zh: "蓝色杯子不能刻字" },
    ]);
  });

  test("a number for a quantity, a field that isn't there, an unknown tenant", async () => {
    const shop = await catalogShop();
    const number = await shop.ask(`POST ${HERE}/quotes`, asked("q", {}, { quantity: 3 }));
    expect([number.status, codeOf(number)]).toEqual([400, "http.body_malformed"]);
    const field = await shop.ask(`POST ${HERE}/quotes`, asked("q", { total: "1" }));
    expect([field.status, codeOf(field)]).toEqual([400, "http.body_malformed"]);
    const nobody = await shop.ask("POST /v1/books/nobody/quotes", asked("q"));
    expect([nobody.status, codeOf(nobody)]).toEqual([404, "ledger.book_missing"]);
    await shop.ask("PUT /v1/books/bare");
    const bare = await shop.ask("POST /v1/books/bare/quotes", asked("q"));
    expect([bare.status, codeOf(bare)]).toEqual([404, "catalog.book_unknown"]);
    for (const { body } of [number, field, nobody, bare]) {
      const { en, zh } = body["words"] as Record<string, string>;
      expect(en).toMatch(/^[A-Z]/);
      expect(zh).toMatch(/\p{Script=Han}/u);
    }
  });
});

test("a quote is made once under its key, checked, and made anew showing both prices (P2)", async () => {
  const shop = await catalogShop();
  const made = await shop.ask(`POST ${HERE}/quotes`, asked("basket-1"));
  expect([made.status, made.body["status"]]).toEqual([201, "created"]);
  const again = await shop.ask(`POST ${HERE}/quotes`, asked("basket-1"));
  expect([again.status, again.body]).toEqual([200, { ...made.body, status: "exists" }]);
  const other = await shop.ask(`POST ${HERE}/quotes`, asked("basket-1", { coupon: "MORE" }));
  expect([other.status, codeOf(other)]).toEqual([409, "catalog.quote_key_conflict"]);
  const { id, hash, total } = made.body["quote"] as Record<string, string>;
  expect(total).toBe("750");
  const read = await shop.ask(`GET ${HERE}/quotes/${id}`);
  expect(read.body).toEqual(made.body["quote"]);
  const good = await shop.ask(`GET ${HERE}/quotes/${id}/check?hash=${hash}&total=750`);
  expect(good.body["status"]).toBe("good");
  const altered = await shop.ask(`GET ${HERE}/quotes/${id}/check?hash=${hash}&total=1`);
  expect(altered.body).toMatchObject({
    status: "altered",
    echoed: { total: "1" },
    differs: ["total"],
  });
  const plan = { plan: flat("300"), expected: 1 };
  await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, plan);
  const anew = await shop.ask(`POST ${HERE}/quotes/${id}/requote`, { key: "basket-2" });
  expect(anew.body).toMatchObject({ changes: [{ sku: "CUP-R", before: "750", now: "900" }] });
  await shop.ask(`POST ${HERE}/catalog/products/CUP/withdraw`, {});
  const gone = await shop.ask(`GET ${HERE}/quotes/${id}/check?hash=${hash}&total=750`);
  expect(gone.body).toMatchObject({
    ...{ status: "withdrawn", skus: ["CUP-R"] },
    now: { status: "refused", code: "catalog.sku_unknown" },
  });
});

test("an expired quote shows what it costs now", async () => {
  const shop = await catalogShop();
  await shop.ask(`PUT ${HERE}/catalog`, { quoteTtlMs: 1_000 });
  const made = await shop.ask(`POST ${HERE}/quotes`, asked("short"));
  const { id, hash } = made.body["quote"] as Record<string, string>;
  await shop.ask(`PUT ${HERE}/catalog/plans/cup-price`, { plan: flat("300"), expected: 1 });
  const check = `GET ${HERE}/quotes/${id}/check?hash=${hash}&total=750`;
  await expect
    .poll(async () => (await shop.ask(check)).body, { timeout: 60_000 })
    .toMatchObject({ status: "expired", now: { status: "priced", total: "900" } });
});

test("a buyer sees what is on sale, and neither drafts nor prices nor rules", async () => {
  const shop = await catalogShop();
  const ann = { key: await shop.keyOf(["shop.buy@retail:user/ann"]) };
  const stranger = { key: await shop.keyOf(["shop.buy@other"]) };

  const page = await shop.ask(`GET ${HERE}/catalog/search?text=cup`, undefined, ann);
  expect(page.body).toMatchObject({ items: [{ code: "CUP" }] });
  const form = await shop.ask(`GET ${HERE}/catalog/products/CUP/buy-page`, undefined, ann);
  expect(form.body).toMatchObject({
    schema: { type: "object" },
    ui: { asked: [{ key: "engraving" }] },
  });
  // What the form lets through is a line as a quote takes it: a quantity is text.
  const schema = Compile(resolved(form.body["schema"]));
  const line = { sku: "CUP-R", attributes: {} };
  const fits = (quantity: unknown) => schema.Check({ ...line, quantity });
  expect(["3", "1", "0", "-1", "1.5", "03", 3].map(fits)).toEqual([
    ...[true, true, false, false, false, false, false],
  ]);
  const lines = [{ ...line, quantity: "3" }];
  const quoted = await shop.ask(`POST ${HERE}/quotes`, { key: "user/ann/form", lines }, ann);
  expect(quoted.status).toBe(201);
  for (const request of [
    `GET ${HERE}/catalog/search?state=any`,
    `GET ${HERE}/catalog/plans/cup-price`,
    `GET ${HERE}/catalog/products/CUP/versions`,
    `GET ${HERE}/catalog/export`,
    `PUT ${HERE}/catalog/plans/cup-price`,
    `POST ${HERE}/catalog/products/CUP/withdraw`,
    `POST ${HERE}/catalog/import`,
    `GET ${HERE}/rules`,
    `POST ${HERE}/rules/price/decide`,
  ]) {
    const body = request.startsWith("PUT") ? { plan: flat("1") } : undefined;
    const answer = await shop.ask(request, body, ann);
    expect([request, answer.status, codeOf(answer)]).toEqual([
      request,
      403,
      "access.not_permitted",
    ]);
    const other = await shop.ask(request, body, stranger);
    expect([request, other.status, codeOf(other)]).toEqual([request, 404, "ledger.book_missing"]);
  }
});

test("a buyer's quotes lie under the buyer's prefix, and a desk agrees on prices for them", async () => {
  const shop = await catalogShop();
  const ann = { key: await shop.keyOf(["shop.buy@retail:user/ann"]) };
  const bob = { key: await shop.keyOf(["shop.buy@retail:user/bob"]) };
  const desk = { key: await shop.keyOf(["shop.operate@retail"]) };
  const elsewhere = await shop.ask(`POST ${HERE}/quotes`, asked("basket-1"), ann);
  expect([elsewhere.status, elsewhere.body["pointer"]]).toEqual([403, "/key"]);
  const own = await shop.ask(`POST ${HERE}/quotes`, asked("user/ann/basket-1"), ann);
  expect(own.status).toBe(201);
  const { id } = own.body["quote"] as Record<string, string>;
  expect((await shop.ask(`GET ${HERE}/quotes/${id}`, undefined, ann)).status).toBe(200);
  expect((await shop.ask(`GET ${HERE}/quotes/${id}`, undefined, desk)).status).toBe(200);
  const foreign = await shop.ask(`GET ${HERE}/quotes/${id}`, undefined, bob);
  const none = await shop.ask(`GET ${HERE}/quotes/nothing`, undefined, bob);
  expect([foreign.status, codeOf(foreign)]).toEqual([404, "catalog.quote_missing"]);
  expect([none.status, codeOf(none)]).toEqual([404, "catalog.quote_missing"]);

  const agreed = { agreed: { amount: "199", reason: "invoice 536365" } };
  const cheap = asked("user/ann/offer-7", {}, agreed);
  const denied = await shop.ask(`POST ${HERE}/quotes`, cheap, ann);
  expect([denied.status, denied.body["pointer"]]).toEqual([403, "/lines/0/agreed"]);
  const offer = await shop.ask(`POST ${HERE}/quotes`, cheap, desk);
  expect(offer.body).toMatchObject({
    quote: {
      total: "597",
      lines: [
        {
          proof: {
            path: ["agreed"],
            agreed: { ...agreed.agreed, by: expect.stringMatching(/^till\//) as string },
          },
        },
      ],
    },
  });
  const gold = asked("user/ann/gold-1", { member: "gold" });
  const claimed = await shop.ask(`POST ${HERE}/quotes`, gold, ann);
  expect([claimed.status, claimed.body["pointer"]]).toEqual([403, "/member"]);
  const granted = await shop.ask(`POST ${HERE}/quotes`, gold, desk);
  expect(granted.status).toBe(201);
  // The level was granted for this quote: the buyer sees it, and doesn't renew it alone.
  const golden = `${HERE}/quotes/${(granted.body["quote"] as Record<string, string>)["id"]}`;
  expect((await shop.ask(`GET ${golden}`, undefined, ann)).status).toBe(200);
  const renewed = await shop.ask(`POST ${golden}/requote`, { key: "user/ann/gold-2" }, ann);
  expect([renewed.status, renewed.body["pointer"]]).toEqual([403, "/member"]);
  const again = await shop.ask(`POST ${golden}/requote`, { key: "user/ann/gold-2" }, desk);
  expect(again.status).toBe(200);
  const offered = (offer.body["quote"] as Record<string, string>)["id"];
  expect((await shop.ask(`GET ${HERE}/quotes/${offered}`, undefined, ann)).body).toMatchObject({
    total: "597",
  });
});
