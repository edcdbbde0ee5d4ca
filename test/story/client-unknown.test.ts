import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Answer, connect, LongmenProblem, OutcomeUnknown } from "longmen/client";
import { expect, onTestFinished, test } from "vitest";
import { allOf, clientShop, earned, sale } from "./client-shop.ts";

const unknownOf = (error: unknown): OutcomeUnknown => {
  if (error instanceof OutcomeUnknown) return error;
  throw new Error("the outcome should not be known", { cause: error });
};

test("P2: the reply is lost after the commit, and the client's own retry finds it done once", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const cut = shop.line.cutAfter('"id":"s1"', { lingerMs: 2_000 });
  const answer = await book.submit(sale("s1"));
  await cut;
  expect(shop.sent).toHaveLength(2);
  // Either it waited for the first one to be done, or it came before it.
  expect(["created", "exists"]).toContain(answer.status);
  expect(await earned(shop)).toBe(100n);
});

test("P1: a server that is cut off for good leaves the outcome unknown; look-up and repeat tell it", async () => {
  const shop = await clientShop({ deadlineMs: 2_500 });
  const book = shop.longmen.book("retail");
  const cut = shop.line.cutAfter('"id":"s1"', { lingerMs: 2_000 });
  const asked = book.submit(sale("s1")).catch(unknownOf);
  await cut;
  const back = shop.away();
  const error = (await asked) as OutcomeUnknown;
  expect(error).toMatchObject({ code: "client.outcome_unknown", retry: "same_request" });
  expect(error.postings).toMatchObject([{ id: "s1" }]);
  expect(error.traceId).toMatch(/^[0-9a-f]{32}$/);
  // While the server is away, looking it up says that, and claims nothing.
  await expect(error.resolve({ deadlineMs: 300 })).rejects.toBeInstanceOf(LongmenProblem);
  back();
  const [found] = await error.resolve();
  expect(found).toMatchObject({ state: "carried_out", entries: [{ id: "s1", amount: 100n }] });
  expect(await error.again()).toMatchObject([{ status: "exists", amount: 100n }]);
  expect(await earned(shop)).toBe(100n);
});

test("P1: what never reached the server is not found, and done by asking again", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const cut = shop.line.cutBefore('"id":"s1"');
  const stop = new AbortController();
  const asked = book.submit(sale("s1"), { signal: stop.signal }).catch(unknownOf);
  await cut;
  const back = shop.away();
  stop.abort();
  const error = (await asked) as OutcomeUnknown;
  back();
  // It is looked for as long as it is asked to: here until it was not there for the first time.
  const look = await error.resolve({ deadlineMs: 2_000 });
  expect(look).toMatchObject([{ state: "not_found" }]);
  expect(await error.again()).toMatchObject([{ status: "created" }]);
  expect(await error.resolve()).toMatchObject([{ state: "carried_out" }]);
});

test("a look-up waits for a request that is still on its way", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const swallowed = shop.line.swallow('"id":"s1"');
  const stop = new AbortController();
  const asked = book.submit(sale("s1"), { signal: stop.signal }).catch(unknownOf);
  await swallowed;
  stop.abort();
  const error = (await asked) as OutcomeUnknown;
  const resolving = error.resolve({ deadlineMs: 30_000 });
  await pause(400);
  await shop.shop.ask("POST /v1/books/retail/transfers", onWire("s1"));
  expect(await resolving).toMatchObject([{ state: "carried_out" }]);
});

const onWire = (id: string) => ({ ...sale(id), amount: "100" });

test("P1, P2: under load, cut again and again between commit and reply, every sale is one sale", async () => {
  const shop = await clientShop({ deadlineMs: 150 });
  const book = shop.longmen.book("retail");
  const ids = Array.from({ length: 400 }, (_, place) => `s${place}`);
  let unknown = 0;
  const sell = async (id: string): Promise<Answer> => {
    for (let turn = 1; ; turn++) {
      const told = await book.submit(sale(id, 1n)).catch((error: unknown) => error);
      if (!(told instanceof Error)) return told as Answer;
      if (told instanceof OutcomeUnknown) {
        unknown += 1;
        const [answer] = await told.again({ deadlineMs: 10_000 }).catch(() => []);
        if (answer !== undefined) return answer as Answer;
        continue;
      }
      // Nothing was done: that is certain, so it may as well be asked anew.
      expect(told).toMatchObject({ retry: "same_request" });
      if (turn > 100) throw told;
    }
  };
  let running = true;
  const cutting = (async () => {
    let sprung: Promise<void> | undefined;
    while (running) {
      sprung ??= shop.line
        .cutAfter('"amount":"1"', { lingerMs: 2_000 })
        .then(() => (sprung = undefined));
      await Promise.race([sprung, pause(100)]);
      const back = shop.away();
      await pause(200);
      back();
      await pause(200);
    }
  })();
  const queue = ids[Symbol.iterator]();
  const caller = async () => {
    const answers: Answer[] = [];
    for (const id of queue) answers.push(await sell(id));
    return answers;
  };
  const answers = (await Promise.all(Array.from({ length: 20 }, caller))).flat();
  running = false;
  await cutting;
  expect(answers).toHaveLength(400);
  expect(answers.every(({ status }) => status === "created" || status === "exists")).toBe(true);
  expect(shop.line.connections()).toBeGreaterThan(2);
  expect(await earned(shop)).toBe(400n);
  expect(await allOf(book.history({ prefix: "shop/sales" }, { deadlineMs: 30_000 }))).toHaveLength(
    401,
  );
  expect(unknown).toBeGreaterThan(0);
});

test("P2: a batch of unknown outcome is looked up and repeated as a whole", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const cut = shop.line.cutAfter('"chain":"c1"', { lingerMs: 2_000 });
  const stop = new AbortController();
  const items = [
    sale("b1"),
    { chain: "c1", requests: [sale("c1-a"), sale("c1-b")] },
    { kind: "open", path: "shop/tax", asset: "CNY/2", side: "credit" } as const,
    { kind: "asset", asset: "EUR/2" } as const,
    { ...sale("b2"), debit: "shop/sales", credit: "shop/cash", amount: 10_000n },
  ];
  const asked = book.batch(items, { signal: stop.signal }).catch(unknownOf);
  await cut;
  const back = shop.away();
  stop.abort();
  const error = (await asked) as unknown as OutcomeUnknown;
  back();
  const found = await error.resolve({ deadlineMs: 30_000 });
  expect(found.map(({ state }) => state)).toEqual([
    ...["carried_out", "carried_out", "carried_out", "carried_out", "refused"],
  ]);
  expect((await error.again()).map(({ status }) => status)).toEqual([
    ...["exists", "exists", "exists", "exists", "refused"],
  ]);
  expect(await earned(shop)).toBe(300n);
});

test("a deadline holds on every call, also where the server says nothing at all", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  void shop.line.swallow("/v1/books/retail");
  const began = performance.now();
  const asked = book.head({ deadlineMs: 200 });
  await expect(asked).rejects.toMatchObject({ code: "client.deadline_passed" });
  void shop.line.swallow('"id":"s1"');
  await expect(book.submit(sale("s1"), { deadlineMs: 200 })).rejects.toBeInstanceOf(OutcomeUnknown);
  const deaf = connect({
    ...{ url: shop.line.url, key: shop.shop.adminKey },
    fetch: () => new Promise<Response>(() => undefined),
  });
  const unheard = deaf.book("retail").find("s1", { deadlineMs: 100 });
  await expect(unheard).rejects.toMatchObject({ code: "client.deadline_passed" });
  // Ours is thirty seconds, where none is named.
  expect(performance.now() - began).toBeLessThan(25_000);
});

test("the caller's signal ends a read with its reason, a write that was sent as unknown", async () => {
  const shop = await clientShop();
  const book = shop.longmen.book("retail");
  const reason = new Error("the user went away");
  for (const call of ["read", "write"] as const) {
    const stop = new AbortController();
    const swallowed = shop.line.swallow(call === "read" ? "GET " : '"id":"s1"');
    const asked =
      call === "read"
        ? book.head({ signal: stop.signal })
        : book.submit(sale("s1"), { signal: stop.signal });
    const told = asked.catch((error: unknown) => error);
    await swallowed;
    stop.abort(reason);
    const error = await told;
    if (call === "read") expect(error).toBe(reason);
    else expect((unknownOf(error).cause as LongmenProblem).cause).toBe(reason);
  }
});

/** Something in front of Longmen that answers first as it is told, then hands on. */
async function gate(upstream: string, first: readonly ((response: ServerResponse) => void)[]) {
  const at: number[] = [];
  const server = createServer((request, response) => {
    const say = first[at.length];
    at.push(performance.now());
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (say !== undefined) return say(response);
      void handOn(upstream, request.method ?? "", request.url ?? "", request.headers, chunks).then(
        ({ status, text }) => response.writeHead(status).end(text),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, at };
}

async function handOn(
  upstream: string,
  method: string,
  url: string,
  { authorization = "", "content-type": type }: NodeJS.Dict<string | string[]>,
  chunks: readonly Buffer[],
) {
  const headers = { authorization: String(authorization), "content-type": String(type) };
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks).toString() };
  const answer = await fetch(upstream + url, { method, headers, ...body });
  return { status: answer.status, text: await answer.text() };
}

const busy = (status: number, retryAfter: string) => (response: ServerResponse) => {
  response.writeHead(status, { "retry-after": retryAfter }).end("busy");
};

test("429 and 503 are waited for as long as Retry-After says, and then it is done once", async () => {
  const shop = await clientShop();
  const { url, at } = await gate(shop.shop.url, [busy(429, "1"), busy(503, "1")]);
  const book = connect({ url, key: shop.shop.adminKey }).book("retail");
  expect(await book.submit(sale("s1"))).toMatchObject({ status: "created" });
  const waits = at.slice(1).map((time, place) => time - (at[place] ?? 0));
  expect(waits).toHaveLength(2);
  for (const wait of waits) expect(wait).toBeGreaterThan(980);
  expect(await earned(shop)).toBe(100n);
});

test("a Retry-After behind the deadline is told at once: 429 as a no, 503 of a stranger as unknown", async () => {
  const shop = await clientShop();
  const { url } = await gate(shop.shop.url, [busy(429, "60"), busy(503, "60")]);
  const book = connect({ url, key: shop.shop.adminKey, deadlineMs: 30_000 }).book("retail");
  const began = performance.now();
  const first = await book.submit(sale("s1")).catch((error: unknown) => error);
  expect(first).toBeInstanceOf(LongmenProblem);
  expect(first).not.toBeInstanceOf(OutcomeUnknown);
  expect(first).toMatchObject({ status: 429, retryAfterMs: 60_000 });
  await expect(book.submit(sale("s1"))).rejects.toBeInstanceOf(OutcomeUnknown);
  expect(performance.now() - began).toBeLessThan(25_000);
});

test("a server that isn't there is told apart from one that may have done it", async () => {
  const shop = await clientShop();
  await shop.shop.close();
  const book = connect({ url: shop.shop.url, key: "lm_x", deadlineMs: 1_500 }).book("retail");
  const told = await book.submit(sale("s1")).catch((error: unknown) => error);
  expect(told).not.toBeInstanceOf(OutcomeUnknown);
  expect(told).toMatchObject({ code: "client.unreachable", retry: "same_request" });
});

test("a key is not made twice: what may have been done is not sent again", async () => {
  const shop = await clientShop();
  const cut = shop.line.cutAfter('"owner":"till-9"', { lingerMs: 2_000 });
  const made = shop.longmen.keys.create({
    ...{ owner: "till-9", ownerKind: "service", scopes: ["read@retail"] },
  });
  await expect(made).rejects.toMatchObject({ code: "client.no_answer" });
  await cut;
  const keys = await allOf(shop.longmen.keys.list());
  expect(keys.filter(({ owner }) => owner === "till-9").length).toBeLessThanOrEqual(1);
  expect(shop.sent.filter((one) => one === "POST /v1/keys")).toHaveLength(1);
});
