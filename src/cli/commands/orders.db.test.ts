/** `longmen orders`, `stock`, `credit`, `wallet` and `till`: on the database here, and on a node that runs. */
import { expect, onTestFinished, test } from "vitest";
import { noFaults, silentLogger } from "../../base/index.ts";
import { openHttp } from "../../http/index.ts";
import { openAccess } from "../../access/index.ts";
import { lookAtRuns } from "../../flow/index.ts";
import { openLedger } from "../../ledger/index.ts";
import { provisioning } from "../../order/index.ts";
import { Lane } from "../../postgres/index.ts";
import { testDatabase } from "../../postgres/testing.ts";
import type { House } from "../house.ts";
import { migrations } from "../open-house.ts";
import { openSelling } from "../selling/open-selling.ts";
import { runWords } from "../testing/run-words.ts";

const ann = { by: "ann/abcdefghijkl", request: "the test" };
const BOOK = "retail";

/** As a house has them: what is paid and no goods is provisioned. */
const reactions: House["reactions"] = ({ orders, books, flows }) => {
  const services = provisioning({ orders, books });
  return { flows: [services.flow], reactions: [services.reaction(flows)] };
};

/** A house with tea for 12.50 on sale, and how commands are run on its database or its node. */
async function house() {
  const { database, url: databaseUrl, schema } = await testDatabase({ migrations });
  const ledger = openLedger({ database });
  const lane = new Lane<never, never>({ name: "node rows", database });
  const access = openAccess({ database, lane });
  const config = { faults: noFaults, keepDays: 0 };
  const selling = await openSelling({ config, database, ledger, log: silentLogger });
  const server = await openHttp({ ledger, access, selling });
  onTestFinished(async () => {
    await server.close();
    await selling.close();
    await access.close();
    await lane.close();
    await ledger.close();
  });
  const { url } = await server.listen("127.0.0.1", 0);
  const first = await access.ensureFirstKey({ by: "ada", from: "here", request: "the test" });
  await ledger.createBook(BOOK);
  const { catalog } = selling;
  await catalog.openBook(BOOK);
  await catalog.saveType(
    BOOK,
    "goods",
    { name: { en: "Goods" }, attributes: [] },
    { version: 0 },
    ann,
  );
  const price = {
    currency: "GBP/2",
    rounding: "half_up",
    scheme: { kind: "flat", amount: "1250", per: "1" },
  };
  await catalog.savePlan(BOOK, "tea-price", price, { version: 0 }, ann);
  const tea = { type: "goods", name: { en: "Tea" }, plan: "tea-price", variants: [{ sku: "TEA" }] };
  await catalog.saveProduct(BOOK, "TEA", tea, { version: 0 }, ann);
  await catalog.publish(BOOK, "TEA", { version: 1 }, ann);
  const service = { name: { en: "Service" }, attributes: [], stocked: false };
  await catalog.saveType(BOOK, "service", service, { version: 0 }, ann);
  const lesson = { ...tea, type: "service", variants: [{ sku: "LESSON" }] };
  await catalog.saveProduct(BOOK, "LESSON", lesson, { version: 0 }, ann);
  await catalog.publish(BOOK, "LESSON", { version: 1 }, ann);
  const places = {
    here: { databaseUrl, schema },
    node: { url, key: first?.token ?? "" },
  };
  const longmen = (place: keyof typeof places, ...words: string[]) =>
    runWords(places[place], words, { reactions });
  const quote = async (key: string, quantity: bigint, sku = "TEA") =>
    (await catalog.quote(BOOK, { key, lines: [{ sku, quantity }] })).quote.id;
  return { longmen, quote, database };
}

const fits = (text: string) => Math.max(...text.split("\n").map((line) => line.length)) <= 80;

test("an order's life from the command line, on a node that runs", async () => {
  const { longmen: run, quote } = await house();
  const longmen = async (...words: string[]) => {
    const { code, out, err } = await run("node", ...words);
    expect(code, `${words.join(" ")}: ${err}${out}`).toBe(0);
    return out;
  };
  expect(await longmen("till", "open", "--asset", "GBP/2")).toBe("the till takes GBP/2\n");
  await longmen("stock", "put", "TEA=10", "--id", "delivery-1");
  expect(await longmen("stock", "put", "TEA=10", "--id", "delivery-1")).toContain("nothing twice");
  await longmen("wallet", "open", "ann", "--asset", "GBP/2");
  await longmen("wallet", "fill", "ann", "30", "--asset", "GBP/2", "--id", "cash-1");
  await longmen("credit", "open", "acme", month, "--asset", "GBP/2", "--line", "500");
  const placing = ["orders", "place", "o-1", "--buyer", "ann", "--quote", await quote("q-1", 3n)];
  expect(await longmen(...placing, "--total", "37.50")).toContain(
    "o-1  placed  37.50 GBP/2 for ann",
  );
  expect(await longmen("stock", "show", "TEA")).toBe(
    "TEA: 7 left, 3 held, 0 to be delivered, 0 delivered\n",
  );
  await longmen("orders", "pay", "o-1", "wallet=30", "company/acme=7.50", "--id", "p-1");
  expect(await longmen("orders", "fulfil", "o-1", "0=2", "--id", "f-1")).toContain("fulfilling");
  await longmen("orders", "fulfil", "o-1", "--id", "f-2");
  const refund = [
    "orders",
    "refund",
    "o-1",
    "0=1",
    "--goods",
    "restock",
    "--reason",
    "the wrong colour",
  ];
  expect(await longmen(...refund, "--id", "r-1")).toContain("12.50 went back");
  const shown = await longmen("orders", "show", "o-1");
  expect(fits(shown)).toBe(true);
  for (const text of ["delivered", "wrong colour", "p-1", "by company", "30.00", "user/ann/wallet"])
    expect(shown).toContain(text);
  expect(await longmen("credit", "show", "acme", month, "--asset", "GBP/2")).toContain("0.00 owed");
  expect(await longmen("wallet", "show", "ann", "--asset", "GBP/2")).toBe("ann has 5.00 GBP/2\n");
  await longmen("orders", "close", "o-1");
  expect(fits(await longmen("orders", "list"))).toBe(true);
  const listed = JSON.parse(
    await longmen("orders", "list", "--state", "closed", "--json"),
  ) as object;
  expect(listed).toMatchObject({ orders: [{ id: "o-1", total: "3750", refunded: "1250" }] });
  const events = (await longmen("orders", "events", "--json")).trim().split("\n");
  const types = events.map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.map((type) => type.slice("order.".length))).toEqual([
    "placed",
    "paid",
    "fulfilled",
    "fulfilled",
    "refunded",
    "closed",
  ]);
});

test("on the database itself an order is placed, paid and shown, as whoever runs the command", async () => {
  const { longmen, quote, database } = await house();
  const done = async (...words: string[]) => {
    const { code, out, err } = await longmen("here", ...words);
    expect(code, `${words.join(" ")}: ${err}${out}`).toBe(0);
    return out;
  };
  await done("till", "open", "--asset", "GBP/2");
  await done("stock", "put", "TEA=1");
  const placing = ["--buyer", "ann", "--quote", await quote("q-1", 1n), "--total", "12.50"];
  await done("orders", "place", "o-1", ...placing);
  expect(await done("orders", "pay", "o-1", "cash")).toContain("12.50 paid");
  expect(await done("orders", "show", "o-1")).toContain(`os/`);
  // What was paid and is a service is provisioned by whichever node comes: its run is there with the payment.
  const lesson = [
    "--buyer",
    "ann",
    "--quote",
    await quote("q-2", 1n, "LESSON"),
    "--total",
    "12.50",
  ];
  await done("orders", "place", "o-2", ...lesson);
  await done("orders", "pay", "o-2", "cash");
  const runs = await lookAtRuns(database).list();
  expect(runs.map(({ flow, input }) => [flow, input])).toMatchObject([
    ["order.provision", { book: BOOK, order: "o-2", line: 0 }],
  ]);
});

const month = new Date().toISOString().slice(0, 7);

test("a quote is held against today's price and made anew; an order holds money as it is placed", async () => {
  const { longmen: run, quote } = await house();
  const longmen = async (...words: string[]) => {
    const { code, out, err } = await run("node", ...words);
    expect(code, `${words.join(" ")}: ${err}${out}`).toBe(0);
    return out;
  };
  await longmen("till", "open", "--asset", "GBP/2");
  await longmen("stock", "put", "TEA=2");
  await longmen("wallet", "open", "ann", "--asset", "GBP/2");
  await longmen("wallet", "fill", "ann", "30", "--asset", "GBP/2");
  const id = await quote("q-1", 1n);
  expect(await longmen("catalog", "check", id)).toContain("good: 12.50 GBP/2");
  expect(await longmen("catalog", "requote", id, "--quote-key", "q-2")).toContain("it was 12.50");
  expect((await run("node", "catalog", "check", "none")).code).toBe(3);
  const placing = ["--buyer", "ann", "--quote", id, "--total", "12.50"];
  await longmen("orders", "place", "o-1", ...placing, "wallet=10");
  const purse = await longmen("wallet", "show", "ann", "--asset", "GBP/2");
  expect(purse).toContain("20.00");
  await longmen("orders", "pay", "o-1", "cash=2.50");
  const whole = await longmen(
    "orders",
    "refund",
    "o-1",
    "0=1",
    "--goods",
    "due",
    "--return-tokens",
  );
  expect(whole).toContain("12.50 went back");
  const odd = await run(
    "node",
    "catalog",
    "quote",
    "TEA=1",
    "--attributes",
    '{"TEA":{"card":"Hi"}}',
  );
  expect(odd).toMatchObject({ code: 3 });
  expect(odd.out).toContain("(catalog.options_refused)");
});

test("what the shop refuses has its code and words; what can't be meant is told before anything is asked", async () => {
  const { longmen, quote } = await house();
  await longmen("node", "till", "open", "--asset", "GBP/2");
  const id = await quote("q-1", 1n);
  const place = (...more: string[]) =>
    longmen("node", "orders", "place", "o-1", "--buyer", "ann", ...more);
  const altered = await place("--quote", id, "--total", "1");
  expect(altered).toMatchObject({ code: 3, out: "" });
  expect(altered.err).toContain("(order.quote_changed)");
  expect((await place("--quote", "none", "--total", "1")).err).toContain("(order.quote_missing)");
  const json = await longmen("node", "orders", "show", "nobody", "--json");
  expect(json.code).toBe(3);
  expect(JSON.parse(json.out)).toMatchObject({ status: "refused", code: "order.missing" });
  const wrong = [
    ["orders"],
    ["orders", "pay", "o-1", "gold=5"],
    ["orders", "pay", "o-1", "wallet", "cash"],
    ["orders", "fulfil", "o-1", "first"],
    ["orders", "refund", "o-1", "--goods", "lost"],
    ["orders", "list", "--follow"],
    ["stock", "put", "TEA"],
    ["credit", "open", "acme", month],
    ["wallet", "fill", "ann", "--asset", "GBP/2"],
    ["till", "open", "--asset", "pounds"],
  ];
  for (const words of wrong)
    expect((await longmen("node", ...words)).code, words.join(" ")).toBe(2);
});
