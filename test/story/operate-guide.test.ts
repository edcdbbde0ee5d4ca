import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeConfig } from "../../src/config.ts";
import { httpShop, openRetail } from "./http-shop.ts";

const page = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../docs/operate/${name}.md`), "utf8");

/** The cells of a page's tables whose first one is code. */
function rowsOf(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("| `"));
  return lines.map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));
}

function blockOf(text: string, language: string): string {
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? "";
}

function has(program: string, argument: string): boolean {
  try {
    execFileSync(program, [argument], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function fileOf(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "longmen-guide-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test("the guide lists every metric that a scrape has, with its type, and no other", async () => {
  const shop = await httpShop({ flows: [] });
  await openRetail(shop);
  const sale = { id: "s", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: "1" };
  const tooMuch = { ...sale, id: "t", debit: "shop/sales", credit: "shop/cash", amount: "9" };
  await shop.ask("POST /v1/books/retail/transfers", sale);
  await shop.ask("POST /v1/books/retail/transfers", tooMuch);
  await shop.ask("POST /v1/books/retail/batches", { items: [{ ...tooMuch, id: "u" }] });
  const { text } = await shop.ask("GET /metrics");
  const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]);
  const written = rowsOf(page("monitoring")).map(([, name, type]) => [name, type]);
  expect(written).toEqual(told);
  expect(text).toMatch(/^longmen_refusals_total\{code="ledger\.\w+"\} 2$/m);
  expect(text).toMatch(/^longmen_lane_flush_seconds_count\{book="retail"\} [1-9]\d*$/m);
  expect(text).toMatch(/^longmen_pool_connections\{state="busy"\} \d+$/m);
  // Each name has its help, and no line is other than Prometheus reads it.
  for (const line of text.trimEnd().split("\n")) {
    expect(line).toMatch(
      /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.e+-]+)$/,
    );
  }
});

test("what the alerts ask for is there", () => {
  const rules = blockOf(page("monitoring"), "yaml");
  const names = new Set(rowsOf(page("monitoring")).map(([, name = ""]) => name));
  const asked = [...rules.matchAll(/\b((?:longmen|process)_\w+)/g)].map(([, name = ""]) => name);
  expect(asked.length).toBeGreaterThan(8);
  for (const name of asked) expect(names, name).toContain(name.replace(/_(bucket|sum|count)$/, ""));
});

test("PostgreSQL that goes away shows in a scrape, which asks it nothing, and so does its return", async () => {
  const shop = await httpShop({ wire: true });
  await openRetail(shop);
  const patience = { timeout: 60_000 };
  const up = async () => {
    const { text } = await shop.ask("GET /metrics", undefined, { key: undefined });
    return /^longmen_postgres_up (\d)$/m.exec(text)?.[1];
  };
  expect(await up()).toBe("1");
  const restore = shop.wire?.refuse();
  shop.wire?.cutAll();
  await expect.poll(async () => (await shop.ask("GET /health/ready")).status, patience).toBe(503);
  expect(await up()).toBe("0");
  restore?.();
  await expect.poll(async () => (await shop.ask("GET /health/ready")).status, patience).toBe(200);
  expect(await up()).toBe("1");
});

test("the guide lists every setting with its default, and no other", () => {
  const told = describeConfig({ environment: {} }).lines.map(({ name, value }) => [name, value]);
  const written = rowsOf(page("settings")).map(([, name, value]) => [name, value]);
  expect(written.map(([name]) => name)).toEqual(told.map(([name]) => name));
  const fixed = told.filter(([, value = ""]) => /^(\d+|[\w.]+)$/.test(value) && value !== "none");
  for (const setting of fixed.filter(([name]) => name !== "LONGMEN_DIR")) {
    expect(written).toContainEqual(setting);
  }
});

test.skipIf(!has("nginx", "-v"))("nginx takes the file of the guide", () => {
  const block = blockOf(page("tls"), "nginx").replace(/ssl_certificate(_key)?\s.*$/gm, "");
  const site = block.replace("listen 443 ssl http2", "listen 8443");
  const folder = dirname(fileOf("x", ""));
  const own = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temp = own.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  const whole = `pid ${folder}/pid; events {} http { ${temp} access_log off;\n${site}\n}\n`;
  expect(() =>
    execFileSync("nginx", ["-t", "-e", "stderr", "-c", fileOf("nginx.conf", whole)], {
      stdio: "pipe",
    }),
  ).not.toThrow();
});

test.skipIf(!has("caddy", "version"))("Caddy takes the file of the guide", () => {
  const file = fileOf("Caddyfile", blockOf(page("tls"), "caddyfile"));
  expect(() =>
    execFileSync("caddy", ["adapt", "--config", file, "--adapter", "caddyfile"], { stdio: "pipe" }),
  ).not.toThrow();
});

test.skipIf(!has("promtool", "--version"))("Prometheus takes the rules of the guide", () => {
  const file = fileOf("rules.yml", blockOf(page("monitoring"), "yaml"));
  expect(() => execFileSync("promtool", ["check", "rules", file], { stdio: "pipe" })).not.toThrow();
});
