import { connect, LongmenProblem, OutcomeUnknown } from "longmen/client";
import { expect, test } from "vitest";
import { clientShop, earned, sale } from "./client-shop.ts";

const TRANSFERS = "POST /v1/books/retail/transfers";
const BATCHES = "POST /v1/books/retail/batches";

test("calls of one tick travel together, each with its own answer; a lone one travels alone", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  expect(await book.submit(sale("alone"))).toMatchObject({ status: "created" });
  const many = await Promise.all(
    Array.from({ length: 300 }, (_, place) => book.submit(sale(`s${place}`, BigInt(place)))),
  );
  expect(many.map((answer) => answer.status !== "refused" && answer.amount)).toEqual(
    Array.from({ length: 300 }, (_, place) => BigInt(place)),
  );
  expect(shop.sent).toEqual([TRANSFERS, BATCHES]);
});

test("a refusal and a chain in a common batch are told to their own callers", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  const lamps = { id: "l1", asset: "SKU:LAMP/0", debit: "shop/sold", credit: "shop/stock" };
  const answers = await Promise.all([
    book.submit(sale("s1")),
    book.submit({ ...lamps, amount: 11n }),
    book.chain({ chain: "c1", requests: [sale("c1-a"), sale("c1-b")] }),
    book.open({ path: "shop/fees", asset: "CNY/2", side: "debit" }),
  ]);
  expect(answers).toMatchObject([
    { status: "created" },
    { status: "refused", code: "ledger.credit_account_exceeds_bound" },
    { status: "created", answers: [{ status: "created" }, { status: "created" }] },
    { status: "created" },
  ]);
  expect(sent).toEqual([BATCHES]);
});

test("calls of two rules don't share a batch", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  const rules = ["price/1", "price/1", "price/2"];
  await Promise.all(rules.map((rule, place) => book.submit(sale(`s${place}`), { rule })));
  expect(sent).toEqual([BATCHES, TRANSFERS]);
  const entries = await Promise.all(rules.map((_, place) => book.find(`s${place}`)));
  expect(entries.map((entry) => entry?.rule)).toEqual(rules);
});

test("who wants no balances is answered without, and travels with those who want none", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  const [bare, other, full] = await Promise.all([
    book.submit(sale("s1"), { balances: false }),
    book.chain({ chain: "c1", requests: [sale("c1-a")] }, { balances: false }),
    book.submit(sale("s2")),
  ]);
  expect(bare).toMatchObject({ status: "created", request: sale("s1"), amount: 100n });
  expect(bare).not.toHaveProperty("debit");
  expect(other).toMatchObject({ answers: [{ status: "created" }] });
  expect(other).not.toHaveProperty("answers.0.debit");
  expect(full).toMatchObject({ status: "created", debit: { debitsPosted: 300n } });
  expect(sent).toEqual([BATCHES, TRANSFERS]);
});

test("at most 8,192 entries go in one batch, and four batches at one time", async () => {
  const sizes: number[] = [];
  let inFlight = 0;
  let most = 0;
  const { longmen } = await clientShop({
    fetch: async (input, init) => {
      const { items } = JSON.parse((init?.body as string | undefined) ?? "{}") as {
        readonly items?: readonly unknown[];
      };
      sizes.push(items?.length ?? 1);
      most = Math.max(most, (inFlight += 1));
      try {
        return await fetch(input, init);
      } finally {
        inFlight -= 1;
      }
    },
  });
  const book = longmen.book("retail");
  const calls = Array.from({ length: 20_000 }, (_, place) => book.submit(sale(`s${place}`, 1n)));
  const answers = await Promise.all(calls);
  expect(answers.every(({ status }) => status === "created")).toBe(true);
  expect(sizes).toEqual([8_192, 8_192, 3_616]);

  // Callers that each ask one by one: never more than four on their way, and nobody is left out.
  const told = Array.from({ length: 40 }, () => 0);
  await Promise.all(
    told.map(async (_, caller) => {
      for (let turn = 0; turn < 20; turn++) {
        await book.submit(sale(`c${caller}-${turn}`, 1n));
        told[caller] = turn + 1;
        // Between the slowest and the fastest caller lie no more than the batches on their way.
        expect(turn + 1 - Math.min(...told)).toBeLessThanOrEqual(8);
      }
    }),
  );
  expect(most).toBeLessThanOrEqual(4);
});

test("a malformed call in a common batch fails alone", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const stranger = { ...sale("bad"), colour: "red" };
  const asked = [sale("s1"), sale("s2"), stranger, sale("s3"), { ...stranger, id: "bad-2" }];
  const told = await Promise.allSettled(asked.map((one) => book.submit(one)));
  expect(told.map(({ status }) => status)).toEqual([
    ...["fulfilled", "fulfilled", "rejected", "fulfilled", "rejected"],
  ]);
  for (const one of told) {
    if (one.status === "rejected") expect(one.reason).toBeInstanceOf(LongmenProblem);
    if (one.status === "rejected") expect(one.reason).not.toBeInstanceOf(OutcomeUnknown);
  }
  expect(await earned(shop)).toBe(300n);
});

test("of a common batch a limited key may do its part, and is told no for the rest", async () => {
  const { longmen, line } = await clientShop();
  const { token } = await longmen.keys.create({
    ...{ owner: "till", ownerKind: "service", scopes: ["write@retail:shop"] },
  });
  const book = connect({ url: line.url, key: token }).book("retail");
  const asked = ["shop/1", "other/1", "shop/2", "shop/3", "other/2"];
  const told = await Promise.allSettled(asked.map((id) => book.submit(sale(id))));
  expect(told.map((one) => (one.status === "fulfilled" ? one.value.status : "no"))).toEqual([
    ...["created", "no", "created", "created", "no"],
  ]);
});

test("who leaves before a batch goes is not in it; who stays is", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const leaver = new AbortController();
  const calls = [
    book.submit(sale("stays")),
    book.submit(sale("leaves"), { signal: leaver.signal }),
    book.submit(sale("was-gone"), { signal: AbortSignal.abort(new Error("gone before")) }),
  ];
  leaver.abort(new Error("changed my mind"));
  const told = await Promise.allSettled(calls);
  expect(told).toMatchObject([
    { value: { status: "created" } },
    { reason: { message: "changed my mind" } },
    { reason: { message: "gone before" } },
  ]);
  expect(await book.find("leaves")).toBeUndefined();
  expect(await book.find("was-gone")).toBeUndefined();
  expect(await earned(shop)).toBe(100n);
});

test("of a full batch the half that is not permitted costs one more request, and nobody is left unsure", async () => {
  const { longmen, line } = await clientShop();
  const { token } = await longmen.keys.create({
    ...{ owner: "till", ownerKind: "service", scopes: ["write@retail:shop"] },
  });
  const bodies: string[] = [];
  const limited = connect({
    url: line.url,
    key: token,
    fetch: (input, init) => {
      bodies.push(init?.body as string);
      return fetch(input, init);
    },
  }).book("retail");
  const asked = Array.from({ length: 2_000 }, (_, n) => `${n % 2 === 0 ? "shop" : "other"}/${n}`);
  const chain = { chain: "shop/c", requests: [sale("shop/c1"), sale("other/c2")] };
  const told = await Promise.allSettled([
    ...asked.map((id) => limited.submit(sale(id))),
    limited.chain(chain),
    limited.open({ path: "shop/new", asset: "CNY/2", side: "debit" }),
  ]);
  const no = { code: "access.not_permitted", status: 403 };
  for (const [place, one] of told.slice(0, 2_000).entries()) {
    if (place % 2 === 0) expect(one).toMatchObject({ value: { status: "created" } });
    else expect(one).toMatchObject({ reason: { ...no, pointer: undefined } });
    if (one.status === "rejected") expect(one.reason).not.toBeInstanceOf(OutcomeUnknown);
  }
  expect(told.slice(2_000)).toMatchObject([
    { reason: { ...no, pointer: "/requests/1" } },
    // Another right is lacking: that is another reason, and one more request.
    { reason: { ...no, message: expect.stringContaining("define@retail") as string } },
  ]);
  const sizes = bodies.map((body) => (JSON.parse(body) as { items: unknown[] }).items.length);
  expect(sizes).toEqual([2_002, 1_001, 1_000]);
});

test("P2 a call that is not permitted is told so, also where an earlier answer was lost", async () => {
  const { longmen, line } = await clientShop();
  const { token } = await longmen.keys.create({
    ...{ owner: "till", ownerKind: "service", scopes: ["write@retail:shop"] },
  });
  let lost = 0;
  const book = connect({
    url: line.url,
    key: token,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (lost++ > 0) return response;
      throw new TypeError("fetch failed", { cause: new Error("other side closed") });
    },
  }).book("retail");
  const told = await Promise.allSettled([
    book.submit(sale("shop/1")),
    book.submit(sale("other/1")),
  ]);
  expect(told).toMatchObject([
    { value: { status: "created" } },
    { reason: { code: "access.not_permitted" } },
  ]);
});

test("many malformed calls of one batch fail in a few batches each, and the others are done", async () => {
  const { longmen, sent } = await clientShop();
  const book = longmen.book("retail");
  const asked = Array.from({ length: 256 }, (_, n) => {
    return n % 16 === 3 ? { ...sale(`bad-${n}`), colour: "red" } : sale(`s-${n}`);
  });
  const told = await Promise.allSettled(asked.map((one) => book.submit(one)));
  for (const [n, one] of told.entries()) {
    if (n % 16 !== 3) expect(one).toMatchObject({ value: { status: "created" } });
    else expect(one).toMatchObject({ reason: { pointer: "/colour", code: "http.body_malformed" } });
  }
  expect(sent.length).toBeLessThan(16 * 4);
});

test("a port that fetch keeps away from is named, and nothing was sent", async () => {
  const url = "http://127.0.0.1:6000";
  const book = connect({ url, key: "lm_abcdefghijkl_x", fetch: globalThis.fetch }).book("retail");
  const told = await book.submit(sale("s1")).catch((error: unknown) => error);
  expect(told).toMatchObject({ code: "client.port_forbidden", retry: "never", status: 0 });
  expect(told).not.toBeInstanceOf(OutcomeUnknown);
});

test("an older server, which names one item that is not permitted, is asked a few times more", async () => {
  const { longmen, line } = await clientShop();
  const { token } = await longmen.keys.create({
    ...{ owner: "till", ownerKind: "service", scopes: ["write@retail:shop"] },
  });
  let requests = 0;
  const book = connect({
    url: line.url,
    key: token,
    fetch: async (input, init) => {
      requests += 1;
      const response = await fetch(input, init);
      if (response.status !== 403) return response;
      const { pointers: _pointers, ...problem } = (await response.json()) as { pointers?: unknown };
      return Response.json(problem, { status: 403 });
    },
  }).book("retail");
  const asked = Array.from({ length: 200 }, (_, n) => (n % 40 === 7 ? `other/${n}` : `shop/${n}`));
  const told = await Promise.allSettled(asked.map((id) => book.submit(sale(id))));
  for (const [place, one] of told.entries()) {
    if (asked[place]?.startsWith("shop/") === true) expect(one.status).toBe("fulfilled");
    else expect(one).toMatchObject({ reason: { code: "access.not_permitted" } });
  }
  expect(requests).toBeLessThan(5 * 4);
});
