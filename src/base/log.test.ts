import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineErrors, fail } from "./errors.ts";
import { pinoLogger, silentLogger, type Logger, type LogLevel } from "./log.ts";
import { maskUrlPasswords } from "./mask.ts";
import { prettyLine } from "./pretty-log.ts";

const errors = defineErrors("till", {
  busy: { kind: "limited", message: "busy with {what}", advice: "Wait.", retry: "later" },
});

function listening(level: LogLevel = "debug"): {
  log: Logger;
  raw: string[];
  records: () => Record<string, unknown>[];
} {
  const raw: string[] = [];
  const log = pinoLogger({ level, destination: { write: (line) => raw.push(line) } });
  return { log, raw, records: () => raw.map((line) => ({ ...(JSON.parse(line) as object) })) };
}

function recordOf(fields: Record<string, unknown>): Record<string, unknown> {
  const { log, records } = listening();
  log.info(fields, "said");
  return records()[0] ?? {};
}

describe("a log line", () => {
  test("is one JSON object: time, level by name, fields, message; no host, no process id", () => {
    const { log, raw, records } = listening();
    log.warn({ book: "shop", seq: 9007199254740993n }, "the queue is full");
    const [{ time, ...record } = {}] = records();
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(record).toEqual({
      level: "warn",
      book: "shop",
      seq: "9007199254740993",
      message: "the queue is full",
    });
    expect(raw).toHaveLength(1);
    expect(raw[0]?.endsWith("}\n")).toBe(true);
  });

  test.each<[LogLevel, string[]]>([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ])("is written at level %s only from there upwards", (level, expected) => {
    const { log, records } = listening(level);
    for (const logger of [log, log.child({ room: "lane" })]) {
      logger.debug({}, "d");
      logger.info({}, "i");
      logger.warn({}, "w");
      logger.error({}, "e");
    }
    expect(records().map((record) => record["level"])).toEqual([...expected, ...expected]);
  });

  test("carries the fields of its children's line, masked too", () => {
    const { log, records } = listening();
    log.child({ room: "lane", token: "t0p" }).child({ book: "shop" }).info({ seq: 1 }, "flushed");
    expect(records()[0]).toMatchObject({ room: "lane", token: "***", book: "shop", seq: 1 });
  });

  test("keeps what matters of a refusal and of what caused it", () => {
    const cause = new TypeError("socket closed");
    const { err } = recordOf({ err: fail(errors, "busy", { what: 3n }, cause) });
    expect(err).toMatchObject({
      name: "LongmenError",
      code: "till.busy",
      kind: "limited",
      retry: "later",
      advice: "Wait.",
      message: "busy with 3",
      details: { what: "3" },
      cause: { name: "TypeError", message: "socket closed" },
    });
    expect((err as { stack: string }).stack).toContain("log.test.ts");
  });

  test("keeps its own level, time and message when fields are named so", () => {
    const record = recordOf({ level: 1, time: 2, message: 3 });
    expect(record).toMatchObject({ level: "info", message: "said" });
    expect(record).toMatchObject({ level_: 1, time_: 2, message_: 3 });
  });

  test("keeps the code of an error of the system", () => {
    const error = Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
    expect(recordOf({ err: error })["err"]).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("what must never be in a log", () => {
  const secret = "hunter2-OPEN-sesame";

  test.each([
    "password",
    "dbPassword",
    "PGPASSWORD",
    "clientSecret",
    "secret_key",
    "token",
    "accessToken",
    "Authorization",
    "apiKey",
    "api_key",
    "privateKey",
    "set-cookie",
  ])("a field named %s, at any depth", (name) => {
    const { log, raw } = listening();
    log.info({ [name]: secret }, "flat");
    log.info({ request: { headers: [{ [name]: secret }] } }, "deep");
    log.info({ map: new Map([[name, secret]]) }, "in a map");
    log.error({ err: fail(errors, "busy", { [name]: secret }) }, "in details");
    log.error({ err: Object.assign(new Error("x"), { [name]: secret }) }, "on an error");
    log.error(
      { err: new Error("y", { cause: Object.assign(new Error(), { [name]: secret }) }) },
      "",
    );
    expect(raw).toHaveLength(6);
    expect(raw.join("")).not.toContain(secret);
    expect(raw.join("").match(/\*\*\*/g)).toHaveLength(6);
  });

  test("the password of a URL, wherever the URL stands", () => {
    const { log, raw } = listening();
    const url = `postgres://longmen:${secret}@db.example:5432/shop?sslmode=require`;
    log.info({ databaseUrl: url }, "in a field");
    log.info({ text: `could not reach ${url}, twice: ${url}` }, "in a sentence");
    log.info({}, `in the message: ${url}`);
    log.error(
      { err: new Error(url, { cause: new Error(url) }) },
      "in an error, its stack and cause",
    );
    log.child({ url }).info({ urls: [url] }, "in a child and a list");
    expect(raw).toHaveLength(5);
    expect(raw.join("")).not.toContain(secret);
    expect(raw[0]).toContain("postgres://longmen:***@db.example:5432/shop?sslmode=require");
  });

  test("the secret of a token, wherever the token stands; the key's id stays readable", () => {
    const { log, raw } = listening();
    const token = `lm_abcdefghijk2_${secret}`;
    log.info({ sent: token, header: `Bearer ${token}` }, `refused ${token}`);
    log.error({ err: fail(errors, "busy", { what: `the key ${token}` }) }, "in details");
    log.error({ err: new Error(token, { cause: new Error(`x${token}`) }) }, "in an error");
    expect(raw).toHaveLength(3);
    expect(raw.join("")).not.toContain(secret);
    expect(raw[0]).toContain("Bearer lm_abcdefghijk2_***");
    expect(fail(errors, "busy", { what: token }).message).toBe("busy with lm_abcdefghijk2_***");
  });

  test.each([
    ["postgres://u:p@h/d", "postgres://u:***@h/d"],
    ["postgres://u@h/d", "postgres://u@h/d"],
    ["postgres://:p@h/d", "postgres://:***@h/d"],
    ["postgres://u:p%40ss:w@rd@h/d", "postgres://u:***@h/d"],
    ["postgres://h/d?user=u&password=p&x=1", "postgres://h/d?user=u&password=***&x=1"],
    ["http://127.0.0.1:7300/a@b", "http://127.0.0.1:7300/a@b"],
    ["see http://a:1/x and user@example.org", "see http://a:1/x and user@example.org"],
    ["no url at all: a:b@c", "no url at all: a:b@c"],
  ])("%s is shown as %s", (text, expected) => {
    expect(maskUrlPasswords(text)).toBe(expected);
  });
});

describe("writing a line never fails", () => {
  test.each<[string, unknown, unknown]>([
    ["a bad date", new Date(Number.NaN), null],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["bytes", Buffer.from("abc"), "3 bytes"],
    ["a set", new Set([1n]), ["1"]],
    ["not a number", Number.NaN, null],
    ["a long text", "x".repeat(100_000), `${"x".repeat(8_192)}…`],
    [
      "a long list",
      Array.from({ length: 150 }, () => 0),
      [...Array.from({ length: 100 }, () => 0), "… 50 more"],
    ],
  ])("%s", (_, value, expected) => {
    expect(recordOf({ value })["value"]).toEqual(expected);
  });

  test("not on a circle, nor on functions and symbols", () => {
    const circle: Record<string, unknown> = { call: () => 1, mark: Symbol("s") };
    circle["self"] = circle;
    expect(recordOf({ circle })["message"]).toBe("said");
  });

  test("a map whose keys are no text", () => {
    expect(recordOf({ map: new Map([[{ toString: undefined }, 1]]) })["map"]).toEqual({
      object: 1,
    });
  });

  test("for whatever fields, it is still one line of JSON", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.anything({ withBigInt: true, withDate: true, withMap: true }),
        ),
        (fields) => {
          const { log, raw, records } = listening();
          log.info(fields, "said");
          expect(raw).toHaveLength(1);
          expect(raw[0]?.indexOf("\n")).toBe((raw[0]?.length ?? 0) - 1);
          expect(records()).toHaveLength(1);
        },
      ),
    );
  });
});

describe("a line for a person", () => {
  const line = (fields: object) =>
    `${JSON.stringify({ level: "warn", time: "2010-12-01T08:26:00.123Z", message: "slow", ...fields })}\n`;

  test("has the time, the level, the sentence and the fields", () => {
    expect(prettyLine(line({ ms: 12, book: "a/b", why: "two words", in: { a: 1 } }), false)).toBe(
      '08:26:00.123 warn  slow ms=12 book=a/b why="two words" in={"a":1}\n',
    );
  });

  test("shows an error's message beside the others and its stack below", () => {
    const err = { message: "gone", stack: "Error: gone\n    at pay (a.ts:1:1)" };
    expect(prettyLine(line({ err }), false)).toBe(
      '08:26:00.123 warn  slow err="gone"\n    Error: gone\n        at pay (a.ts:1:1)\n',
    );
  });

  test("has colours only when asked", () => {
    expect(prettyLine(line({}), true)).toContain("\u001b[33mwarn \u001b[0m");
    expect(prettyLine(line({}), false)).not.toContain("\u001b");
  });

  test("passes on what is no log line", () => {
    expect(prettyLine("plain words\n", false)).toBe("plain words\n");
    expect(prettyLine("5\n", false)).toBe("5\n");
  });

  test("comes out of a pretty logger, masked like any other", () => {
    const lines: string[] = [];
    const log = pinoLogger({
      level: "info",
      pretty: true,
      destination: { write: (text) => lines.push(text) },
    });
    log.child({ room: "lane" }).info({ password: "hunter2" }, "started");
    expect(lines.join("")).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}started room=lane password=/);
    expect(lines.join("")).not.toContain("hunter2");
  });
});

test("the silent logger says nothing and has silent children", () => {
  expect(silentLogger.child({ room: "lane" })).toBe(silentLogger);
  expect(pinoLogger({ level: "silent" })).toBe(silentLogger);
  expect(silentLogger.error({}, "x")).toBeUndefined();
});
