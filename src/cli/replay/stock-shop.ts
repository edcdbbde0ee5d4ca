/** The shop before its first sale: its catalogue, its till, and what it has to have on its shelves. */
import { hash } from "node:crypto";
import { backoff, fail, systemClock } from "../../base/index.ts";
import {
  type Book,
  type CatalogImport,
  LongmenProblem,
  type Request,
  type Shop,
} from "../../client/index.ts";
import { creditPath } from "../../payment/index.ts";
import { cliErrors } from "../cli.errors.ts";
import {
  catalogueCsv,
  openingStock,
  type OpeningItem,
  productTypes,
  type SurveyedGoods,
} from "./file-goods.ts";
import { MONEY, stockAsset } from "./names.ts";
import { DEADLINE_MS } from "./post-chains.ts";
import { CREDIT_LINE_MINOR } from "./sell-order.ts";

/** Of one delivery. */
const ITEMS_MAX = 1_000;
/** A minute of waiting, as long as any other request of the job is tried again. */
const IMPORTS_MAX = 16;
const PAGE = 1_000;
const BATCH_MAX = 4_000;
const SUPPLIER = "shop/supplier";

/**
 * Opens the shop for what a file sells: imports its products at their list prices, and brings to each shelf what
 * is missing of all that leaves it. Safe to repeat: yes; what was brought before counts.
 * Refuses: cli.catalogue_refused.
 */
export async function stockShop(
  book: Book,
  goods: SurveyedGoods,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { shop } = book;
  await openShop(shop, signal);
  await importCatalogue(shop, catalogueCsv(goods), signal);
  const brought = await broughtBefore(book, signal);
  const missing = openingStock(goods).flatMap(({ sku, quantity }): OpeningItem[] => {
    const there = brought.get(stockAsset(sku)) ?? 0n;
    return quantity > there ? [{ sku, quantity: quantity - there }] : [];
  });
  for (let at = 0; at < missing.length; at += ITEMS_MAX) {
    const items = missing.slice(at, at + ITEMS_MAX);
    // A delivery that a killed run has made is not missing any more, so this is always another one.
    await shop.stock.put({ id: deliveryKey(items), items }, { deadlineMs: DEADLINE_MS, signal });
  }
}

export async function openShop(shop: Shop, signal: AbortSignal | undefined): Promise<void> {
  const options = { deadlineMs: DEADLINE_MS, signal };
  await shop.open({ asset: MONEY }, options);
  await shop.catalog.open({}, options);
  for (const [code, type] of Object.entries(productTypes)) {
    await shop.catalog.saveType(code, type, options);
  }
}

/** Refuses: cli.catalogue_refused. Safe to repeat: yes; rows that stand change nothing. */
export async function importCatalogue(
  shop: Shop,
  csv: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const report = await importAgain(shop, csv, signal);
  const [first] = report.errors;
  if (first === undefined) return;
  const { line, code, en } = first;
  throw fail(cliErrors, "catalogue_refused", { line, code, problem: en });
}

/** A file is sent once by the client; where the server went away meanwhile, the whole of it is sent anew. */
async function importAgain(
  shop: Shop,
  csv: string,
  signal: AbortSignal | undefined,
): Promise<CatalogImport> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await shop.catalog.importCsv(csv, { signal });
    } catch (error) {
      const isLost = error instanceof LongmenProblem && error.retry !== "never";
      if (!isLost || attempt === IMPORTS_MAX || signal?.aborted === true) throw error;
      await systemClock.sleep(backoff({ attempt, baseMs: 100, maxMs: 5_000 }));
    }
  }
}

/**
 * Opens the credit of a month for all companies at once. One that is open stays as it is, also where somebody has
 * set its line anew.
 */
export async function openCreditLines(
  book: Book,
  companies: readonly string[],
  { month, signal }: { readonly month: string; readonly signal: AbortSignal | undefined },
): Promise<void> {
  for (let at = 0; at < companies.length; at += BATCH_MAX) {
    const openings = companies.slice(at, at + BATCH_MAX).map((company): Request => {
      const path = creditPath(company, month);
      return { kind: "open", path, asset: MONEY, side: "credit", bound: CREDIT_LINE_MINOR };
    });
    await book.batch(openings, { deadlineMs: DEADLINE_MS, signal, balances: false });
  }
}

/** What each shelf has got so far, by its asset. */
async function broughtBefore(
  book: Book,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, bigint>> {
  const brought = new Map<string, bigint>();
  for await (const { asset, balance } of book.accounts(
    { prefix: SUPPLIER },
    { limit: PAGE, signal },
  )) {
    brought.set(asset, balance.debitsPosted);
  }
  return brought;
}

function deliveryKey(items: readonly OpeningItem[]): string {
  const text = items.map(({ sku, quantity }) => `${sku} ${quantity}`).join("\n");
  return `opening:${hash("sha256", text, "hex").slice(0, 24)}`;
}
