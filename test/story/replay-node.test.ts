import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bookHeads } from "../../src/ledger/index.ts";
import { sampleOf } from "../../src/postgres/testing.ts";
import { longmen } from "./command.ts";
import { type HttpShop, httpShop } from "./http-shop.ts";
import { startNode } from "./start-node.ts";

/** More flushes than these, so that a node which is killed at that one never had them all. */
const KILLED_AT = 20;
const INVOICES = 200;
const LINES = 3;
const folder = mkdtempSync(join(tmpdir(), "longmen-replay-node-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "invoices.csv");
const rows = Array.from({ length: INVOICES * LINES }, (_, at) => {
  const invoice = 100_000 + Math.floor(at / LINES);
  const kind = invoice % 50 === 0 ? "C" : "";
  const quantity = kind === "C" ? -1 : 1 + (at % 5);
  return `${kind}${invoice},S${at % 97},${quantity},2011-01-04 10:00:00,1.25,${invoice % 200}`;
});
const header = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID";
writeFileSync(file, [header, ...rows].join("\n"));

/** Every balance of the book, in the order of its paths. */
async function balancesOf({ ledger }: HttpShop): Promise<readonly string[]> {
  const book = await ledger.book("retail");
  const balances: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await book.accounts({}, { limit: 1_000, cursor });
    for (const { path, asset, available } of page.items) {
      balances.push(`${path} ${asset} ${available}`);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return balances.sort();
}

function replay(url: string, key: string, ...words: readonly string[]) {
  const asked = ["replay", "--url", url, "--data", file, "--buyers", "200", "--json", ...words];
  return longmen(asked, { LONGMEN_KEY: key });
}

/** What the file comes to where nobody is killed: told once. */
let undisturbed: Undisturbed | undefined;

interface Undisturbed {
  readonly told: object;
  readonly balances: readonly string[];
  readonly seq: number;
}

async function replayUndisturbed(shop: HttpShop): Promise<Undisturbed> {
  const { code, out } = await replay(shop.url, shop.adminKey).ended;
  expect(code).toBe(0);
  const balances = await balancesOf(shop);
  return { told: JSON.parse(out) as object, balances, seq: await seqOf(shop) };
}

/** How far the shop's book is; the canteen's comes after it. */
async function seqOf({ test: { database } }: HttpShop): Promise<number> {
  const head = (await bookHeads(database)).find(({ name }) => name === "retail");
  return head?.seq ?? 0;
}

test("P2 once more on the same node it books nothing, and says who did", async () => {
  const shop = await httpShop({ selling: true });
  const { told } = (undisturbed = await replayUndisturbed(shop));
  const again = JSON.parse((await replay(shop.url, shop.adminKey).ended).out) as object;
  expect({ ...again, seconds: 0 }).toEqual({ ...told, seconds: 0 });
  const { body } = await shop.ask("GET /v1/books/retail/transfers/o%2F100001%2Fs0");
  expect(body["by"]).toMatch(/^admin\/[a-z2-7]{12}$/);
});

test.each(sampleOf(["lane.committed", "lane.after_send", "lane.before_send"]))(
  "P1, P2 a running node that is killed at %s and comes back has the whole file, each line once",
  async (point) => {
    const control = (undisturbed ??= await replayUndisturbed(await httpShop({ selling: true })));
    const shop = await httpShop({ selling: true });
    const doomed = await startNode(shop, `${point}=kill@${KILLED_AT}`, "0", ["--selling"]);
    const { port } = new URL(doomed.url);
    const replaying = replay(doomed.url, shop.adminKey);
    expect(await doomed.ended).toBe("SIGKILL");
    expect(await seqOf(shop)).toBeLessThan(control.seq);
    await startNode(shop, "", port, ["--selling"]);
    const { code, out, err } = await replaying.ended;
    expect({ code, err }).toMatchObject({ code: 0 });
    const { headHash: _, seconds: __, ...told } = JSON.parse(out) as Record<string, unknown>;
    expect(told).toMatchObject({ lines: INVOICES * LINES, agrees: true, verified: true });
    expect(control.told).toMatchObject(told);
    expect(await balancesOf(shop)).toEqual(control.balances);
  },
);

test("a key that may not is told so, and nothing is booked", async () => {
  const shop = await httpShop();
  const asked = { owner: "auditor", ownerKind: "person", scopes: ["read@retail"] };
  const { body } = await shop.ask("POST /v1/keys", asked);
  const reader = await replay(shop.url, body["token"] as string).ended;
  expect(reader).toMatchObject({ code: 3, out: "" });
  expect(reader.err).toContain("(access.not_permitted, trace ");
  const nobody = await replay(shop.url, `${shop.adminKey.slice(0, -4)}AAAA`).ended;
  expect(nobody).toMatchObject({ code: 3, out: "" });
  expect(nobody.err).toContain("(access.key_unknown");
  expect((await shop.ask("GET /v1/books")).body["items"]).toEqual([]);
});
