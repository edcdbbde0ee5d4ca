import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "./connect.ts";
import { OutcomeUnknown } from "./outcome-unknown.ts";
import { overFetch, overNode, type Transport } from "./over-node.ts";

const KEY = "lm_abcdefghijkl_x";
const sale = { id: "s1", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: 1n };

async function serving(answer: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const nodes = overNode("http://127.0.0.1") as Transport;
const ways = [
  ["Node's http", nodes],
  ["fetch", overFetch(fetch)],
] as const;

const thrown = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error("nothing was thrown"),
    (error: unknown) => error as Error,
  );
const codeIn = (error: Error) => (error.cause as { readonly code?: string } | undefined)?.code;

test.each(ways)("over %s a request goes out and its answer comes back whole", async (_, way) => {
  const { url } = await serving((asked, reply) => {
    let body = "";
    asked.setEncoding("utf8").on("data", (piece: string) => (body += piece));
    asked.on("end", () => {
      const { method, headers, url: path } = asked;
      reply.writeHead(method === "GET" ? 404 : 201, { "trace-id": "t1", "retry-after": "3" });
      reply.end(JSON.stringify([method, path, headers["x-told"], body, "龙门".repeat(9_000)]));
    });
  });
  const headers = { "x-told": "yes" };
  const limitMs = 5_000;
  const told = await way(`${url}/a%2Fb?c=1`, { method: "PUT", headers, body: '{"a":1}', limitMs });
  expect(told).toMatchObject({ ok: true, status: 201 });
  expect([told.headers.get("trace-id"), told.headers.get("nothing")]).toEqual(["t1", null]);
  const answer = ["PUT", "/a%2Fb?c=1", "yes", '{"a":1}', "龙门".repeat(9_000)];
  expect(JSON.parse(told.text)).toEqual(answer);
  const none = await way(`${url}/`, { method: "GET", headers, limitMs });
  expect(none).toMatchObject({ ok: false, status: 404 });
  expect(JSON.parse(none.text)).toEqual(["GET", "/", "yes", "", "龙门".repeat(9_000)]);
});

test.each(ways)("over %s nothing follows a redirection", async (_, way) => {
  const { url } = await serving((_asked, reply) => reply.writeHead(302, { location: "/b" }).end());
  const told = await way(url, { method: "POST", headers: {}, limitMs: 30_000 });
  expect(told).toMatchObject({ ok: false, status: 302 });
});

test.each(ways)(
  "over %s a port where nobody listens says that nothing was sent",
  async (_, way) => {
    const { url, server } = await serving(() => undefined);
    server.close();
    await once(server, "close");
    const error = await thrown(way(url, { method: "POST", headers: {}, limitMs: 30_000 }));
    expect(codeIn(error)).toBe("ECONNREFUSED");
  },
);

test.each(ways)("over %s an answer that breaks off is none", async (_, way) => {
  const { url } = await serving((asked, reply) => {
    reply.writeHead(200, { "content-length": "100" }).write("half");
    setTimeout(() => asked.socket.destroy(), 20);
  });
  const error = await thrown(way(url, { method: "POST", headers: {}, limitMs: 30_000 }));
  expect(error).toBeInstanceOf(TypeError);
});

test.each(ways)("over %s a silent server is waited for as long as was said", async (_, way) => {
  const { url } = await serving(() => undefined);
  const error = await thrown(way(url, { method: "GET", headers: {}, limitMs: 60 }));
  expect(error.message).not.toContain("nothing");
});

test.each(ways)("over %s a signal ends what waits, and what has not begun", async (_, way) => {
  let asked = 0;
  const stop = new AbortController();
  const { url } = await serving(() => {
    asked += 1;
    stop.abort();
  });
  const sent = { method: "GET", headers: {}, limitMs: 60_000, signal: stop.signal };
  expect((await thrown(way(url, sent))).message).not.toContain("nothing");
  expect(asked).toBe(1);
  expect((await thrown(way(url, sent))).message).not.toContain("nothing");
});

test("P1: a write that was sent and not answered is unknown; one that found no server is not", async () => {
  const stop = new AbortController();
  const silent = createTcpServer((socket) => {
    socket.once("data", () => {
      socket.destroy();
      stop.abort();
    });
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const book = connect({ url, key: KEY }).book("retail");
  const { signal } = stop;
  expect(await thrown(book.submit(sale, { signal }))).toBeInstanceOf(OutcomeUnknown);
  silent.close();
  await once(silent, "close");
  const told = await thrown(book.submit(sale, { deadlineMs: 1_000 }));
  expect(told).toMatchObject({ code: "client.unreachable" });
});

test("connections are kept, also over many requests at once", async () => {
  const ports = new Set<number | undefined>();
  const { url } = await serving((asked, reply) => {
    ports.add(asked.socket.remotePort);
    reply.end("{}");
  });
  const ask = () => nodes(url, { method: "GET", headers: {}, limitMs: 30_000 });
  for (let turn = 0; turn < 5; turn++) await Promise.all(Array.from({ length: 20 }, ask));
  expect(ports.size).toBeLessThanOrEqual(20);
});
