import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { type Access, parseScope } from "../../access/index.ts";
import { operator } from "../operator.ts";
import { apiNode } from "../testing/api-node.ts";
import { replayOf } from "../testing/replays.ts";
import { pageGate } from "./page-gate.ts";
import { type Status, type StatusPage, startStatusPage } from "./status-page.ts";

const EVERYWHERE = "0.0.0.0";

async function pageAt(host: string, status: Status): Promise<StatusPage> {
  const bugs: unknown[] = [];
  const page = await startStatusPage({ host, port: 0 }, status, (error) => bugs.push(error));
  onTestFinished(async () => {
    await page.close();
    expect(bugs).toEqual([]);
  });
  return page;
}

interface Got {
  readonly status: number | undefined;
  readonly text: string;
  readonly cookie: string | undefined;
}

/** As fetch, but with any Host. */
function ask(
  { ownUrl }: StatusPage,
  path: string,
  headers: Record<string, string> = {},
  form?: Record<string, string>,
): Promise<Got> {
  const body = form && new URLSearchParams(form).toString();
  const type = form && { "content-type": "application/x-www-form-urlencoded" };
  const method = form === undefined ? "GET" : "POST";
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, ownUrl), {
      method,
      headers: { ...type, ...length, ...headers },
      agent: false,
    });
    sent.on("error", reject).on("response", (response) => {
      let text = "";
      const [cookie] = response.headers["set-cookie"] ?? [];
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode, text, cookie }));
    });
    sent.end(body);
  });
}

const sessionOf = ({ cookie = "" }: Got): Record<string, string> => ({
  cookie: cookie.split(";")[0] ?? "",
});

async function keyWith(access: Access, ...scopes: readonly string[]) {
  const asked = { owner: "ann", ownerKind: "person", scopes: scopes.map(parseScope) } as const;
  return access.create(asked, operator());
}

test("on this machine the page is open to this machine, by no other name and through no proxy", async () => {
  const page = await pageAt("127.0.0.1", { stage: "ready", replay: replayOf() });
  expect(page.signInUrl).toBeUndefined();
  for (const host of ["127.0.0.1:7300", "localhost", "LOCALHOST:80", "[::1]:7300", "127.9.9.9"]) {
    expect(await ask(page, "/", { host }), host).toMatchObject({ status: 200 });
  }
  const rebound = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7300", "[::1"];
  for (const host of [...rebound, "0.0.0.0", "localhost@evil.example", " "]) {
    for (const path of ["/", "/accounts", "/report.json"]) {
      const got = await ask(page, path, { host });
      expect(got, host).toMatchObject({ status: 401 });
      expect(got.text).not.toContain("82374614");
      expect(got.text).not.toContain("823,746");
    }
  }
  for (const name of ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-host"]) {
    expect(await ask(page, "/", { [name]: "203.0.113.7" }), name).toMatchObject({ status: 401 });
  }
});

test("elsewhere the link that the start prints signs in once, by a click and not by being looked at", async () => {
  const page = await pageAt(EVERYWHERE, { stage: "starting", replay: replayOf() });
  const code = new URL(page.signInUrl ?? "").searchParams.get("code") ?? "";
  expect(code).toMatch(/^[\w-]{43}$/);
  for (const path of ["/", "/accounts?prefix=customer", "/report.json"]) {
    expect(await ask(page, path), path).toMatchObject({ status: 401 });
  }
  expect((await ask(page, "/?lang=zh")).text).toContain("登录");
  const link = `/sign-in?code=${code}`;
  expect((await ask(page, link)).text).toContain(`value="${code}"`);
  expect((await ask(page, link)).cookie).toBeUndefined();

  expect(await ask(page, "/sign-in", {}, { code: `${code.slice(1)}x` })).toMatchObject({
    status: 401,
  });
  const entered = await ask(page, "/sign-in", {}, { code });
  expect(entered.status).toBe(303);
  expect(entered.cookie).toMatch(
    /^longmen_page=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
  expect(await ask(page, "/sign-in", {}, { code })).toMatchObject({
    status: 401,
    cookie: undefined,
  });

  const session = sessionOf(entered);
  expect((await ask(page, "/", session)).text).toContain("823,746.14");
  expect(await ask(page, "/report.json", session)).toMatchObject({ status: 200 });
  const other = { cookie: `longmen_page=${"x".repeat(43)}` };
  expect(await ask(page, "/", other)).toMatchObject({ status: 401 });
});

test("a key that may read the book signs in until it is revoked; other keys don't", async () => {
  const { access, ledger } = await apiNode();
  const page = await pageAt(EVERYWHERE, { stage: "ready", ledger, access });
  const bearer = ({ token }: { readonly token: string }) => ({ authorization: `Bearer ${token}` });
  const reader = await keyWith(access, "read@retail");
  expect(await ask(page, "/", bearer(reader))).toMatchObject({ status: 200 });
  for (const scopes of [["write@retail"], ["read@other"], ["read@retail:shop/a"], ["keys@*"]]) {
    const { token } = await keyWith(access, ...scopes);
    expect(await ask(page, "/", bearer({ token })), scopes.join()).toMatchObject({ status: 401 });
    expect(await ask(page, "/sign-in", {}, { key: token })).toMatchObject({ status: 401 });
  }
  for (const token of ["lm_x", "", `lm_abcdefghijkl_${"A".repeat(43)}`]) {
    expect(await ask(page, "/", bearer({ token }))).toMatchObject({ status: 401 });
    expect(await ask(page, "/sign-in", {}, { key: token })).toMatchObject({ status: 401 });
  }
  const entered = await ask(
    page,
    "/sign-in",
    { "x-forwarded-proto": "https" },
    { key: ` ${reader.token} ` },
  );
  expect(entered.cookie).toContain("; Secure");
  expect(await ask(page, "/", sessionOf(entered))).toMatchObject({ status: 200 });
  await access.revoke(reader.key.keyId, operator());
  expect(await ask(page, "/", sessionOf(entered))).toMatchObject({ status: 401 });
});

test("where every book is shown, a key must read every one", async () => {
  const { access, ledger } = await apiNode();
  const status = { stage: "ready", ledger, access, showsEveryBook: true } as const;
  const page = await pageAt("127.0.0.1", status);
  const stranger = await ask(page, "/");
  expect(stranger).toMatchObject({ status: 401 });
  expect(stranger.text).toContain("A key that may read every book");
  expect(page.signInUrl).toContain("/sign-in?code=");
  for (const [scopes, code] of [
    [["read@retail"], 401],
    [["read@*:shop"], 401],
    [["read@*"], 200],
    [["admin"], 200],
  ] as const) {
    const { token } = await keyWith(access, ...scopes);
    const got = await ask(page, "/", { authorization: `Bearer ${token}` });
    expect(got.status, scopes.join()).toBe(code);
  }
});

test("the door says for whom it is open, and keeps a link's code in the other language", async () => {
  const open = await pageAt(EVERYWHERE, { stage: "starting" });
  const asked = await ask(open, "/");
  expect(asked.text).toContain("at its own machine, too");
  expect(asked.text).not.toContain("the page is open");
  expect((await ask(open, "/sign-in?code=abc")).text).toContain("/sign-in?lang=zh&amp;code=abc");
  const own = await pageAt("127.0.0.1", { stage: "starting" });
  const rebound = await ask(own, "/", { host: "evil.example" });
  expect(rebound.text).toContain("as localhost, the page is open");
});

test("while the database starts a key can't be asked about, and what is no form is refused", async () => {
  const page = await pageAt(EVERYWHERE, { stage: "starting" });
  expect(await ask(page, "/sign-in", {}, { key: "lm_x" })).toMatchObject({ status: 503 });
  const json = { "content-type": "application/json" };
  expect(await ask(page, "/sign-in", json, { key: "lm_x" })).toMatchObject({ status: 400 });
  expect(await ask(page, "/sign-in", {}, { key: "x".repeat(5_000) })).toMatchObject({
    status: 400,
  });
  expect(await ask(page, "/sign-in", {}, {})).toMatchObject({ status: 401 });
});

test("the link is good for an hour, a session for twelve", async () => {
  let now = 1_000_000;
  const gateOf = () =>
    pageGate({ host: EVERYWHERE, access: () => undefined, book: "retail", now: () => now });
  const headers: Record<string, string> = {};
  const asked = { headers } as unknown as Parameters<ReturnType<typeof pageGate>["admits"]>[0];
  const late = gateOf();
  now += 60 * 60 * 1_000 + 1;
  expect(await late.signIn(asked, { code: late.code })).toEqual({ ok: false, why: "wrong" });
  const gate = gateOf();
  const entered = await gate.signIn(asked, { code: gate.code });
  headers["cookie"] = `a=b; ${entered.ok ? entered.cookie.split(";")[0] : ""}; c=d`;
  expect(await gate.admits(asked)).toBe(true);
  now += 12 * 60 * 60 * 1_000;
  expect(await gate.admits(asked)).toBe(false);
});
