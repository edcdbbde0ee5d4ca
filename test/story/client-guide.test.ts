import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Transfer } from "longmen/client";
import { expect, onTestFinished, test } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { httpShop } from "./http-shop.ts";

const root = join(import.meta.dirname, "../..");

interface Guide {
  readonly tellStory: (url: string, key: string, say: (line: string) => void) => Promise<void>;
  readonly tellRuns: Guide["tellStory"];
  readonly sellSurely: (url: string, key: string, sale: Transfer) => Promise<unknown>;
}

/** Its code as a module of a reader's own; under the root, where longmen/… is found. */
async function guide(block: number): Promise<Guide> {
  const text = readFileSync(join(root, "docs/guides/client.md"), "utf8");
  const code = [...text.matchAll(/```ts\n([\s\S]*?)```/g)][block]?.[1] ?? "";
  const folder = join(root, ".longmen", `guide-${process.pid}-${block}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "story.ts");
  writeFileSync(file, code);
  return (await import(pathToFileURL(file).href)) as Guide;
}

test("the guide's code does what the guide says", async () => {
  const shop = await httpShop();
  const { tellStory, sellSurely } = await guide(0);
  const lines: string[] = [];
  await tellStory(shop.url, shop.adminKey, (line) => lines.push(line));
  expect(lines).toEqual([
    "created at seq 4",
    "exists",
    "100 sales",
    "ledger.pending_already_posted",
    "cash: 6397",
    "106 entries",
    "sold for 6397",
    "feed: sale/many/0",
    "verified: true",
  ]);
  const sale = { id: "sure/1", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales" };
  const sold = await sellSurely(shop.url, shop.adminKey, { ...sale, amount: 5n });
  expect(sold).toMatchObject({ status: "created" });
});

test("the guide's code of runs does what it says", async () => {
  const placed = flow("parcel.placed", {}, async (f, { order }: { readonly order: string }) =>
    f.event("parcel.paid", { match: order }),
  );
  const shop = await httpShop({ flows: [placed] });
  const { tellRuns } = await guide(1);
  const lines: string[] = [];
  await tellRuns(shop.url, shop.adminKey, (line) => lines.push(line));
  expect(lines).toEqual(['paid: {"at":"1970-01-01T00:00:00.000Z"}', "parcel.placed done"]);
});
