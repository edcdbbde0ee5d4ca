/** The guides of selling do what they say: their shell with curl, their code with the client. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { audit, prepare, rush } from "../../examples/flash-sale.ts";
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

/** A page's shell, but for the lines that name the reader's own node and key; what it says, and each status. */
async function run(name: string, { url, adminKey }: HttpShop) {
  const folder = mkdtempSync(join(tmpdir(), "longmen-guide-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lines = blocksOf(name, "sh").join("\n").split("\n");
  // Its own function tells no status, so it is made to: beside its answers, which are kept as they are.
  const told = lines
    .filter((line) => !line.startsWith("export"))
    .map((line) =>
      line.startsWith("lm()") ? line.replace("'\\n'", "'\\n%{stderr}%{http_code}\\n'") : line,
    );
  const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", `set -e\n${told.join("\n")}`], {
    cwd: folder,
    env: { PATH: path, LONGMEN: url, KEY: adminKey, LANG: "C.UTF-8" },
  });
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

test("P3, P7: the flash sale's script sells a hundred of a hundred, and tells everybody, also on a node that is full", async () => {
  // So few at a time that most are told to come back.
  const shop = await httpShop({ selling: true, limits: { inFlightMax: 16 } });
  const book = await prepare(shop.url, shop.adminKey);
  await prepare(shop.url, shop.adminKey);
  const told = await rush(book.shop, 300);
  expect(Object.fromEntries(told)).toEqual({ paid: 100, "order.sold_out": 200 });
  // Everybody clicks once more: who has one has it still, and no other.
  expect((await rush(book.shop, 300)).get("paid")).toBe(100);
  const lines: string[] = [];
  await audit(book, (line) => lines.push(line));
  expect(lines).toEqual([
    "100 orders paid",
    "0 left, 0 held, 100 due, 0 delivered",
    "1990000 in the till",
    "verified: true",
  ]);
});

test("the flash sale's guide shows the script as it is", () => {
  const script = readFileSync(join(root, "examples/flash-sale.ts"), "utf8");
  const blocks = blocksOf("flash-sale", "ts");
  expect(blocks).toHaveLength(2);
  for (const block of blocks) expect(script).toContain(block);
});
