import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { clientShop, earned } from "./client-shop.ts";

/** Loads the client where only a browser's names are, and sells there. */
const page = `
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { createContext, SourceTextModule } from "node:vm";
const [, index, url, key] = process.argv;
const { fetch, AbortController, AbortSignal, URL, crypto, performance, setTimeout, clearTimeout } = globalThis;
const names = { fetch, AbortController, AbortSignal, URL, crypto, performance, setTimeout, clearTimeout };
const context = createContext({ ...names, given: { url, key }, told: undefined });
const modules = new Map();
function load(href) {
  if (!modules.has(href)) {
    const code = stripTypeScriptTypes(readFileSync(new URL(href), "utf8"));
    modules.set(href, new SourceTextModule(code, { identifier: href, context }));
  }
  return modules.get(href);
}
const story = new SourceTextModule(\`
import { connect } from "\${index}";
const book = connect(given).book("retail");
const sale = (id) => ({ id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: 100n });
const answers = await Promise.all(["a", "b", "c"].map((id) => book.submit(sale(id))));
const { available } = await book.account("shop/sales", "CNY/2");
const node = [typeof process, typeof Buffer, typeof require, typeof setImmediate, typeof global];
globalThis.told = JSON.stringify([answers.map(({ status }) => status), String(available), node]);
\`, { context, identifier: index });
await story.link((specifier, from) => load(new URL(specifier, from.identifier).href));
await story.evaluate();
process.stdout.write(context.told);
`;

test("runs where Node's own names are missing, as in a browser", async () => {
  const shop = await clientShop();
  const client = new URL("../../src/client/index.ts", import.meta.url).href;
  const flags = ["--experimental-vm-modules", "--no-warnings", "--input-type=module"];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    ...["--eval", page, client, shop.shop.url, shop.shop.adminKey],
  ]);
  expect(JSON.parse(stdout)).toEqual([
    ["created", "created", "created"],
    "300",
    Array.from({ length: 5 }, () => "undefined"),
  ]);
  expect(await earned(shop)).toBe(300n);
});
