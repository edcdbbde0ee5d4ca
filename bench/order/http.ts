/**
 * The shop over HTTP: `longmen start --serve` with default settings on a schema of its own, buyers in a
 * process of their own. As much as they get done first; then half of that by the clock, whose waits are told.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "../../src/client/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { openDatabase } from "../../src/postgres/index.ts";
import type { World } from "../bench.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { checkpoint, onServer } from "../servers.ts";
import type { BuyersReport, BuyersTask } from "./http-load.ts";
import { checkBook } from "./ours.ts";
import { checkRows } from "./tables.ts";
import { ASSET, buyerOf, spreadWorkload, STOCK, WALLET } from "./workload.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));
const LOAD = fileURLToPath(new URL("http-load.ts", import.meta.url));
const SCHEMA = "bench_longmen_order_http";
const BOOK = "bench";
const BUYERS = 200;
const HALF = 0.5;
/** A node's code was not run before. */
const WARM_UP_SECONDS = 2;
const UP_MAX_MS = 60_000;
const LOOK_MS = 100;
const AT_ONCE = 50;
const HUNDRED_MS = 100;

interface Site {
  readonly port: number;
  readonly token: string;
}

export function httpContender({ url, scratch }: World): Contender {
  const round = async (seconds: number): Promise<Round> => {
    await onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
    try {
      const told = await onNode(url, scratch, async (site) => {
        await openShop(site);
        await checkpoint(url);
        const task = { ...site, book: BOOK, buyers: BUYERS };
        const warm = await buyers({ ...task, seconds: WARM_UP_SECONDS });
        const full = await buyers({ ...task, seconds });
        const rate = (full.orders / full.seconds) * HALF;
        return { warm, full, half: await buyers({ ...task, seconds, rate }) };
      });
      const orders = told.warm.orders + told.full.orders + told.half.orders;
      await checkRows(url, SCHEMA, orders);
      await checkBooks(url, orders);
      return roundOf(told);
    } finally {
      await onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
    }
  };
  return { name: "longmen", round };
}

function roundOf({ full, half }: Readonly<Record<"full" | "half", BuyersReport>>): Round {
  const { p50Ms, p99Ms, requests, ownLagP99Ms } = half;
  const steps = Object.entries(requests).map(([step, waited]): [string, number] => {
    return [`100-ms/p99 to ${step}, half load`, HUNDRED_MS / waited.p99Ms];
  });
  const shares = {
    ...Object.fromEntries(steps),
    "half load: carried out/asked":
      half.orders / half.seconds / (full.orders / full.seconds) / HALF,
    "the load generator's own lag p99/p99": ownLagP99Ms / p99Ms,
  };
  return { count: full.orders, seconds: full.seconds, p50Ms, p99Ms, shares };
}

/** The node lives while `work` does; what it says goes into a file. */
async function onNode<T>(
  url: string,
  scratch: string,
  work: (site: Site) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(scratch, "order-http-"));
  const said = join(dir, "said.log");
  const log = openSync(said, "w");
  const line = [MAIN, "start", "--serve", "--port", "0", "--dir", dir, "--schema", SCHEMA];
  const env = { ...process.env, DATABASE_URL: url };
  const node = spawn(process.execPath, line, { env, stdio: ["ignore", "ignore", log] });
  closeSync(log);
  const ended = once(node, "exit");
  try {
    return await work(await siteOf(node, said));
  } finally {
    node.kill("SIGTERM");
    await ended;
  }
}

/** A first start tells the address of its API and a key with every right. */
async function siteOf(node: ChildProcess, said: string): Promise<Site> {
  const until = performance.now() + UP_MAX_MS;
  while (performance.now() < until && node.exitCode === null) {
    const text = readFileSync(said, "utf8");
    const port = /Longmen is up: http:\/\/[^\s/]+:(\d+)/.exec(text)?.[1];
    const token = /your key[^:]*: (lm_\S+)/.exec(text)?.[1];
    if (port !== undefined && token !== undefined) return { port: Number(port), token };
    await sleep(LOOK_MS);
  }
  throw new Void(`the node did not come up: ${readFileSync(said, "utf8").slice(-500)}`);
}

/** Prices, full shelves and full wallets, over the API like anybody's. */
async function openShop({ port, token }: Site): Promise<void> {
  const book = connect({ url: `http://127.0.0.1:${port}`, key: token }).book(BOOK);
  const { shop } = book;
  await book.create();
  await shop.open({ asset: ASSET });
  await shop.catalog.open();
  await shop.catalog.saveType("thing", { name: { en: "Thing" }, attributes: [] });
  const { products } = spreadWorkload();
  const rows = products.map((sku) => `${sku},thing,${sku},published,${sku},1.00,${ASSET}`);
  const csv = ["code,type,name,state,sku,price,currency", ...rows, ""].join("\n");
  const { errorCount } = await shop.catalog.importCsv(csv);
  const items = products.map((sku) => ({ sku, quantity: STOCK }));
  const stocked = await shop.stock.put({ id: "opening", items });
  if (errorCount > 0 || stocked.status !== "done") throw new Void("the shop was not stocked");
  for (let from = 0; from < BUYERS; from += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => fill(buyerOf(from + n))));
  }
  async function fill(buyer: string): Promise<void> {
    const wallet = { buyer, asset: ASSET };
    await shop.wallets.open(wallet);
    await shop.wallets.fill({ ...wallet, id: `filling:${buyer}`, amount: WALLET });
  }
}

async function buyers(task: BuyersTask): Promise<BuyersReport> {
  const child = spawn(process.execPath, [LOAD], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit");
  try {
    const answered = once(child, "message");
    child.send(task);
    const [told] = (await Promise.race([answered, ended.then(() => [{}])])) as [
      { readonly answer?: BuyersReport; readonly failed?: string },
    ];
    if (told.answer === undefined) throw new Void(told.failed ?? "the buyers' process ended");
    return told.answer;
  } finally {
    if (child.connected) child.disconnect();
    await ended;
  }
}

async function checkBooks(url: string, orders: number): Promise<void> {
  const database = await openDatabase({ url, schema: SCHEMA });
  const ledger = openLedger({ database, sweep: false });
  try {
    await checkBook(await ledger.book(BOOK), spreadWorkload(), orders);
  } finally {
    await ledger.close();
    await database.close();
  }
}
