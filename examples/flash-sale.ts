/**
 * A rush for a hundred lamps, played against a node: everybody at once, one lamp each.
 * Run it with `npm run example examples/flash-sale.ts http://127.0.0.1:7300 lm_… 2000`.
 */
import { type Book, connect, LongmenProblem, type Quote, type Shop } from "longmen/client";

/** One buyer's try: asked again, also by somebody impatient, it is the same order. */
export async function buy(shop: Shop, buyer: string, quote: Quote): Promise<string> {
  const id = `drop-7:${buyer}`; // one order each: who clicks twice asks for the first again
  const placed = await shop.orders.place({ id, buyer, quote });
  if (placed.status === "refused") return placed.code;
  const parts = [{ means: "cash", amount: quote.total }] as const;
  const paid = await shop.orders.pay(id, { paymentId: id, parts });
  return paid.status === "refused" ? paid.code : paid.order.state;
}

/** How many were told what. */
export async function rush(shop: Shop, buyers: number): Promise<ReadonlyMap<string, number>> {
  // A price is nobody's own: everybody echoes the same quote, and no row is written for any of them.
  const asked = await shop.quotes.make({ key: "drop-7", lines: [{ sku: "LAMP", quantity: 1n }] });
  if (asked.status === "refused") throw new Error(asked.words.en);
  const told = new Map<string, number>();
  const tell = (word: string) => told.set(word, (told.get(word) ?? 0) + 1);
  const tries = Array.from({ length: buyers }, (_, n) => buy(shop, `b${n}`, asked.quote));
  // A full node says 503 with Retry-After; the client comes back by itself until its deadline.
  const busy = (error: unknown) => {
    if (error instanceof LongmenProblem) return error.code;
    throw error;
  };
  await Promise.all(tries.map(async (one) => tell(await one.catch(busy))));
  return told;
}

/** What the books say afterwards: orders by state, where every lamp is, what is in the till, and the proof. */
export async function audit(book: Book, say: (line: string) => void): Promise<void> {
  const states = new Map<string, number>();
  for await (const { state } of book.shop.orders.list({}, { limit: 1_000 })) {
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  for (const [state, count] of states) say(`${count} orders ${state}`);
  const shelf = await book.shop.stock.get("LAMP");
  say(`${shelf?.left} left, ${shelf?.held} held, ${shelf?.due} due, ${shelf?.delivered} delivered`);
  say(`${(await book.account("shop/cash", "CNY/2"))?.available} in the till`);
  say(`verified: ${(await book.verify()).verified}`);
}

/** A book with a hundred lamps on sale. May be asked again. */
export async function prepare(url: string, key: string): Promise<Book> {
  const book = connect({ url, key }).book("lamps");
  const { shop } = book;
  await book.create();
  await shop.open({ asset: "CNY/2" });
  await shop.catalog.open();
  await shop.catalog.saveType("lamp", { name: { en: "Lamp", zh: "灯" }, attributes: [] });
  const scheme = { kind: "flat", amount: 19_900n };
  await shop.catalog.savePlan("lamp-price", { currency: "CNY/2", scheme });
  await shop.catalog.saveProduct("lamp", {
    ...{
      type: "lamp",
      name: { en: "Dragon lamp", zh: "龙灯" },
      plan: "lamp-price",
      maxQuantity: 1,
    },
    variants: [{ sku: "LAMP" }],
  });
  await shop.catalog.publish("lamp");
  await shop.stock.put({ id: "drop-7", items: [{ sku: "LAMP", quantity: 100n }] });
  return book;
}

if (process.argv[1] === import.meta.filename) {
  const [, , url, key, buyers = "2000"] = process.argv;
  if (url === undefined || key === undefined) {
    console.error("usage: npm run example examples/flash-sale.ts URL lm_… [BUYERS]");
    process.exit(2);
  }
  const book = await prepare(url, key);
  const startedAt = performance.now();
  const told = await rush(book.shop, Number(buyers));
  for (const [word, count] of told) console.log(`${count} × ${word}`);
  console.log(`in ${Math.round(performance.now() - startedAt)} ms`);
  await audit(book, console.log);
}
