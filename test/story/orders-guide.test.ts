import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { httpShop } from "./http-shop.ts";

const root = join(import.meta.dirname, "../..");
const guide = readFileSync(join(root, "docs/guides/orders.md"), "utf8");

interface Guide {
  readonly tellStory: (url: string, key: string, say: (line: string) => void) => Promise<void>;
}

/** Its code as a module of a reader's own; under the root, where longmen/… is found. */
async function codeOf(text: string): Promise<Guide> {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(text) ?? [];
  const folder = join(root, ".longmen", `orders-guide-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, code);
  return (await import(pathToFileURL(file).href)) as Guide;
}

test("the guide's code does what the guide says", async () => {
  const shop = await httpShop({ selling: true });
  await shop.ask("PUT /v1/books/retail");
  const catalog = shop.selling?.catalog;
  const ada = { by: "ada/abcdefghijkl", request: "the story" };
  await catalog?.openBook("retail");
  const goods = { name: { en: "Goods" }, attributes: [] };
  await catalog?.saveType("retail", "goods", goods, { version: 0 }, ada);
  const scheme = { kind: "flat", amount: "1250", per: "1" };
  const price = { currency: "GBP/2", rounding: "half_up", scheme };
  await catalog?.savePlan("retail", "tea", price, { version: 0 }, ada);
  const tea = { type: "goods", name: { en: "Tea" }, plan: "tea", variants: [{ sku: "TEA" }] };
  await catalog?.saveProduct("retail", "TEA", tea, { version: 0 }, ada);
  await catalog?.publish("retail", "TEA", { version: 1 }, ada);
  const { tellStory } = await codeOf(guide);
  const lines: string[] = [];
  await tellStory(shop.url, shop.adminKey, (line) => lines.push(line));
  expect(lines).toEqual([
    "done: placed, paid 0, back 0",
    "7 left",
    "done: paid, paid 3750, back 0",
    "exists: paid, paid 3750, back 0",
    "done: fulfilling, paid 3750, back 0",
    "done: fulfilled, paid 3750, back 0",
    "done: fulfilled, paid 3750, back 1250",
    expect.stringMatching(/^order\.quote_changed: 这不是原来的报价/),
    "0 to be packed",
    "place, placed: admin",
    "pay, paid: admin",
    "fulfil, fulfilling: admin",
    "fulfil, fulfilled: admin",
    "refund, fulfilled: admin",
    "o-1 order.placed",
    "o-1 order.paid",
    "o-1 order.fulfilled",
    "o-1 order.fulfilled",
    "o-1 order.refunded",
  ]);
});
