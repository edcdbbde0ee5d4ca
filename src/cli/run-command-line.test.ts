import { describe, expect, test } from "vitest";
import { fail } from "../base/index.ts";
import { cliErrors } from "./cli.errors.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";
import type { ConfigShown, House } from "./house.ts";
import { commands, runCommandLine } from "./run-command-line.ts";
import { barText, terminalOf } from "./terminal.ts";

const shown: ConfigShown = {
  lines: [
    {
      name: "LONGMEN_DIR",
      flag: "--dir",
      value: ".longmen",
      source: "default",
      doc: "folder of the embedded PostgreSQL",
    },
  ],
  mistakes: [],
  notices: [],
};

type ConfigLines = ConfigShown["lines"];

const settingsRead = {
  dir: ".longmen",
  port: 0,
  host: "127.0.0.1",
  schema: "longmen",
  log: "silent",
  pgPort: 0,
  pgAs: "auto",
  poolMax: 3,
  keepDays: 90,
} as const;

function houseOf(change: Partial<House> = {}): House {
  return {
    version: "1.2.3",
    sample: "sample.csv",
    manifest: () => Promise.resolve(undefined),
    nodeName: () => "test",
    reactions: () => ({ flows: [], reactions: [] }),
    loadConfig: () => {
      throw fail(cliErrors, "file_missing", { path: "sample.csv" });
    },
    describeConfig: () => shown,
    ...change,
  };
}

interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

async function run(words: readonly string[], change: Partial<House> = {}): Promise<Ran> {
  let [out, err] = ["", ""];
  const terminal = terminalOf({
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  });
  const { signal } = new AbortController();
  const code = await runCommandLine({ house: houseOf(change), terminal, words, signal });
  return { code, out, err };
}

function expectOneScreen(text: string, linesMax = 24): void {
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(linesMax);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
}

describe("the command line", () => {
  test("refuses a malformed cron with its field, before anything is asked", async () => {
    const put = ["schedules", "put", "a", "--cron", "0 99 * * *", "--to", "b"];
    const { code, err } = await run(put);
    expect(code).toBe(exitCodes.usage);
    expect(err).toContain("wrong in field 2 (hour)");
    expect(err).toContain("(schedule.cron_malformed)");
  });

  test("prints its version", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });

  test("teaches on one screen: every command with its options, and where the settings are", async () => {
    const [line] = shown.lines;
    const flags = ["--key", ...Array.from({ length: 15 }, (_, i) => `--setting-${i}`)];
    const more = flags.map((flag) => ({ ...line, flag }));
    const describeConfig = () => ({ ...shown, lines: [...shown.lines, ...more] as ConfigLines });
    const { out } = await run(["--help"], { describeConfig });
    // More commands than a screen of 24 lines has room for.
    expectOneScreen(out, 30);
    for (const { name } of commands) {
      expect(out).toContain(`  ${name} `);
      const help = await run([name, "--help"], { describeConfig });
      expect(help.code).toBe(exitCodes.done);
      expect(help.out).toContain(`usage: longmen ${name}`);
      expect(help.out).toContain("--json");
      expect(help.out).toContain("--dir");
      expect(help.out).not.toContain("--key");
      expect(help.out).toContain("`longmen config`");
      expect(help.out).not.toMatch(/^longmen /m); // examples are indented, the first one too
      // Its verbs and their options are more than any other's.
      expectOneScreen(help.out, name === "runs" ? 27 : 24);
    }
  });

  const OPTION = "cli.option_malformed";
  test.each([
    [["nonsense"], "cli.command_unknown"],
    [["start", "--nonsense"], "cli.option_malformed"],
    [["start", "--data"], "cli.option_malformed"],
    [["balance", "--book", "b1", "--book", "b2"], "cli.option_malformed"],
    [["start", "extra"], "cli.option_malformed"],
    [["start", "--serve", "--data", "x.csv"], "cli.option_malformed"],
    [["start", "--serve", "--exit"], "cli.option_malformed"],
    [["start", "--serve", "--json"], "cli.option_malformed"],
    [["keys"], "cli.option_malformed"],
    [["runs"], "cli.option_malformed"],
    [["runs", "show"], "cli.option_malformed"],
    [["runs", "list", "--status", "lost"], "cli.option_malformed"],
    [["runs", "list", "--limit", "5000"], "cli.option_malformed"],
    [["runs", "start", "f", "--input", "{"], "cli.option_malformed"],
    [["runs", "cancel", "r1", "--from", "a"], "cli.option_malformed"],
    [["leases", "break"], "cli.option_malformed"],
    [["tasks", "redrive"], "cli.option_malformed"],
    [["schedules", "show"], "cli.option_malformed"],
    [["schedules", "put", "a", "--cron", "@daily"], "cli.option_malformed"],
    [["schedules", "preview", "--zone", "UTC"], "cli.option_malformed"],
    [["schedules", "preview", "--cron", "@daily", "--every", "5"], "cli.option_malformed"],
    [["schedules", "put", "a", "--cron", "@daily", "--to", "b", "--with", "[]"], OPTION],
    [["bulk", "burn"], "cli.option_malformed"],
    [["bulk", "cancel", "--status", "done"], "cli.option_malformed"],
    [["bulk", "cancel", "--bulk-key", "a"], "cli.option_malformed"],
    [["machines", "send", "order", "4711"], "cli.option_malformed"],
    [["runs", "fork"], "cli.option_malformed"],
    [["schedules", "list", "--state", "over"], "cli.option_malformed"],
    [["schedules", "run", "a", "--input", "{"], "cli.option_malformed"],
    [["tasks", "redrive", "r1", "--task", "a"], "cli.option_malformed"],
    [["leases", "break", "a", "--token", "x"], "cli.option_malformed"],
    [["keys", "constructor"], "cli.option_malformed"],
    [["keys", "list", "extra"], "cli.option_malformed"],
    [["keys", "list", "--owner", "ann"], "cli.option_malformed"],
    [["keys", "rotate"], "cli.option_malformed"],
    [["keys", "rotate", "abcdefghijkl", "--grace", "-1"], "cli.option_malformed"],
    [["keys", "revoke", "one", "two"], "cli.option_malformed"],
    [["keys", "create", "--owner", "ann"], "cli.option_malformed"],
    [
      ["keys", "create", "--owner", "ann", "--scopes", "admin", "--kind", "robot"],
      "cli.option_malformed",
    ],
    [["verify", "--expect-head", "3b0c"], "cli.head_malformed"],
    [["start", "--url", "http://localhost"], "cli.option_malformed"],
    [["keys", "list", "--key", "lm_x"], "cli.option_malformed"],
    [["transfer"], "cli.option_malformed"],
    [["transfer", "5"], "cli.option_malformed"],
    [["transfer", "5", "GBP/2", "--debit", "bank"], "cli.option_malformed"],
    [["transfer", "5", "GBP/2", "x", "--debit", "a", "--credit", "b"], "cli.option_malformed"],
    [["transfer", "--post", "h", "--void", "h"], "cli.option_malformed"],
    [["transfer", "--void", "h", "5", "GBP/2"], "cli.option_malformed"],
    [["transfer", "--post", "h", "--timeout", "5"], "cli.option_malformed"],
    [["transfer", "5", "GBP/2", "--pending", "--timeout", "1.5"], "cli.option_malformed"],
    [["balance", "a", "b"], "cli.option_malformed"],
    [["balance", "/a"], "cli.option_malformed"],
    [["balance", "--prefix"], "cli.option_malformed"],
    [["balance", "a", "--seq", "-1"], "cli.option_malformed"],
    [["balance", "a", "--seq", "1", "--at", "2026-01-01T00:00:00Z"], "cli.option_malformed"],
    [["balance", "a", "--limit", "0"], "cli.option_malformed"],
    [["move-to", "mysql://db/longmen"], "cli.option_malformed"],
    [["transfer", "5", "GBP/2", "--debit", "a", "--credit", "b", "--balancing", "left"], OPTION],
    [["transfer", "5", "GBP/2", "--debit", "a", "--credit", "b", "--metadata", "{a}"], OPTION],
    [["transfer", "--post", "h", "--balancing", "debit"], OPTION],
    [["account"], OPTION],
    [["account", "constructor"], OPTION],
    [["account", "open", "bank", "GBP/2"], OPTION],
    [["account", "open", "bank", "GBP/2", "--side", "left"], OPTION],
    [["account", "bound", "bank", "GBP/2"], OPTION],
    [["account", "close", "bank"], OPTION],
    [["account", "close", "bank", "GBP/2", "--bound", "1"], OPTION],
    [["account", "show"], OPTION],
    [["account", "show", "/a"], OPTION],
    [["account", "list", "a", "b"], OPTION],
    [["account", "list", "--side", "debit"], OPTION],
    [["book"], OPTION],
    [["book", "create"], OPTION],
    [["book", "create", "/a"], OPTION],
    [["book", "show", "a", "b"], OPTION],
    [["book", "list", "a"], OPTION],
    [["book", "define", "GBP/2", "--refusals", "never"], OPTION],
    [["book", "list", "--book", "a"], OPTION],
    [["history", "--asset", "GBP/2"], "cli.option_malformed"],
    [["history", "--prefix"], "cli.option_malformed"],
    [["history", "--code", "x"], "cli.option_malformed"],
    [["history", "--limit", "1000001"], "cli.option_malformed"],
    [["verify", "--expect-head", `${"ab".repeat(31)}xy`], "cli.head_malformed"],
  ])("refuses %j as %s, with advice and exit code 2", async (words, code) => {
    const ran = await run(words);
    expect(ran.code).toBe(exitCodes.usage);
    expect(ran.out).toBe("");
    expect(ran.err).toContain(`(${code})`);
    expect(ran.err).toContain("--");
  });

  test.each([
    [["transfer", "-5", "GBP/2", "--debit", "a", "--credit", "b"], "-5 is below zero"],
    [["transfer", "--", "-5", "GBP/2"], "-5 is below zero: an amount is positive"],
    [["transfer", "5", "GBP/2", "--timeout", "-1"], "--timeout is -1, and takes nothing below"],
    [["stock", "put", "TEA", "-5"], "-5 is below zero: quantities are above zero"],
    [["stock", "put", "TEA=-5"], '"TEA=-5" is not SKU=QUANTITY, such as TEA=100: quantities are'],
    [["stock", "put", "--", "-TEA=0"], '"-TEA=0" is not SKU=QUANTITY, such as TEA=100: quantities'],
    [["stock", "put", "--", "TEA", "-5"], '"TEA" is not SKU=QUANTITY'],
    [["catalog", "quote", "TEA=2", "-.5"], "-.5 is below zero: quantities are above zero"],
    [["orders", "pay", "o-1", "-5"], "-5 is below zero: amounts and quantities are above zero"],
    [["orders", "fulfil", "o-1", "0=-2"], '"0=-2" is not LINE=QUANTITY, such as 0=2: quantities'],
    [["wallet", "fill", "ann", "-5", "--asset", "GBP/2"], "-5 is below zero: amounts are above"],
    [
      ["wallet", "fill", "--asset", "GBP/2", "--", "ann", "-5"],
      "-5 is not above zero: amounts are",
    ],
    [["transfer", "5", "GBP/2", "-x", "--debit", "a", "--credit", "b"], "there is no option -x"],
    [["balance", "-5"], "there is no option -5"],
    [["runs", "list", "--limit", "-1"], "--limit is -1, and takes nothing below zero"],
    [["runs", "list", "--limit"], "--limit needs a value behind it"],
    [["runs", "list", "--limit", "--json"], "--limit needs a value, and --json looks like another"],
    [["runs", "list", "--json=yes"], "--json is a switch, and takes no value"],
    [["config", "extra"], "it takes no word such as extra"],
    [["book", "create", "My Shop"], 'letters, digits and . _ : @ + -, in parts joined by "/"'],
  ])("says what is wrong with %j", async (words, said) => {
    const ran = await run(words);
    expect(ran).toMatchObject({ code: exitCodes.usage, out: "" });
    expect(ran.err).toContain(said);
  });

  test.each([["nowhere.lma"], ["."]])("verify names an archive that is none: %s", async (file) => {
    const loadConfig = () => settingsRead;
    const ran = await run(["verify", "--archive", file], { loadConfig });
    expect(ran).toMatchObject({ code: exitCodes.refused, out: "" });
    expect(ran.err).toContain(`${file} can't be read`);
    expect(ran.err).toContain("(ledger.archive_file_missing)");
  });

  test.each([
    [["12.345", "GBP/2"], "base.amount_too_precise"],
    [["12,50", "GBP/2"], "base.amount_malformed"],
    [["12.50", "GBP"], "base.asset_malformed"],
    [["92233720368547758.08", "GBP/2"], "base.amount_out_of_range"],
  ])(
    "refuses to move %j as %s, never rounding, before a database is started",
    async (words, code) => {
      const ran = await run(["transfer", ...words, "--debit", "bank", "--credit", "till"]);
      expect(ran).toMatchObject({ code: exitCodes.usage, out: "" });
      expect(ran.err).toContain(`(${code})`);
      expect(ran.err).not.toContain("id ");
    },
  );

  test.each([
    [["keys", "create", "--owner", "ann", "--scopes", "fly@x"], "access.scope_malformed"],
    [["account", "open", "bank", "GBP", "--side", "debit"], "base.asset_malformed"],
    [
      ["account", "open", "a", "GBP/2", "--side", "debit", "--bound", "1.234"],
      "base.amount_too_precise",
    ],
    [["book", "define", "GBP"], "base.asset_malformed"],
    [
      ["transfer", "5", "GBP/2", "--debit", "a", "--credit", "b", "--effective-at", "now"],
      "base.time_malformed",
    ],
  ])("refuses %j as %s with exit code 2, before a database is started", async (words, code) => {
    const ran = await run(words);
    expect(ran).toMatchObject({ code: exitCodes.usage, out: "" });
    expect(ran.err).toContain(`(${code})`);
  });

  test("sends no node to look at files of this machine", async () => {
    const loadConfig = () => ({ ...settingsRead, url: "http://127.0.0.1:1", key: "lm_a_b" });
    const ran = await run(["verify", "--archive", "x"], { loadConfig });
    expect(ran).toMatchObject({ code: exitCodes.usage, out: "" });
    expect(ran.err).toContain("--archive looks at files here");
  });

  test("asks for a key where a node is named, and for none where none is", async () => {
    const loadConfig = () => ({ ...settingsRead, url: "http://127.0.0.1:2" });
    const keyless = await run(["history"], { loadConfig });
    expect(keyless).toMatchObject({ code: exitCodes.usage, out: "" });
    expect(keyless.err).toContain("(cli.key_needed)");
    const key = "lm_abcdefghijkl_x";
    const away = await run(["balance", "bank"], { loadConfig: () => ({ ...loadConfig(), key }) });
    expect(away).toMatchObject({ code: exitCodes.refused, out: "" });
    expect(away.err).toContain("(client.");
    expect(away.err).not.toContain(key);
  }, 60_000);

  test("names a port that can't be asked, as a mistake of the settings", async () => {
    const url = "http://127.0.0.1:6000";
    const loadConfig = () => ({ ...settingsRead, url, key: "lm_abcdefghijkl_x" });
    // Files go by fetch, and fetch keeps away from some ports.
    const ran = await run(["catalog", "export"], { loadConfig });
    expect(ran).toMatchObject({ code: exitCodes.usage, out: "" });
    expect(ran.err).toContain("(client.port_forbidden");
    expect(ran.err).toContain("Nothing was sent");
  });

  test.each([
    [["backup", "--to", "x"], true],
    [["start"], true],
    [["migrate"], true],
    [["keys", "list"], true],
    [["move-to", "postgres://elsewhere/longmen"], true],
    [["balance"], false],
    [["account", "list"], false],
    [["replay"], false],
    [["config"], false],
    [["completion", "bash"], false],
  ])("%j says that an exported LONGMEN_URL does not apply to it: %s", async (words, isSaid) => {
    const [line] = shown.lines;
    const url = { ...line, name: "LONGMEN_URL", flag: "--url", value: "https://ledger.example" };
    const lines = [{ ...url, source: "environment" }] as ConfigLines;
    const ran = await run(words, { describeConfig: () => ({ ...shown, lines }) });
    const said = `longmen: LONGMEN_URL does not apply to ${words[0]}: it works on the database here\n`;
    expect(ran.err.startsWith(said)).toBe(isSaid);
    expect(ran.err.includes("LONGMEN_URL does not apply")).toBe(isSaid);
    const unset = await run(words, {
      describeConfig: () => ({ ...shown, lines: [{ ...url, source: "default" }] as ConfigLines }),
    });
    expect(unset.err).not.toContain("LONGMEN_URL does not apply");
  });

  test("completes verbs whole, those with a hyphen, too", async () => {
    const { out } = await run(["completion", "bash"]);
    expect(out).toMatch(/ catalog\)\n +words='[^']* buy-page quote export /);
    expect(out).toMatch(/ rules\)\n +words='[^']* decide events log decision trace /);
  });

  test("without a word shows the help and exits 2", async () => {
    const ran = await run([]);
    expect(ran.code).toBe(exitCodes.usage);
    expect(ran.out).toContain("usage: longmen COMMAND");
  });

  test("hands settings given as flags to the configuration, a flag of a command not", async () => {
    const seen: object[] = [];
    const describeConfig: House["describeConfig"] = (flags) => {
      seen.push(flags);
      return shown;
    };
    await run(["config", "--dir", "elsewhere", "--json"], { describeConfig });
    expect(seen.at(-1)).toEqual({ dir: "elsewhere" });
  });

  test("says a named refusal in three lines and exits 3", async () => {
    const ran = await run(["migrate"]);
    expect(ran.code).toBe(exitCodes.refused);
    expect(ran.err.trimEnd().split("\n")).toHaveLength(3);
    expect(ran.err).toContain("(cli.file_missing)");
  });

  test("shows the stack of a bug and exits 1", async () => {
    const loadConfig = () => {
      throw new RangeError("impossible");
    };
    const ran = await run(["migrate"], { loadConfig });
    expect(ran.code).toBe(exitCodes.bug);
    expect(ran.err).toContain("RangeError: impossible");
    expect(ran.err).toContain("run-command-line");
  });

  test("shows the configuration with its mistakes and exits 2 when there are any", async () => {
    const good = await run(["config"]);
    expect(good.code).toBe(exitCodes.done);
    expect(good.out).toContain("LONGMEN_DIR = .longmen  (default)");
    expect(good.out).toContain("--dir  folder of");
    const mistakes = ["LONGMEN_PORT must be a whole number"];
    const bad = await run(["config", "--json"], {
      describeConfig: () => ({ ...shown, mistakes }),
    });
    expect(bad.code).toBe(exitCodes.usage);
    expect(JSON.parse(bad.out)).toEqual({ settings: shown.lines, mistakes, notices: [] });
    expect(bad.err).toContain(mistakes[0]);
  });
});

describe("the terminal", () => {
  test("draws a bar over itself on a screen, and none into a log", () => {
    let screen = "";
    const live = terminalOf({
      stdout: { write: () => undefined },
      stderr: { isTTY: true, write: (text) => (screen += text) },
    });
    live.bar("half");
    live.bar("whole");
    live.say("done");
    expect(screen).toBe("half\r\u001B[2Kwhole\r\u001B[2Kdone\n");
    let log = "";
    const dull = terminalOf({
      stdout: { write: () => undefined },
      stderr: { write: (text) => (log += text) },
    });
    dull.bar("half");
    dull.say("done");
    expect(log).toBe("done\n");
  });

  test("keeps a bar within 80 columns, and within what there is to do", () => {
    expect(barText("booking", 20_391, 42_481, "x".repeat(100)).length).toBeLessThan(80);
    expect(barText("booking", 5, 4, "")).toContain(" 100 %");
    expect(barText("booking", 0, 0, "")).toContain("   0 %");
  });
});
