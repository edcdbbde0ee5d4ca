import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { assert } from "../../base/index.ts";
import { replayOf } from "../testing/replays.ts";
import { type PageData, renderPage } from "./render-page.ts";
import { type Status, startStatusPage } from "./status-page.ts";
import { languageOf, words } from "./words.ts";

const HOST = "127.0.0.1";

async function served(status: Status, port = 0): Promise<string> {
  const bugs: unknown[] = [];
  const page = await startStatusPage({ host: HOST, port }, status, (error) => bugs.push(error));
  onTestFinished(async () => {
    await page.close();
    expect(bugs).toEqual([]);
  });
  return page.url;
}

async function takenPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function pageOf(change: Partial<PageData> = {}): string {
  return renderPage({
    language: "en",
    stage: "ready",
    replay: replayOf(),
    memoryMb: 100,
    upSeconds: 5,
    at: "2026-01-01T00:00:00.000Z",
    ...change,
  });
}

describe("the status page", () => {
  test("shows the report, the verdicts and the rates, and brings itself up to date", () => {
    const html = pageOf({ lane: { queued: 7, flushes: 19, units: 2_025 } });
    for (const text of ["748,957.02", "42,481", "The books agree with the file", "42,725"]) {
      expect(html).toContain(text);
    }
    expect(html).toMatch(/<meta http-equiv="refresh" content="\d+">/);
  });

  test("shows the books beside the file, amount by amount", () => {
    const { fromFile } = replayOf();
    const html = pageOf({ replay: replayOf({ fromFile: { ...fromFile, netMinor: 123_456n } }) });
    expect(html).toContain('<td class="n">748,957.02</td><td class="n">1,234.56</td>');
  });

  test("groups the thousands of a balance, and nothing behind its point", () => {
    const accounts = [
      { path: "bank", asset: "GBP/2", availableMinor: -1_234_567n },
      { path: "gold", asset: "XAU/6", availableMinor: 1_000_123_456n },
    ];
    const html = pageOf({ books: { accounts } });
    expect(html).toContain('<td class="n">-12,345.67</td>');
    expect(html).toContain('<td class="n">1,000.123456</td>');
  });

  test("says so when the books do not agree or do not verify", () => {
    const { fromFile, verify } = replayOf();
    const html = pageOf({
      replay: replayOf({
        fromFile: { ...fromFile, netMinor: 1n },
        verify: { ...verify, verified: false },
      }),
    });
    expect(html).toContain("The books DO NOT agree with the file");
    expect(html).toContain("Verify FOUND DIFFERENCES");
  });

  test("shows what was left out in a column of its own, where anything was", () => {
    expect(pageOf({ replay: replayOf() })).not.toContain("Left out");
    const part = replayOf();
    const { booking, booked, fromFile } = part;
    booking.leftOut = { invoices: 1, lines: 1, grossMinor: 0n, refundsMinor: 500n };
    const html = pageOf({
      replay: {
        ...part,
        booked: { ...booked, refundsMinor: booked.refundsMinor - 500n, netMinor: 74896202n },
        fromFile: { ...fromFile, lines: fromFile.lines + 1, invoices: fromFile.invoices + 1 },
      },
    });
    expect(html).toContain('<th scope="col" class="n">Left out</th>');
    expect(html).toContain('<td class="n">-5.00</td><td class="n">748,957.02</td>');
    expect(html).toContain("The books agree with the file");
  });

  test("shows how far the selling is", () => {
    const rate = { perSecond: 40_000, of: "transfers" } as const;
    const progress = { done: 20_000, total: 42_481, rate };
    const html = pageOf({ stage: "selling", replay: undefined, progress });
    expect(html).toContain('<progress max="42481" value="20000">');
    expect(html).toContain("40,000 transfers/s");
    const verifying = pageOf({
      stage: "verifying",
      replay: undefined,
      progress: { done: 1, total: 2 },
    });
    expect(verifying).not.toContain("transfers/s");
  });

  test("says up to where it was verified, and shows the head as it is now", () => {
    const now = { book: "retail", seq: 140_727, at: "2026-01-02T03:04:05Z", hash: "cd".repeat(32) };
    const html = pageOf({ heads: { items: [now] } });
    expect(html).toContain("Every balance and hash is right, up to seq 140,723");
    expect(html).toContain("Seq 140,727");
    expect(html).toContain(now.hash);
    expect(html).not.toContain("ab".repeat(32));
    expect(pageOf({ heads: { items: undefined } })).not.toContain("Head of the hash chain");
  });

  test("calls the stage of a second start what it is, once that is seen", () => {
    const stageOf = (of: "lines" | "transfers") =>
      pageOf({
        stage: "selling",
        replay: undefined,
        progress: { done: 1, total: 2, rate: { perSecond: 1, of } },
      });
    expect(stageOf("lines")).toContain("they are there already");
    expect(stageOf("transfers")).toContain("Selling invoices");
    expect(stageOf("transfers")).not.toContain("they are there already");
  });

  test("shows every book where nothing is booked here, and what to do where there is none", () => {
    const every = (change: Partial<PageData>) =>
      pageOf({ replay: undefined, showsEveryBook: true, ...change });
    const shop = { book: "shop/<a>", seq: 4, at: "2026-01-02T03:04:05Z", hash: "cd".repeat(32) };
    const html = every({ heads: { items: [shop], cursor: "c" } });
    expect(html).toContain(`/accounts?lang=en&amp;book=shop%2F%3Ca%3E`);
    expect(html).toContain("shop/&lt;a&gt;");
    expect(html).toContain(shop.hash);
    expect(html).toContain("?lang=en&amp;cursor=c");
    expect(html).not.toContain("Report");
    expect(every({ heads: { items: [] } })).toContain("longmen book create shop");
    expect(every({ heads: { items: undefined } })).toContain("does not answer now");
    expect(every({})).toContain("as soon as the database is up");
    const missing = every({ book: "x", prefix: "", books: { accounts: [], isMissing: true } });
    expect(missing).toContain("There is no book of this name");
  });

  test("calls the speed of a second start what it is, in both languages", () => {
    const replay = replayOf();
    replay.booking.invoicesThereBefore = 2_025;
    const speeds = { en: "14,160 lines/s", zh: "14,160 行/秒" } as const;
    for (const language of ["en", "zh"] as const) {
      const html = pageOf({ replay, language });
      expect(html).toContain(words[language].checkingRate);
      expect(html).toContain(speeds[language]);
      expect(html).not.toContain(words[language].transfersPerSecond);
    }
  });

  test("shows the orders by state and the rush, in both languages", () => {
    const replay = replayOf();
    replay.booking.orders.states.paid = 3;
    for (const language of ["en", "zh"] as const) {
      const html = pageOf({ language, replay });
      const said = words[language];
      const rows = [
        [said.orders, "1,559"],
        [said.orderStates.fulfilled, "1,559"],
        [said.orderStates.paid, "3"],
        [said.withRefunds, "167"],
        [said.rushSold, "100"],
        [said.rushRefused, "900"],
        [said.rushSeconds, "1.25"],
      ];
      for (const [name, value] of rows) {
        expect(html).toContain(`<th scope="row">${name}</th><td class="n">${value}</td>`);
      }
      expect(html).not.toContain(said.orderStates.expired);
    }
  });

  test("speaks Chinese, every word of it", () => {
    const html = pageOf({ language: "zh" });
    expect(html).toContain('<html lang="zh">');
    expect(html).toContain("账本与文件一致");
    expect(Object.keys(words.zh)).toEqual(Object.keys(words.en));
    expect(html).toContain("随附的 2010 年 12 月数据");
    expect(html).not.toContain("bundled");
    const own = pageOf({ language: "zh", replay: replayOf({ file: "shop/bundled.csv" }) });
    expect(own).toContain("shop/bundled.csv");
  });

  test("lets nothing of a name become markup", () => {
    const accounts = [{ path: "<b>x</b>", asset: "GBP/2", availableMinor: 5n }];
    const html = pageOf({ books: { accounts }, prefix: '"><script>' });
    expect(html).not.toContain("<b>x");
    expect(html).not.toContain("<script>");
    expect(html).toContain("&lt;b&gt;x&lt;/<wbr>b&gt;");
  });

  test("stands still while somebody looks at accounts", () => {
    expect(pageOf({ prefix: "customer" })).not.toContain("http-equiv");
  });

  test("tells an empty list, an absent database and one that does not answer apart", () => {
    expect(pageOf()).toContain("as soon as the database is up");
    expect(pageOf({ books: { accounts: [] }, prefix: "nobody" })).toContain("No account has");
    expect(pageOf({ books: { accounts: undefined } })).toContain("does not answer now");
  });
});

describe("the language", () => {
  test.each([
    [null, undefined, "en"],
    [null, "zh-CN,zh;q=0.9,en;q=0.8", "zh"],
    [null, "en-GB,en;q=0.9,zh;q=0.8", "en"],
    [null, "fr,zh;q=0.5,en;q=0.2", "zh"],
    [null, "fr", "en"],
    ["en", "zh", "en"],
    ["zh", "en", "zh"],
    ["xx", "zh", "zh"],
  ] as const)("asked for by ?lang=%s and %s is %s", (asked, accepted, language) => {
    expect(languageOf(asked, accepted)).toBe(language);
  });
});

describe("the server of the page", () => {
  test("answers in the language of the reader, unframed and uncached", async () => {
    const url = await served({ stage: "starting" });
    const response = await fetch(url, { headers: { "accept-language": "zh" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toContain("正在启动 PostgreSQL");
  });

  test("gives the report as JSON once it is there", async () => {
    const status: Status = { stage: "selling" };
    const url = await served(status);
    expect((await fetch(`${url}report.json`)).status).toBe(404);
    status.replay = replayOf();
    expect(await (await fetch(`${url}report.json`)).json()).toMatchObject({ lines: 42_481 });
  });

  test("tells who asks the API too early the whole of it, and that the house lives", async () => {
    const url = await served({ stage: "starting" });
    const early = await fetch(`${url}v1/books`, { method: "PUT", body: "{}" });
    expect(early.status).toBe(503);
    expect(early.headers.get("content-type")).toContain("application/problem+json");
    expect(early.headers.get("retry-after")).toBe("1");
    expect(early.headers.get("trace-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(await early.json()).toEqual({
      type: "/reference#http.starting",
      title: "Not now",
      status: 503,
      detail: expect.any(String) as string,
      code: "http.starting",
      advice: expect.any(String) as string,
      retry: "same_request",
      retryAfterMs: 1_000,
      words: {
        en: expect.any(String) as string,
        zh: expect.stringMatching(/^服务器正在启动/) as string,
      },
      traceId: early.headers.get("trace-id"),
    });
    expect((await fetch(`${url}health/ready`)).status).toBe(503);
    const live = await fetch(`${url}health/live`);
    expect([live.status, await live.json()]).toEqual([200, { status: "ok" }]);
  });

  test("only reads, and only what there is", async () => {
    const url = await served({ stage: "starting" });
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}nothing`)).status).toBe(404);
    expect((await fetch(`${url}accounts?prefix=../..&cursor=%00`)).status).toBe(200);
  });

  test("takes the next free port", async () => {
    const port = await takenPort();
    const url = await served({ stage: "starting" }, port);
    const got = Number(new URL(url).port);
    assert(got > port && got < port + 20, `${got} is not just above ${port}`);
    expect((await fetch(url)).status).toBe(200);
  });

  test("refuses a host that is none of this machine's", async () => {
    const starting = startStatusPage(
      { host: "203.0.113.1", port: 0 },
      { stage: "starting" },
      () => {
        throw new Error("nothing is served");
      },
    );
    await expect(starting).rejects.toMatchObject({ code: "cli.host_unusable" });
  });
});
