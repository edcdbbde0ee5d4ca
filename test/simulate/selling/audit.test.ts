/** The auditor can fail: whatever is made wrong in the tables is named. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { testDatabase, type TestDatabase } from "../../../src/postgres/testing.ts";
import { type Ask, auditBy, checks, inSnapshot } from "./audit.ts";
import { auditEvents } from "./audit-events.ts";
import { type Deed, openSeller, PATIENT_MS } from "./selling-node.ts";
import { keyFor, openProvider } from "./provider.ts";
import { openBooks, openCatalogue, PROJECT } from "./shop.ts";
import { toLine } from "./wire.ts";
import { sellingMigrations } from "./simulate-selling.ts";

let opened: TestDatabase;

beforeAll(async () => {
  opened = await testDatabase({ migrations: sellingMigrations, until: "caller", poolMax: 4 });
  await openProvider(opened);
  await sell(opened);
});
afterAll(() => opened.drop());

const lines = [
  { sku: "TEA", quantity: 5n },
  { sku: "CUP", quantity: 2n },
  { sku: "POT", quantity: 1n },
];

/** A day of the shop: an order of every kind. */
async function sell({ url, schema }: TestDatabase): Promise<void> {
  const life = { name: "keeper", offsetMs: 0, serves: true, deadlineMs: PATIENT_MS };
  const seller = await openSeller({ url, schema, ...life });
  await openBooks(seller.book);
  await openCatalogue(seller.catalog);
  const act: Do = async (deed, command) => {
    const answer = (await seller.do({ n: 1, deed, command })) as { status: string };
    expect(answer.status, toLine(answer)).not.toBe("refused");
    return answer;
  };
  const post = (id: string, asset: string, debit: string, credit: string, amount: bigint) =>
    act("post", { id, asset, debit, credit, amount });
  await post("d1", "SKU:TEA/0", "shop/supplier", "shop/stock", 90n);
  await post("d2", "SKU:CUP/0", "shop/supplier", "shop/stock", 90n);
  await post("d3", "SKU:POT/0", "shop/supplier", "shop/stock", 90n);
  await post("t1", "GBP/2", "bank", "user/ann/wallet", 90_000n);
  for (const id of ["waits", "ends", "paid", "half", "whole", "none"]) {
    const quoted = await act("quote", { key: id, lines, coupon: "SPRING", member: "gold" });
    const { quote } = quoted as unknown as { quote: { total: bigint } };
    const hold = [{ means: "wallet", amount: 100n }];
    await act("place", { id, buyer: "ann", quote, hold });
    if (id === "waits") continue;
    if (id === "ends") await act("cancel", { orderId: id });
    else {
      const rest = quote.total - 150n;
      const parts = [
        { means: "cash", amount: 50n },
        { means: "company", company: "acme", amount: rest },
      ];
      await act("pay", { orderId: id, paymentId: `p-${id}`, parts });
    }
  }
  const some = [{ line: 0, quantity: 2n }];
  await act("fulfil", { orderId: "half", fulfilmentId: "f1", lines: some });
  const goods = { line: 0, quantity: 1n, goods: "delivered", restock: true };
  const due = { line: 1, quantity: 1n, goods: "due" };
  await act("refund", { orderId: "half", refundId: "r1", lines: [goods, due] });
  await act("refund", { orderId: "half", refundId: "r2", lines: [{ line: 0, amount: 20n }] });
  await act("fulfil", { orderId: "whole", fulfilmentId: "f2" });
  await act("refund", { orderId: "whole", refundId: "r3", goodwill: 30n });
  await act("close", { orderId: "whole" });
  const all = lines.map(({ quantity }, line) => ({ line, quantity, goods: "due" }));
  await act("refund", { orderId: "none", refundId: "r4", lines: all, returnTokens: true });
  await serve(act);
  await offer(act, seller);
  await runsEnd();
  await seller.close();
}

type Do = (deed: Deed, command: unknown) => Promise<{ status: string }>;

const SERVED = keyFor("done", "served");
const NOT_SERVED = keyFor("refused", "not-served");

/** Two services: one is there at once, the other never will be. */
async function serve(act: Do): Promise<void> {
  for (const id of [SERVED, NOT_SERVED]) {
    const quoted = await act("quote", { key: id, lines: [{ sku: "HELP", quantity: 2n }] });
    const { quote } = quoted as unknown as { quote: { total: bigint } };
    await act("place", { id, buyer: "ann", quote });
    const parts = [{ means: "cash", amount: quote.total }];
    await act("pay", { orderId: id, paymentId: `p-${id}`, parts });
  }
}

const HOUR_MS = 3_600_000;

/** One project is funded and paid out, its last bid cut; another is not. */
async function offer(act: Do, seller: Awaited<ReturnType<typeof openSeller>>): Promise<void> {
  const project = { asset: "GBP/2", project: PROJECT };
  const closesAt = Date.now() + HOUR_MS;
  await act("offer", { id: "full", cap: 1_000n, ...project, closesAt });
  await act("offer", { id: "poor", cap: 900n, ...project, closesAt });
  const bid = (id: string, offering: string, amount: bigint) =>
    act("bid", { id, offering, investor: "ann", amount, allowPartial: true });
  await bid("b1", "full", 300n);
  await bid("b2", "full", 400n);
  await bid("b3", "full", 500n);
  await bid("b4", "poor", 200n);
  await seller.do({ n: 1, deed: "settle", command: "full" });
  const payout = { id: "y1", offering: "full", total: 1_003n, from: "bank" };
  const pay = () => seller.do({ n: 1, deed: "payout", command: payout });
  await vi.waitFor(async () => expect(await pay()).toMatchObject({ status: "exists" }), 60_000);
  // An hour later, for both and for the runs that wait for their close.
  const { schema, database } = opened;
  await database.transaction(async (tx) => {
    await tx.query(`update ${schema}.order_offering set closes_at = clock_timestamp()`);
    await tx.query(
      `update ${schema}.flow_live set wake_at = clock_timestamp() where wake_at > now()`,
    );
  });
}

async function runsEnd(): Promise<void> {
  const text = `select count(*)::int4 as many from ${opened.schema}.flow_live`;
  const live = async () => (await opened.database.transaction((tx) => tx.query(text))).rows;
  await vi.waitFor(async () => expect(await live()).toEqual([{ many: 0 }]), 60_000);
}

/** By what it is named, when that is done to the tables. */
const faults: readonly (readonly [what: string, check: string, ...how: string[]])[] = [
  [
    "a line is lost",
    "an order has all its lines, numbered from 0",
    "delete from order_line where order_id = 'paid' and line = 2",
  ],
  [
    "a price is changed",
    "the lines of an order sum to its total",
    "update order_line set amount = amount + 1, list = list + 1 where order_id = 'paid' and line = 0",
  ],
  [
    "a discount is forgotten",
    "a line costs its list less its discounts",
    "update order_line set discounts = null where order_id = 'paid' and line = 0",
  ],
  [
    "a discount goes to another line",
    "an order is sold as it was quoted",
    "update order_line set list = list + 1, amount = amount + 1 where order_id = 'waits' and line = 0",
    "update order_line set list = list - 1, amount = amount - 1 where order_id = 'waits' and line = 1",
  ],
  [
    "a step is lost",
    "versions follow one another",
    "delete from order_step where order_id = 'half' and version = 3",
  ],
  [
    "a step is none of the machine's",
    "every step is one that the machine has",
    "update order_step set state = 8 where order_id = 'half' and version = 5",
  ],
  [
    "a state is not what was delivered",
    "a state is what the goods say",
    "update order_step set state = 4 where order_id = 'half' and version = 5",
  ],
  [
    "an order waits for ever",
    "an order waits no longer than its time",
    "update order_order set expires_at = now() - interval '1 hour' where order_id = 'waits'",
  ],
  [
    "goods are out of an order that was not paid",
    "no goods without payment",
    "update order_step set paid = 0, refunded = 0 where order_id = 'half'",
  ],
  [
    "an order ends, its money kept",
    "no payment without goods or refund, or goods on their way",
    "update order_step set refunded = refunded - 1 where order_id = 'none' and version = 3",
  ],
  [
    "a cancelled order was paid",
    "no payment without goods or refund, or goods on their way",
    "insert into payment_part select book_id, 'ends', 'p9', 0, 1, 'user/ann/wallet', 5 from order_order where order_id = 'ends'",
  ],
  [
    "an order is paid twice",
    "what was paid is the sum of its parts, of one payment",
    "insert into payment_part select book_id, subject, 'p-twice', part, means, path, amount from payment_part where subject = 'paid'",
  ],
  [
    "more goes back than was paid",
    "nothing goes back above what was paid",
    "update payment_refund set amount = amount + 100000 where refund_id = 'r3'",
  ],
  [
    "a line gives back more than it cost",
    "nothing goes back above what was paid",
    "update order_move set back = back + 100000 where order_id = 'half' and kind = 4",
  ],
  [
    "a refund is given twice",
    "a refund is given once, and what went back is its sum",
    "insert into payment_refund select book_id, subject, 'again', payment_id, part, amount from payment_refund where refund_id = 'r3'",
  ],
  [
    "a line is given back what its order isn't",
    "a line gives its buyer at most what the order does",
    "update order_move set back = back + 200 where order_id = 'half' and kind = 2",
  ],
  [
    "goods come back that were never out",
    "goods that are delivered, called off and brought back are those that were sold",
    "update order_move set quantity = quantity + 5 where order_id = 'half' and kind = 3",
  ],
  [
    "a share is a penny too large",
    "a share is the price of its units, rounded down or the rest",
    "update order_move set amount = amount + 1 where order_id = 'half' and kind = 1",
  ],
  [
    "a payment isn't in the journal",
    "every act has its chain in the journal",
    "update order_step set key = 'p-other' where order_id = 'paid' and act = 2",
  ],
  [
    "the journal has a payment of nobody",
    "every chain of an order has its act",
    "delete from order_step where order_id = 'paid' and act = 2",
  ],
  [
    "half of a chain is lost",
    "a chain is in the journal whole",
    "delete from ledger_entry where id like 'o/paid/s1/p/%'",
  ],
  [
    "a cancelled order still holds",
    "an order of which nothing was sold holds nothing",
    "delete from ledger_entry where id like 'o/ends/%/v'",
  ],
  [
    "a line is not held",
    "placing holds each line, token and part",
    "update order_line set quantity = quantity + 1 where order_id = 'waits' and line = 0",
  ],
  [
    "a part of a payment never came",
    "a payment brings the whole price, and takes the whole hold",
    "delete from ledger_entry where id = 'p/p-paid/0'",
  ],
  [
    "a part is told of another account",
    "a part is paid from the account that its row names",
    "update payment_part set path = 'user/bob/wallet' where subject = 'paid' and part = 0",
  ],
  [
    "a delivery earns too little",
    "a delivery earns its lines' shares and moves their goods",
    "update ledger_entry set amount = amount - 1 where chain like 'f/f1/%' and id like '%/m'",
  ],
  [
    "a refund goes to somebody else",
    "a refund pays what its rows say, to the accounts that paid",
    "update ledger_entry set credit = (select account from ledger_account where path = 'user/bob/wallet') where chain like 'r/r3/%'",
  ],
  [
    "goods that came back are not put away",
    "a refund moves the goods that its rows say",
    "delete from ledger_entry where id like 'r/r1/%/s0r'",
  ],
  [
    "money for goods on their way is short",
    "money for goods on their way is their price",
    balance("shop/unearned", "GBP/2", -1),
  ],
  [
    "revenue appears",
    "revenue is the price of what was delivered and kept",
    balance("shop/revenue", "GBP/2", 1),
  ],
  [
    "goodwill is kept back",
    "goodwill is what was given beside any goods",
    balance("shop/goodwill", "GBP/2", 1),
  ],
  [
    "a wallet is short",
    "whoever pays has what came in, less what was paid, with what went back",
    balance("user/ann/wallet", "GBP/2", -1),
  ],
  [
    "a company was billed too much",
    "whoever pays has what came in, less what was paid, with what went back",
    "update ledger_balance set debits_posted = debits_posted + 1 where account in (select account from ledger_account where path like 'company/acme/%')",
  ],
  [
    "goods on the way are lost",
    "goods on the way and goods delivered are those of the orders",
    balance("shop/due", "SKU:TEA/0", -1),
  ],
  [
    "stock comes from nowhere",
    "stock is what was supplied, less what was sold and not given back",
    balance("shop/stock", "SKU:TEA/0", 1),
  ],
  [
    "stock is held by nobody",
    "what is held of stock is held by orders that wait",
    "update ledger_balance set debits_pending = debits_pending + 1 where account in (select account from ledger_account where path = 'shop/stock')",
  ],
  [
    "half of the points go back",
    "coupons and points go back all together and once, with the last of an order that is refunded",
    "update ledger_entry set amount = 1 where id = 'r/r4/3/t1'",
  ],
  [
    "a coupon goes back of an order that is delivered",
    "coupons and points go back all together and once, with the last of an order that is refunded",
    "update order_step set state = 4 where order_id = 'none' and version = 3",
  ],
  [
    "a coupon is used twice",
    "coupons and points are used up by what was paid, and by nothing else",
    balance("shop/redeemed", "COUPON:SPRING/0", 1),
  ],
  [
    "a point is taken back",
    "coupons and points are used up by what was paid, and by nothing else",
    balance("user/ann/tokens", "POINT/0", 1),
  ],
  [
    "a service was paid, and nobody sees to it",
    "each paid service line has one run, started in the payment's commit",
    `delete from order_run where order_id = '${SERVED}'`,
  ],
  [
    "a run was started by no payment",
    "each paid service line has one run, started in the payment's commit",
    `update order_run set version = version + 1 where order_id = '${SERVED}'`,
  ],
  [
    "a run is lost",
    "every run comes to its end",
    "delete from flow_end where run_id = (select min(run_id) from flow_end)",
  ],
  [
    "a service stays due for ever",
    "a service line is delivered, or called off",
    `delete from order_move where order_id = '${SERVED}'`,
  ],
  [
    "a provider is asked twice",
    "a provider is asked for a line under one key, for no more than was sold",
    "insert into test_provided select order_id, line, 'another', match, quantity, temper, called from test_provided",
  ],
  [
    "a provider is asked for too much",
    "a provider is asked for a line under one key, for no more than was sold",
    "update test_provided set quantity = quantity + 1",
  ],
  [
    "what was refused is delivered",
    "what was provided is delivered or released, and nothing else is",
    `update test_provided set temper = 'refused' where order_id = '${SERVED}'`,
  ],
  [
    "what was delivered is released, too",
    "what was provided is delivered or released, and nothing else is",
    `insert into test_released values ('${SERVED}', 0, 'key', 2)`,
  ],
  [
    "what nobody had provided is released",
    "what was provided is delivered or released, and nothing else is",
    "insert into test_released values ('paid', 0, 'key', 1)",
  ],
  [
    "a bid is granted less than it asked for",
    "every bid is held as it was granted, from its investor's wallet",
    "update order_bid set amount = amount + 1 where bid_id = 'b1'",
  ],
  [
    "a bid is somebody else's",
    "every bid is held as it was granted, from its investor's wallet",
    "update order_bid set investor = 'bob' where bid_id = 'b1'",
  ],
  [
    "a bid is lost, its money held",
    "every bid is held as it was granted, from its investor's wallet",
    "delete from order_bid where bid_id = 'b2'",
  ],
  [
    "more is granted than the cap",
    "an offering grants no more than its cap, and cuts one bid at most",
    "update order_offering set cap = cap - 1, minimum = 1 where offering_id = 'full'",
  ],
  [
    "a bid is cut though there is room",
    "an offering grants no more than its cap, and cuts one bid at most",
    "update order_offering set cap = cap + 1 where offering_id = 'full'",
  ],
  [
    "an offering is never settled",
    "every offering is settled: funded where its minimum is reached, and nowhere else",
    "delete from order_offering_end where offering_id = 'poor'",
  ],
  [
    "an offering is funded below its minimum",
    "every offering is settled: funded where its minimum is reached, and nowhere else",
    "update order_offering_end set funded = true where offering_id = 'poor'",
  ],
  [
    "a bid was never paid in",
    "of a settled offering each hold is paid in, or given back",
    "delete from ledger_entry where id like 'b/b1/0/p/%'",
  ],
  [
    "a bid of what failed was not given back",
    "of a settled offering each hold is paid in, or given back",
    "delete from ledger_entry where id = 'b/b4/0/v'",
  ],
  [
    "a project gets too little",
    "a project gets what was raised, once, and an offering's own accounts are empty",
    "update ledger_entry set amount = amount - 1 where id = 'n/full/end'",
  ],
  [
    "something stays with the offering",
    "a project gets what was raised, once, and an offering's own accounts are empty",
    balance("offering/full/payout", "GBP/2", 1),
  ],
  [
    "a share of a payout is missing",
    "a payout gives what it takes, to each bid its share to the last unit",
    "delete from ledger_entry where id = 'y/y1/1'",
  ],
  [
    "one gets of a payout what is another's",
    "a payout gives what it takes, to each bid its share to the last unit",
    "update ledger_entry set amount = amount - 5 where id = 'y/y1/0'",
    "update ledger_entry set amount = amount + 5 where id = 'y/y1/1'",
  ],
  [
    "an investor's payout goes to somebody else",
    "a payout gives what it takes, to each bid its share to the last unit",
    "update ledger_entry set credit = (select account from ledger_account where path = 'user/bob/wallet') where id = 'y/y1/0'",
  ],
];

function balance(path: string, asset: string, by: number): string {
  return `update ledger_balance set credits_posted = credits_posted + 1000 + ${by}, debits_posted = debits_posted + 1000
    where account in (select account from ledger_account as known join ledger_asset as of using (book_id, asset)
      where path = '${path}' and of.code = '${asset}')`;
}

const named = async (ask: Ask) => new Set((await auditBy(ask)).map(({ check }) => check));

test("the auditor finds nothing in a shop in which all went well", async () => {
  const found = await inSnapshot(opened.database, opened.schema, (ask) => auditBy(ask));
  expect(found).toEqual([]);
  expect(await auditEvents(opened.database, opened.schema)).toEqual([]);
});

test.each(faults)("where %s, the auditor says so", async (_what, check, ...how) => {
  const found = await inSnapshot(opened.database, opened.schema, async (ask) => {
    for (const text of how) await ask(text);
    return named(ask);
  });
  expect([...found]).toContain(check);
});

test("every check of the auditor's is proved to fail by some fault", () => {
  const proved = new Set(faults.map(([, check]) => check));
  expect(Object.keys(checks).filter((check) => !proved.has(check))).toEqual([]);
});
