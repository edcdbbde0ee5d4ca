import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { hasCode, LongmenError } from "./base/index.ts";
import { type ConfigInput, describeConfig, flagOf, loadConfig } from "./config.ts";

function mistakesOf(input: ConfigInput): unknown {
  try {
    loadConfig(input);
  } catch (error) {
    if (hasCode(error, "config.invalid")) return error.details["mistakes"];
    throw error;
  }
  return "none";
}

function lineOf(name: string, input: ConfigInput) {
  return describeConfig(input).lines.find((line) => line.name === name);
}

test("starts with nothing given", () => {
  expect(loadConfig({ environment: {} })).toEqual({
    databaseUrl: undefined,
    dir: resolve(".longmen"),
    port: 7300,
    host: "127.0.0.1",
    schema: "longmen",
    log: "warn",
    pgPort: 0,
    pgAs: "auto",
    poolMax: 10,
    keepDays: 90,
    payWithinS: 900,
    node: undefined,
    faults: undefined,
  });
});

test("reads every setting from the environment, parsed", () => {
  const config = loadConfig({
    environment: {
      DATABASE_URL: "postgresql://u:p@db:5432/shop",
      LONGMEN_DIR: "/var/lib/longmen",
      LONGMEN_PORT: "0",
      LONGMEN_HOST: "::1",
      LONGMEN_SCHEMA: "shop_2",
      LONGMEN_LOG: "silent",
      LONGMEN_PG_PORT: "5433",
      LONGMEN_PG_AS: "userns",
      LONGMEN_POOL_MAX: "25",
      LONGMEN_KEEP_DAYS: "0",
      LONGMEN_PAY_WITHIN_S: "300",
      LONGMEN_NODE: "node-7",
      LONGMEN_FAULTS: "lane.after_send=throw@2",
    },
  });
  const { faults, ...plain } = config;
  expect(plain).toEqual({
    databaseUrl: "postgresql://u:p@db:5432/shop",
    dir: resolve("/var/lib/longmen"),
    port: 0,
    host: "::1",
    schema: "shop_2",
    log: "silent",
    pgPort: 5433,
    pgAs: "userns",
    poolMax: 25,
    keepDays: 0,
    payWithinS: 300,
    node: "node-7",
  });
  expect(faults?.at("lane.after_send")).toBeUndefined();
  expect(() => faults?.at("lane.after_send")).toThrow("injected fault");
});

test.each<[string, ConfigInput, number, string]>([
  ["the default", { environment: {} }, 7300, "default"],
  ["the environment over the default", { environment: { LONGMEN_PORT: "1" } }, 1, "environment"],
  [
    "a flag over the environment",
    { environment: { LONGMEN_PORT: "1" }, flags: { port: "2" } },
    2,
    "flag",
  ],
  [
    "what is not empty",
    { environment: { LONGMEN_PORT: "1" }, flags: { port: "" } },
    1,
    "environment",
  ],
  ["the default over emptiness", { environment: { LONGMEN_PORT: "" } }, 7300, "default"],
  [
    "the environment over no flag",
    { environment: { LONGMEN_PORT: "1" }, flags: { port: undefined } },
    1,
    "environment",
  ],
])("takes %s", (_, input, port, source) => {
  expect(loadConfig(input).port).toBe(port);
  expect(lineOf("LONGMEN_PORT", input)).toMatchObject({ value: String(port), source });
});

test("names its flags after its variables", () => {
  expect(["DATABASE_URL", "LONGMEN_PG_PORT", "LONGMEN_DIR"].map(flagOf)).toEqual([
    "database-url",
    "pg-port",
    "dir",
  ]);
});

describe("a mistake", () => {
  test.each([
    ["LONGMEN_PORT", "65536", "must be a whole number from 0 to 65535"],
    ["LONGMEN_PORT", "-1", "must be a whole number from 0 to 65535"],
    ["LONGMEN_PORT", "7300.0", "must be a whole number from 0 to 65535"],
    ["LONGMEN_PORT", "0x1c84", "must be a whole number from 0 to 65535"],
    ["LONGMEN_PORT", "7300 ", "begins or ends with a space or a line break"],
    ["LONGMEN_PG_PORT", "99999999999999999999", "must be a whole number from 0 to 65535"],
    ["LONGMEN_POOL_MAX", "2", "must be a whole number from 3 to 1000"],
    ["LONGMEN_KEEP_DAYS", "-1", "must be a whole number from 0 to 36500"],
    ["LONGMEN_PAY_WITHIN_S", "59", "must be a whole number from 60 to 2592000"],
    ["LONGMEN_POOL_MAX", "1001", "must be a whole number from 3 to 1000"],
    ["LONGMEN_HOST", "a b", "is no host name or address"],
    ["LONGMEN_HOST", "http://localhost", "is no host name or address"],
    ["LONGMEN_SCHEMA", "Shop", "must be up to 63 of a-z, 0-9 and _, not beginning with a digit"],
    [
      "LONGMEN_SCHEMA",
      'a"; drop',
      "must be up to 63 of a-z, 0-9 and _, not beginning with a digit",
    ],
    [
      "LONGMEN_SCHEMA",
      "a".repeat(64),
      "must be up to 63 of a-z, 0-9 and _, not beginning with a digit",
    ],
    ["LONGMEN_SCHEMA", "pg_shop", "names a schema of PostgreSQL's own"],
    ["LONGMEN_SCHEMA", "information_schema", "names a schema of PostgreSQL's own"],
    ["LONGMEN_LOG", "INFO", "must be one of debug, info, warn, error, silent"],
    ["LONGMEN_PG_AS", "root", "must be one of auto, self, userns, account"],
    ["LONGMEN_NODE", "my node", "must be 1 to 64 letters, digits and . _ : / @ # + -"],
    [
      "LONGMEN_FAULTS",
      "lane=burn",
      'is unreadable: fault "lane=burn" is not of the form name=action@hit',
    ],
    ["DATABASE_URL", "mysql://u:p@h/d", "must begin with postgres:// or postgresql://"],
    ["DATABASE_URL", "localhost", "is no URL; write special characters as %40 and so"],
  ])("in %s, %j, is named", (name, value, problem) => {
    expect(mistakesOf({ environment: { [name]: value } })).toEqual([`${name} ${problem}`]);
    const flag = flagOf(name);
    expect(mistakesOf({ environment: {}, flags: { [flag]: value } })).toEqual([
      `--${flag} ${problem}`,
    ]);
    expect(lineOf(name, { environment: { [name]: value } })?.mistake).toBe(`${name} ${problem}`);
  });

  test("is reported together with all the others, in one error", () => {
    const input = {
      environment: { LONGMEN_PORT: "x", LONGMEN_LOG: "loud", DATABASE_URL: "nowhere" },
      flags: { "pool-max": "0", prot: "1" },
    };
    expect(mistakesOf(input)).toEqual([
      "--prot is no setting",
      "DATABASE_URL is no URL; write special characters as %40 and so",
      "LONGMEN_PORT must be a whole number from 0 to 65535",
      "LONGMEN_LOG must be one of debug, info, warn, error, silent",
      "--pool-max must be a whole number from 3 to 1000",
    ]);
    expect(() => loadConfig(input)).toThrow(
      /--prot is no setting.*DATABASE_URL.*LONGMEN_PORT.*LONGMEN_LOG.*--pool-max/,
    );
    expect(() => loadConfig(input)).toThrow(LongmenError);
  });

  test("made by Kubernetes says so", () => {
    expect(mistakesOf({ environment: { LONGMEN_PORT: "tcp://10.0.0.1:7300" } })).toEqual([
      expect.stringContaining("enableServiceLinks: false"),
    ]);
  });

  test("does not keep `longmen config` from describing the rest", () => {
    const { lines, mistakes } = describeConfig({ environment: { LONGMEN_PORT: "x" } });
    expect(lines).toHaveLength(19);
    expect(lines.filter((line) => line.mistake !== undefined)).toHaveLength(1);
    expect(mistakes).toHaveLength(1);
  });
});

describe("a password", () => {
  test.each([
    "postgres://longmen:hunter2@db/shop",
    "postgres://db/shop?user=longmen&password=hunter2",
    "postgres://longmen:hunter2@[half-a-url", // unreadable, so all of it is masked
    "mysql://longmen:hunter2@db/shop",
    "longmen:hunter2",
    " postgres://longmen:hunter2@db/shop",
  ])("is not shown of %j", (url) => {
    const description = describeConfig({ environment: { DATABASE_URL: url } });
    expect(JSON.stringify(description)).not.toContain("hunter2");
    expect(JSON.stringify(description)).toContain("***");
  });

  test("reaches the configuration itself unharmed", () => {
    const databaseUrl = "postgres://longmen:hunter2@db/shop";
    expect(loadConfig({ environment: { DATABASE_URL: databaseUrl } }).databaseUrl).toBe(
      databaseUrl,
    );
  });
});

describe("a notice", () => {
  test("names variables of ours that don't exist, and stops nothing", () => {
    const environment = { LONGMEN_PROT: "1", LONGMEN_SERVICE_HOST: "10.0.0.1", PATH: "/bin" };
    expect(describeConfig({ environment }).notices).toEqual([
      "LONGMEN_PROT is no setting and is ignored",
      "LONGMEN_SERVICE_HOST is no setting and is ignored",
    ]);
    expect(mistakesOf({ environment })).toBe("none");
  });

  test("warns of armed faults", () => {
    const { notices } = describeConfig({ environment: {}, flags: { faults: "a.b=kill" } });
    expect(notices).toEqual([expect.stringContaining("hurt itself on purpose")]);
  });
});

test("gives every setting a doc, a flag, a value and a source", () => {
  for (const line of describeConfig({ environment: {} }).lines) {
    expect(line).toMatchObject({ source: "default" });
    expect(line.flag).toMatch(/^--[a-z-]+$/);
    expect(line.doc.length).toBeGreaterThan(10);
    expect(line.value).not.toBe("");
  }
});

describe("the node that is asked", () => {
  const token = `lm_abcdefghijkl_${"x".repeat(43)}`;

  test("is an address and a token, and the token is never shown", () => {
    const environment = { LONGMEN_URL: "https://ledger.example.com/a", LONGMEN_KEY: token };
    expect(loadConfig({ environment })).toMatchObject({ url: environment.LONGMEN_URL, key: token });
    const { lines } = describeConfig({ environment });
    expect(JSON.stringify(lines)).not.toContain("abcdefghijkl");
    expect(lines.find(({ name }) => name === "LONGMEN_KEY")).toMatchObject({ value: "***" });
  });

  test.each(["ftp://a", "http://user:secret@a", "http://a?key=secret", "a:b"])(
    "is no %s",
    (url) => {
      expect(mistakesOf({ environment: { LONGMEN_URL: url } })).toHaveLength(1);
    },
  );

  test("is told nothing of a token that is none, nor is anybody else", () => {
    const secret = "bearer of bad news";
    const { lines, mistakes } = describeConfig({ environment: { LONGMEN_KEY: secret } });
    expect(mistakes).toHaveLength(1);
    expect(JSON.stringify([lines, mistakes])).not.toContain("bad news");
  });
});

describe("secrets of calls", () => {
  const secret = (letter: string) => `whsec_${letter.repeat(32)}`;
  const secretsOf = (text: string): ConfigInput => ({
    environment: { LONGMEN_CALL_SECRETS: text },
  });

  test("are read by name, the newest of a name first, and never shown", () => {
    const input = secretsOf(`billing=${secret("A")}, mail=${secret("B")},billing=${secret("C")}`);
    expect(loadConfig(input).callSecrets).toEqual(
      new Map([
        ["billing", [secret("A"), secret("C")]],
        ["mail", [secret("B")]],
      ]),
    );
    expect(JSON.stringify(describeConfig(input))).not.toContain("AAAA");
  });

  test.each(["billing", "billing=hunter2", `b c=${secret("A")}`, "=", `a=${secret("A")},`])(
    "refuse %s without telling it",
    (text) => {
      const mistakes = JSON.stringify(mistakesOf(secretsOf(text)));
      expect(mistakes).toContain("LONGMEN_CALL_SECRETS must be NAME=whsec_");
      expect(mistakes).not.toMatch(/hunter2|AAAA/);
    },
  );

  test("go with hosts, by name and port", () => {
    const hosts = (text: string): ConfigInput => ({ environment: { LONGMEN_CALL_HOSTS: text } });
    expect(loadConfig(hosts("billing.internal:8080, 127.0.0.1")).callHosts).toEqual([
      "billing.internal:8080",
      "127.0.0.1",
    ]);
    expect(mistakesOf(hosts("https://a"))).toEqual([expect.stringContaining("https://a is none")]);
  });
});
