/** How calls are signed, and where they may go. */
import { describe, expect, test } from "vitest";
import { addressOf, isPublicAddress, type Resolve } from "./guard-address.ts";
import { httpCall } from "./http-call.ts";
import { retryAfterMs } from "./send-call.ts";
import { keyOfSecret, signedHeaders } from "./sign-call.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

describe("a signature", () => {
  test("is the one that Standard Webhooks gives as its example", () => {
    const call = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", sentAt: 1_614_265_330_000 };
    const body = '{"test": 2432232314}';
    const key = keyOfSecret("example", SECRET);
    expect(signedHeaders([key], { ...call, body })).toEqual({
      "webhook-id": call.id,
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("is there once for each secret, while one replaces another", () => {
    const keys = [
      keyOfSecret("a", SECRET),
      keyOfSecret("b", Buffer.alloc(32, 7).toString("base64")),
    ];
    const headers = signedHeaders(keys, { id: "x", sentAt: 0, body: "" });
    expect(headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);
  });

  test.each(["", "whsec_", "whsec_c2hvcnQ=", "no base64 at all, however long it may be"])(
    "is not made with the secret %j",
    (secret) => {
      expect(() => keyOfSecret("billing", secret)).toThrow(
        expect.objectContaining({ code: "schedule.secret_malformed" }),
      );
    },
  );
});

describe("what a callee says of when to come again", () => {
  const date = "Fri, 20 Nov 2026 10:00:00 GMT";

  test.each([
    ["120", 120_000],
    [" 0 ", 0],
    ["Fri, 20 Nov 2026 10:02:00 GMT", 120_000],
    ["Fri, 20 Nov 2026 09:00:00 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
    ["9999999999999", undefined],
    [undefined, undefined],
  ])("%j is so many milliseconds, by its own clock: %j", (text, ms) => {
    expect(retryAfterMs(text, date)).toBe(ms);
  });
});

describe("an address", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "fe80::1",
    "fd00::1",
    "fec0::1",
    "2002:7f00:1::",
    "ff02::1",
    "not an address",
  ])("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(["8.8.8.8", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::200e"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  const inside: Resolve = async () => [{ address: "10.0.0.7", family: 4 }];
  const both: Resolve = async () => [
    { address: "127.0.0.1", family: 4 },
    { address: "93.184.216.34", family: 4 },
  ];
  const ask = (url: string, allowHosts: readonly string[], resolve = inside) =>
    addressOf(new URL(url), { allowHosts, resolve });
  const refused = { code: "schedule.call_not_allowed" };

  test.each([
    "https://billing.example/x",
    "http://billing.example/x",
    "https://127.0.0.1/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "https://localhost./",
  ])("%s is not called", async (url) => {
    await expect(ask(url, ["other.example"])).rejects.toMatchObject(refused);
  });

  test("is called where the host is named, and with a port only there", async () => {
    expect(await ask("http://billing.example/x", ["billing.example"])).toMatchObject({ family: 4 });
    expect(await ask("http://127.0.0.1:8080/", ["127.0.0.1:8080"])).toEqual({
      address: "127.0.0.1",
      family: 4,
    });
    const port = ask("http://127.0.0.1:8081/", ["127.0.0.1:8080"]);
    await expect(port).rejects.toMatchObject(refused);
  });

  test("of a name that has several is a public one", async () => {
    const found = await ask("https://shop.example/", [], both);
    expect(found.address).toBe("93.184.216.34");
    await expect(ask("http://shop.example/", [], both)).rejects.toMatchObject(refused);
  });
});

describe("a call is refused for", () => {
  const good = { url: "https://shop.example/hook", secret: "billing" };
  test.each([
    ["url", { ...good, url: "ftp://shop.example" }],
    ["url", { ...good, url: "https://ann:pw@shop.example" }],
    ["url", { ...good, url: "shop" }],
    ["secret", { ...good, secret: "whsec_=/" }],
    ["headers.Host", { ...good, headers: { Host: "other" } }],
    ["headers.webhook-id", { ...good, headers: { "webhook-id": "1" } }],
    ["headers.x", { ...good, headers: { x: "a\r\nb: c" } }],
    ["timeoutMs", { ...good, timeoutMs: 0 }],
    ["attempts", { ...good, attempts: 1.5 }],
  ])("its %s", (field, options) => {
    expect(() => httpCall(options)).toThrow(
      expect.objectContaining({
        code: "schedule.call_malformed",
        details: expect.objectContaining({ field }) as unknown,
      }),
    );
  });
});
