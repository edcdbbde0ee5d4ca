/** The guides of selling do what they say: their shell with curl, their code with the client. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { tellDay } from "../../examples/company-canteen.ts";
import { audit, prepare, rush } from "../../examples/flash-sale.ts";
import { runWords } from "../../src/cli/testing.ts";
import { isLong } from "../../src/postgres/testing.ts";
import { type HttpShop, httpShop } from "./http-shop.ts";

const root = join(import.meta.dirname, "../..");
const pageOf = (name: string): string => readFileSync(join(root, `docs/guides/${name}.md`), "utf8");
const blocksOf = (name: string, language: string): string[] =>
  [...pageOf(name).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, block = ""]) => block,
  );

type Story = (url: string, key: string, say: (line: string) => void) => Promise<void>;

/** A page's code as a module of a reader's own; under the root, where longmen/… is found. */
async function codeOf(name: string): Promise<Readonly<Record<string, Story>>> {
  const folder = join(root, ".longmen", `guide-${process.pid}-${name}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, blocksOf(name, "ts").join("\n"));
  return (await import(pathToFileURL(file).href)) as Readonly<Record<string, Story>>;
}

async function told(shop: HttpShop, story: Story | undefined): Promise<readonly string[]> {
  const lines: string[] = [];
  await story?.(shop.url, shop.adminKey, (line) => lines.push(line));
  return lines;
}

function has(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** How a page asks with curl. */
const lmOf = (name: string): string => /^lm\(\).*$/m.exec(pageOf(name))?.[0] ?? "";

/** Blocks of the command: run in this process, which spares each its start. */
const AT_TERMINAL = /^longmen\(\)/;

/** Runs a page's commands, each with the quote that the one before it told; and what they say. */
async function atTerminal(name: string, { url, adminKey }: HttpShop, book: string) {
  let quote = "";
  const said: string[] = [];
  const lines = blocksOf(name, "sh")
    .filter((block) => AT_TERMINAL.test(block))
    .flatMap((block) => block.split("\n"));
  for (const line of lines.filter((one) => one.startsWith("longmen "))) {
    const [command = ""] = line.replace("01m…", quote).split(/\s+#/);
    const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
    const plain = words.slice(1).map(([, one, two, three]) => one ?? two ?? three ?? "");
    const { code, out, err } = await runWords({ url, key: adminKey }, [...plain, "--book", book]);
    expect(code, `${line}\n${err}`).toBe(0);
    quote = /^quote (\S+)/m.exec(out)?.[1] ?? quote;
    said.push(out);
  }
  return said;
}

/** A page's shell, but for the lines that name the reader's own node and key; what it says, and each status. */
async function run(name: string, { url, adminKey }: HttpShop, prelude: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "longmen-guide-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines = [...prelude, ...blocksOf(name, "sh").filter((block) => !AT_TERMINAL.test(block))]
    .join("\n")
    .split("\n");
  // Its own function tells no status, so it is made to: beside its answers, which are kept as they are.
  const told = lines
    .filter((line) => !line.startsWith("export"))
    .map((line) =>
      line.startsWith("lm()") ? line.replace("'\\n'", "'\\n%{stderr}%{http_code}\\n'") : line,
    );
  const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
  const { stdout, stderr } = await promisify(execFile)(
    "bash",
    ["-c", `set -e\n${told.join("\n")}`],
    {
      cwd: folder,
      env: { PATH: path, LONGMEN: url, KEY: adminKey, LANG: "C.UTF-8" },
    },
  );
  const statuses = stderr.split("\n").filter((line) => /^\d{3}$/.test(line));
  return { stdout, stderr, refused: statuses.filter((one) => Number(one) >= 400) };
}

const codesIn = (text: string): string[] =>
  [...text.matchAll(/"code":"([a-z]+\.[a-z_]+)"/g)].map(([, code = ""]) => code);

test.skipIf(!has("curl"))("the first product's commands do what the guide says", async () => {
  const shop = await httpShop({ selling: true });
  const { stdout, refused } = await run("first-product", shop);
  const codes = ["quote_changed", "sold_out", "options_refused", "quote_expired"];
  expect(codesIn(stdout).map((code) => code.replace(/^\w+\./, ""))).toEqual(codes);
  expect(refused).toEqual(["422", "422", "422", "422"]);
  expect(stdout).toContain('{"sku":"OOLONG-TIN","left":"17","held":"3","due":"0","delivered":"0"}');
  expect(stdout).toContain('"refundId":"r-1","paymentId":"p-1","part":1,"amount":"997"');
  expect(stdout).toContain('"refundId":"r-1","paymentId":"p-1","part":0,"amount":"1002"');
  expect(stdout).toContain('"balanced":true');
  const said = await atTerminal("first-product", shop, "tea-house");
  expect(said).toHaveLength(9);
  const [, shown = "not shown"] = /```\n(o-6[\s\S]*?)```/.exec(pageOf("first-product")) ?? [];
  expect(said[7]).toContain(shown);
});

test("the first product's code does what the guide says", async () => {
  const shop = await httpShop({ selling: true });
  expect(await told(shop, (await codeOf("first-product"))["sellCoffee"])).toEqual([
    "on sale: 1 variant",
    "three cost 13500",
    "order.quote_changed: 13500",
    "fulfilled, 4500 given back",
    "order.sold_out: 18 left",
    "place → placed ",
    "pay → paid ",
    "fulfil → fulfilled ",
    "refund → fulfilled not as dark as hoped",
    "verified: true",
  ]);
});

test.skipIf(!isLong)(
  "P3, P7: the flash sale's script sells a hundred of a hundred, and tells everybody, also on a node that is full",
  async () => {
    // So few at a time that most are told to come back.
    const shop = await httpShop({ selling: true, limits: { inFlightMax: 32 } });
    const book = await prepare(shop.url, shop.adminKey);
    await prepare(shop.url, shop.adminKey);
    const told = await rush(book.shop, 200);
    expect(Object.fromEntries(told)).toEqual({ paid: 100, "order.sold_out": 100 });
    // Everybody clicks once more: who has one has it still, and no other.
    expect((await rush(book.shop, 200)).get("paid")).toBe(100);
    const prelude = [lmOf("first-product"), "SHOP=$LONGMEN/v1/books/lamps"];
    const { stdout, refused } = await run("flash-sale", shop, prelude);
    // b42 has a lamp, or has no order.
    expect(refused.filter((status) => status !== "404")).toEqual([]);
    expect(stdout).toContain('{"sku":"LAMP","left":"0","held":"0","due":"100","delivered":"0"}');
    const lines: string[] = [];
    await audit(book, (line) => lines.push(line));
    expect(lines).toEqual([
      "100 orders paid",
      "0 left, 0 held, 100 due, 0 delivered",
      "1990000 in the till",
      "verified: true",
    ]);
  },
);

test("a day in the canteen: a subsidy that two persons made, meals, one taken back, the month's bill", async () => {
  const shop = await httpShop({ selling: true });
  const month = new Date().toISOString().slice(0, 7);
  expect(await told(shop, tellDay)).toEqual([
    "version 1 is live, made by ada, approved by ben",
    "ann: NOODLES for 2600, acme pays 1300",
    "bob: RICE for 1800, acme pays 1440",
    "ann: catalog.quote_key_conflict",
    "bob: fulfilled",
    "ann: fulfilled",
    `back to company/acme/credit/${month}: 1300`,
    "back to user/ann/wallet: 1300",
    "bought 1300",
    "bought 1440",
    "back 1300",
    "owed 1440 of 500000",
    "paid 1440, owed 0",
    "version 2: 1 of 2 decisions would be others",
    "capMinor: 2000 → 2400",
    "ownMinor: 1300 → 1040",
    "percent: 50 → 60",
    "subsidyMinor: 1300 → 1560",
    "ada: rules.second_person_needed",
    "ben: approved",
    "verified: true",
  ]);
  const prelude = [lmOf("first-product"), "SHOP=$LONGMEN/v1/books/canteen"];
  const { stdout, refused } = await run("company-canteen", shop, prelude);
  expect(refused).toEqual([]);
  expect(stdout).toContain('"line":"500000","owed":"0"');
  expect(stdout).toContain('"what":"approved"');
});

test("P3: an offering is raised, settled and paid out as its guide says, from code and from a terminal", async () => {
  const shop = await httpShop({ selling: true, flows: [] });
  const page = pageOf("offerings");
  const [, shown = "not shown"] = /```\n(done: ann[\s\S]*?)```/.exec(page) ?? [];
  const said = await told(shop, (await codeOf("offerings"))["raiseMill"]);
  expect(`${said.join("\n")}\n`).toBe(shown);
  const lines = await atTerminal("offerings", shop, "market");
  expect(lines).toHaveLength(8);
  const [, well = "not shown"] = /```\n(well {2}funded[\s\S]*?)```/.exec(page) ?? [];
  expect(lines[4]).toContain(well);
  expect(lines[5]).toContain("paid  535.00 GBP/2 from shop/cash: 2 of 2 parts paid");
});

test("the guides show their scripts as they are", () => {
  for (const [guide, script, count] of [
    ["flash-sale", "flash-sale", 2],
    ["company-canteen", "company-canteen", 6],
  ] as const) {
    const whole = readFileSync(join(root, `examples/${script}.ts`), "utf8");
    const blocks = blocksOf(guide, "ts");
    expect(blocks, guide).toHaveLength(count);
    for (const block of blocks) expect(whole).toContain(block);
  }
});
