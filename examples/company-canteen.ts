/**
 * A canteen where companies pay a part of their people's meals, by a rule, on credit until the month's end.
 * Run it with `npm run example examples/company-canteen.ts http://127.0.0.1:7300 lm_…`.
 */
import { readFileSync } from "node:fs";
import { type Book, connect, type Longmen, LongmenProblem, type RuleContent } from "longmen/client";

const MONEY = "CNY/2";
/** A company's credit is of a month of UTC. */
export const monthNow = () => new Date().toISOString().slice(0, 7);
const ruleFile = (part: string) =>
  readFileSync(new URL(`rules/meal-subsidy.${part}.json`, import.meta.url), "utf8");
const rule = {
  jdm: ruleFile("jdm"),
  tests: JSON.parse(ruleFile("tests")) as NonNullable<RuleContent["tests"]>,
  contract: JSON.parse(ruleFile("contract")) as NonNullable<RuleContent["contract"]>,
};

/** Each works with a key of their own: what they did is told by their name. */
export interface Staff {
  readonly keeper: Book;
  readonly approver: Book;
  readonly till: Book;
  readonly counter: Book;
  readonly company: Book;
}

export async function hire({ url, keys }: Longmen): Promise<Staff> {
  const bookFor = async (owner: string, ownerKind: "person" | "service", scopes: string[]) => {
    const { token } = await keys.create({ owner, ownerKind, scopes });
    return connect({ url, key: token }).book("canteen");
  };
  return {
    keeper: await bookFor("ada", "person", ["shop.define@canteen", "shop.approve@canteen"]),
    approver: await bookFor("ben", "person", ["shop.approve@canteen"]),
    till: await bookFor("till-1", "service", ["shop.buy@canteen", "shop.decide@canteen"]),
    counter: await bookFor("cora", "person", ["shop.operate@canteen"]),
    company: await bookFor("acme", "service", [
      "shop.buy@canteen:company/acme",
      "read@canteen:company/acme",
    ]),
  };
}

/** Once, and what is of a day each morning: all of it may be asked again. */
export async function open(book: Book): Promise<void> {
  const { shop } = book;
  await book.create();
  await shop.open({ asset: MONEY });
  await shop.catalog.open();
  await shop.catalog.saveType("meal", { name: { en: "Meal", zh: "餐" }, attributes: [] });
  // A menu is a file: a row is a dish with its price, and what is on it is on sale.
  const menu = await shop.catalog.importCsv(
    [
      "code,type,name,name_zh,sku,price,currency,state",
      "noodles,meal,Beef noodles,牛肉面,NOODLES,26.00,CNY/2,published",
      "rice,meal,Fried rice,炒饭,RICE,18.00,CNY/2,published",
    ].join("\n"),
  );
  for (const { line, en } of menu.errors) throw new Error(`line ${line} of the menu: ${en}`);
  const portions = ["NOODLES", "RICE"].map((sku) => ({ sku, quantity: 50n }));
  await shop.stock.put({ id: `kitchen-${new Date().toISOString().slice(0, 10)}`, items: portions });
  await shop.credit.open({ company: "acme", month: monthNow(), asset: MONEY, line: 500_000n });
  for (const buyer of ["ann", "bob"]) {
    await shop.wallets.open({ buyer, asset: MONEY });
    await shop.wallets.fill({ id: `first-${buyer}`, buyer, asset: MONEY, amount: 10_000n });
  }
}

/** The subsidy: made by one, tested, approved by another, then live. */
export async function decree({ keeper, approver }: Staff, say: Say): Promise<void> {
  const { rules } = keeper.shop;
  const { version } = await rules.import("meal-subsidy", {
    ...rule, // the file, its tests, and what goes in and out
    note: "as agreed with acme",
  });
  await rules.test("meal-subsidy", version);
  await approver.shop.rules.approve("meal-subsidy", version, { why: "read with the contract" });
  const live = await rules.live("meal-subsidy", version);
  say(
    `version ${live.version} is ${live.state}, made by ${live.madeBy}, approved by ${live.approvedBy}`,
  );
}

export interface Eater {
  readonly name: string;
  readonly company: string;
  readonly grade: "staff" | "intern";
}
type Say = (line: string) => void;

/** Lunch at the till. One subsidised lunch a day: the order's id says whose, and of which day. */
export async function lunch({ till }: Staff, eater: Eater, sku: string, say: Say): Promise<void> {
  const { shop } = till;
  const { name, company, grade } = eater;
  const id = `lunch:${new Date().toISOString().slice(0, 10)}:${name}`;
  const asked = await shop.quotes.make({ key: id, lines: [{ sku, quantity: 1n }] });
  if (asked.status === "refused") return say(`${name}: ${asked.code}`);
  const { quote } = asked;
  const placed = await shop.orders.place({ id, buyer: name, quote });
  if (placed.status === "refused") return say(placed.words.en);
  const decided = await shop.rules.decide(
    "meal-subsidy",
    {
      ...{ meal: "lunch", isWorkday: true, priceMinor: Number(quote.total) },
      ...{ subsidisedTodayMinor: 0, employee: { grade, isNightShift: false } },
    },
    { durable: true }, // written down before the answer
  );
  const { subsidyMinor, ownMinor } = decided.output as Record<"subsidyMinor" | "ownMinor", number>;
  const parts = [
    { means: "company", company, amount: BigInt(subsidyMinor) },
    { means: "wallet", amount: BigInt(ownMinor) },
  ] as const;
  // The payment bears the decision's id: the order's timeline names what split it.
  const paid = await shop.orders.pay(id, {
    paymentId: decided.decisionId,
    parts: parts.filter(({ amount }) => amount > 0n),
  });
  if (paid.status === "refused") return say(paid.words.en);
  say(`${name}: ${sku} for ${quote.total}, ${company} pays ${subsidyMinor}`);
}

/** What waits at the counter is what is paid and not handed out. */
export async function handOut({ counter }: Staff, say: Say): Promise<void> {
  const { orders } = counter.shop;
  for await (const { id, buyer } of orders.list({ state: "paid" })) {
    const done = await orders.fulfil(id, { fulfilmentId: id });
    say(`${buyer}: ${done.status === "refused" ? done.words.en : done.order.state}`);
  }
}

/** The meal was cold: the eater and the company each get their own back. */
export async function takeBack({ counter }: Staff, id: string, say: Say): Promise<void> {
  const lines = [{ line: 0, quantity: 1n, goods: "delivered" }] as const;
  const refund = { refundId: id, lines, reason: "it was cold" };
  const back = await counter.shop.orders.refund(id, refund);
  if (back.status === "refused") return say(back.words.en);
  const view = await counter.shop.orders.get(id);
  for (const { path, refunded } of view?.payments ?? []) say(`back to ${path}: ${refunded}`);
}

/** The company looks at its month with a key of its own, which reaches nobody else's. */
export async function bill({ company }: Staff, say: Say): Promise<bigint> {
  const month = monthNow();
  const { credit } = company.shop;
  const named = { company: "acme", month, asset: MONEY };
  for await (const { kind, amount } of credit.statement(named)) say(`${kind} ${amount}`);
  const now = await credit.get(named);
  say(`owed ${now?.owed} of ${now?.line}`);
  return now?.owed ?? 0n;
}

/** What the company transfers at the month's end fills its credit again. */
export async function settle(book: Book, owed: bigint, say: Say): Promise<void> {
  const month = monthNow();
  const credit = `company/acme/credit/${month}`;
  const id = `bill/acme/${month}`;
  await book.submit({ id, asset: MONEY, debit: "shop/cash", credit, amount: owed });
  const now = await book.shop.credit.get({ company: "acme", month, asset: MONEY });
  say(`paid ${owed}, owed ${now?.owed}`);
}

/** More for lunch, from next month on: what would it have been this month? */
export async function propose({ keeper, approver }: Staff, say: Say): Promise<void> {
  const name = "meal-subsidy";
  const lunches = rule.tests.filter((one) => one.name === "half of lunch");
  const output = { subsidyMinor: 1560, ownMinor: 1040, percent: 60, capMinor: 2400 };
  const { version } = await keeper.shop.rules.import(name, {
    ...rule,
    jdm: rule.jdm.replace('"out-0": "50"', '"out-0": "60"').replace('"2000"', '"2400"'),
    tests: lunches.map(({ input }) => ({ name: "60 per cent of lunch", input, output })),
  });
  await keeper.shop.rules.test(name, version);
  const { changed, decided, differences } = await keeper.shop.rules.shadow(name, version);
  say(`version ${version}: ${changed} of ${decided} decisions would be others`);
  for (const { path, was, wouldBe } of differences[0]?.fields ?? [])
    say(`${path}: ${String(was)} → ${String(wouldBe)}`);
  // Ada may approve, but not what she made.
  const own = await keeper.shop.rules.approve(name, version).catch(codeOf);
  say(`ada: ${typeof own === "string" ? own : own.state}`);
  const other = await approver.shop.rules.approve(name, version);
  say(`ben: ${other.state}`); // live(…) on the first; rollback(…, { from: 2 }) if it was wrong
}

function codeOf(error: unknown): string {
  if (error instanceof LongmenProblem) return error.code;
  throw error;
}

/** A day, from the morning to the bill. */
export async function tellDay(url: string, key: string, say: Say): Promise<void> {
  const longmen = connect({ url, key });
  const book = longmen.book("canteen");
  const staff = await hire(longmen);
  await open(book);
  await decree(staff, say);
  const ann = { name: "ann", company: "acme", grade: "staff" } as const;
  await lunch(staff, ann, "NOODLES", say);
  await lunch(staff, { ...ann, name: "bob", grade: "intern" }, "RICE", say);
  await lunch(staff, ann, "RICE", say);
  await handOut(staff, say);
  await takeBack(staff, `lunch:${new Date().toISOString().slice(0, 10)}:ann`, say);
  await settle(book, await bill(staff, say), say);
  await propose(staff, say);
  say(`verified: ${(await book.verify()).verified}`);
}

if (process.argv[1] === import.meta.filename) {
  const [, , url, key] = process.argv;
  if (url === undefined || key === undefined) {
    console.error("usage: npm run example examples/company-canteen.ts URL lm_…");
    process.exit(2);
  }
  await tellDay(url, key, console.log);
}
