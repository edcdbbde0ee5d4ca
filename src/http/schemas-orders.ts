/** The shapes of orders on the wire. Amounts and quantities are decimal strings. */
import { Type } from "typebox";
import {
  Amount,
  AssetCode,
  closed,
  Id,
  named,
  pageOf,
  Path,
  Seq,
  Sum,
  text,
  Time,
} from "./schemas.ts";
import { orderActs, orderStates } from "../order/index.ts";

const literals = <const T extends string>(values: readonly T[], description: string) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { description },
  );

export const State = literals(orderStates, "See docs/reference/order-machine.md.");
const Act = literals(orderActs, "What was done.");
export const Quantity = Type.String({
  description: "Whole units, as a string.",
  pattern: "^(0|[1-9][0-9]{0,18})$",
  examples: ["2"],
});
const Key = Type.String({ description: "Your own key: 1 to 40 letters, digits and . _ : @ + -" });
const LineNumber = Type.Integer({ minimum: 0, description: "The line's number, from 0." });
const Reason = Type.String({ description: "For people: 1 to 500 characters." });
const Means = Type.Union([Type.Literal("wallet"), Type.Literal("company"), Type.Literal("cash")], {
  description: "The buyer's wallet, a company's credit of this month, the shop's cash.",
});

export const orderParam = { order: text("The order's key.", "o-17") };
export const buyerParam = { buyer: text("A segment of a path: of user/ann it is ann.", "ann") };

const Part = closed({
  means: Means,
  company: Type.Optional(Type.String({ description: "Of company: which one." })),
  amount: Amount,
});

export const lineParam = {
  line: Type.String({
    description: "The line's number, from 0.",
    pattern: "^(0|[1-9][0-9]{0,3})$",
    examples: ["0"],
  }),
};
const Word = Type.String({ description: "Up to 500 characters.", maxLength: 500 });
export const ProvisionedBody = named("ProvisionedBody", {
  status: literals(["done", "refused"], "It is there; or it won't be, and its money goes back."),
  reference: Type.Optional(Word),
  reason: Type.Optional(Word),
});

export const PlaceBody = named("PlaceOrderBody", {
  id: Key,
  buyer: Type.String({ description: "Whose order: as in user/BUYER/wallet." }),
  quote: closed(
    { id: Type.String(), hash: Type.String(), total: Amount },
    { description: "What the buyer saw; it must be what the quote says." },
  ),
  hold: Type.Optional(
    Type.Array(Part, { description: "Money to hold already now; the payment brings the rest." }),
  ),
});
export const PayBody = named("PayOrderBody", {
  paymentId: Key,
  parts: Type.Array(Part, { description: "With what was held they sum to the order's total." }),
});
export const EndBody = named("EndOrderBody", { reason: Type.Optional(Reason) });
export const FulfilBody = named("FulfilOrderBody", {
  fulfilmentId: Key,
  lines: Type.Optional(
    Type.Array(closed({ line: LineNumber, quantity: Quantity }), {
      description: "All that is still due, when left out.",
    }),
  ),
});
export const RefundBody = named("RefundOrderBody", {
  refundId: Key,
  lines: Type.Optional(
    Type.Array(
      Type.Union([
        closed({
          line: LineNumber,
          quantity: Quantity,
          goods: Type.Union([Type.Literal("due"), Type.Literal("delivered")], {
            description: "Called off before delivery, or brought back after.",
          }),
          restock: Type.Optional(Type.Boolean({ description: "They can be sold again." })),
        }),
        closed({ line: LineNumber, amount: Amount }),
      ]),
      { description: "Goods with their share of the price, or money of a line alone." },
    ),
  ),
  goodwill: Type.Optional(Amount),
  returnTokens: Type.Optional(
    Type.Boolean({
      description: "Coupons and points go back, too: where all is called off before delivery.",
    }),
  ),
  reason: Type.Optional(Reason),
});

const orderFields = {
  id: Key,
  state: State,
  version: Type.Integer({ minimum: 1, description: "Grows by one with every act." }),
  buyer: Type.String(),
  asset: AssetCode,
  total: Amount,
  paid: Amount,
  refunded: Amount,
  expiresAt: Time,
};
export const Order = named("Order", orderFields);
export const OrderDone = named("OrderDone", {
  status: Type.Union([Type.Literal("done"), Type.Literal("exists")], {
    description: "exists: it was done before by this very request; the order as it stands.",
  }),
  order: Order,
});

const Units = closed({ quantity: Quantity, amount: Amount });
const OrderLine = named("OrderLine", {
  line: LineNumber,
  sku: Type.String(),
  quantity: Quantity,
  unit: Type.Optional(Type.String()),
  list: Amount,
  discounts: Type.Optional(Type.Array(closed({ rule: Type.String(), amount: Amount }))),
  amount: Amount,
  due: Units,
  delivered: Units,
  calledOff: Units,
  returned: Units,
  back: Amount,
});
const PricedRule = named("PricedRule", {
  rule: Type.String(),
  version: Type.String(),
  hash: Type.String(),
  decision: Type.String({ description: "Its id in the log of decisions." }),
});
const OrderPosting = named("OrderPosting", {
  seq: Seq,
  id: Id,
  kind: Type.String(),
  asset: Type.Optional(AssetCode),
  debit: Type.Optional(Path),
  credit: Type.Optional(Path),
  amount: Type.Optional(Amount),
});
const OrderRun = named("OrderRun", {
  run: Type.String(),
  flow: Type.Optional(Type.String()),
  status: Type.Optional(Type.String()),
  createdAt: Type.Optional(Time),
  endedAt: Type.Optional(Time),
  problem: Type.Optional(Type.String({ description: "What it failed with, or waits for." })),
  steps: Type.Optional(
    Type.Array(
      named("OrderRunStep", {
        step: Type.String(),
        outcome: Type.String(),
        attempts: Type.Integer({ minimum: 0 }),
        startedAt: Time,
        endedAt: Time,
      }),
    ),
  ),
});
const OrderStep = named("OrderStep", {
  version: Type.Integer({ minimum: 1 }),
  act: Act,
  state: State,
  at: Time,
  key: Type.Optional(Key),
  by: Type.Optional(Type.String({ description: "Owner and key id of who did it." })),
  request: Type.Optional(Type.String()),
  reason: Type.Optional(Reason),
  moves: Type.Array(
    named("OrderMove", {
      line: LineNumber,
      kind: literals(["delivered", "calledOff", "returned", "money"], "What became of it."),
      quantity: Quantity,
      amount: Amount,
      back: Amount,
    }),
  ),
  chain: Type.String({ description: "Its chain in the journal, where all it moved stands." }),
  postings: Type.Array(OrderPosting, {
    description:
      "What the book moved, the first hundred entries; to a limited key, of accounts that it reaches.",
  }),
  runs: Type.Optional(
    Type.Array(OrderRun, { description: "What it has started; to keys of the whole shop." }),
  ),
});
export const OrderView = named("OrderView", {
  order: Order,
  quote: Type.String({ description: "The id of the quote that it was placed for." }),
  lines: Type.Array(OrderLine),
  payments: Type.Array(
    named("OrderPayment", {
      paymentId: Key,
      part: Type.Integer({ minimum: 0 }),
      means: Means,
      path: Path,
      amount: Amount,
      refunded: Amount,
    }),
  ),
  refunds: Type.Array(
    named("OrderRefund", {
      refundId: Key,
      paymentId: Key,
      part: Type.Integer({ minimum: 0 }),
      amount: Amount,
    }),
  ),
  priced: Type.Optional(
    named("OrderPriced", {
      at: Time,
      catalogVersion: Type.String(),
      lines: Type.Array(
        named("OrderPricedLine", {
          line: LineNumber,
          product: Type.String(),
          productVersion: Type.Integer({ minimum: 1 }),
          plan: Type.String(),
          planVersion: Type.Integer({ minimum: 1 }),
          path: Type.Array(Type.String(), { description: "How the plan came to its price." }),
          rule: Type.Optional(PricedRule),
        }),
      ),
      rules: Type.Array(PricedRule, { description: "That gave discounts." }),
    }),
  ),
  timeline: Type.Array(OrderStep, { description: "Up to a hundred acts." }),
  more: Type.Boolean({ description: "There are later acts: ask again with the last's version." }),
});

export const ListedOrder = named("ListedOrder", {
  ...orderFields,
  placedAt: Time,
  lines: Type.Integer({ minimum: 1 }),
});
export const OrderPage = pageOf("OrderPage", ListedOrder);

/** In the shape of CloudEvents 1.0. */
export const OrderEvent = named("OrderEvent", {
  specversion: Type.Literal("1.0"),
  id: Type.String({ description: "The order's key and its version: ORDER/VERSION." }),
  source: Type.String({ description: "The book: /v1/books/BOOK." }),
  type: literals(
    [
      ...(["order.placed", "order.paid", "order.cancelled", "order.expired"] as const),
      ...(["order.fulfilled", "order.refunded", "order.closed"] as const),
    ],
    "What was done.",
  ),
  subject: Type.String({ description: "The order." }),
  time: Time,
  datacontenttype: Type.Literal("application/json"),
  data: named("OrderEventData", {
    seq: Seq,
    order: Key,
    version: Type.Integer({ minimum: 1 }),
    act: Act,
    state: State,
    buyer: Type.String(),
    asset: AssetCode,
    total: Amount,
    paid: Amount,
    refunded: Amount,
    key: Type.Optional(Key),
    by: Type.Optional(Type.String()),
    request: Type.Optional(Type.String()),
    reason: Type.Optional(Reason),
  }),
});
export const OrderEvents = named("OrderEvents", {
  items: Type.Array(OrderEvent),
  after: Type.Integer({ minimum: 0, description: "Ask again with it." }),
  more: Type.Boolean({ description: "There was more to look at: ask again at once." }),
});

export const ShopBody = named("OpenShopBody", { asset: AssetCode });
const opened = Type.Union([Type.Literal("done"), Type.Literal("exists")]);
export const OpenedShop = named("OpenedShop", { status: opened, asset: AssetCode });
export const StockBody = named("PutStockBody", {
  id: Key,
  items: Type.Array(closed({ sku: Type.String(), quantity: Quantity }), {
    description: "Up to 1,000; each product once.",
  }),
});
export const StockPut = named("StockPut", { status: opened });
export const Shelf = named("Shelf", {
  sku: Type.String(),
  left: Quantity,
  held: Quantity,
  due: Quantity,
  delivered: Quantity,
});
export const CreditBody = named("CreditLineBody", { asset: AssetCode, line: Amount });
export const CreditLine = named("CreditLine", {
  company: Type.String(),
  month: Type.String(),
  asset: AssetCode,
  line: Amount,
  owed: Type.String({
    pattern: "^(0|-?[1-9][0-9]{0,38})$",
    description: "Below zero where more was paid than bought.",
  }),
  left: Type.String({ pattern: "^(0|-?[1-9][0-9]{0,38})$" }),
});
export const CreditStatement = named("CreditStatement", {
  company: Type.String(),
  month: Type.String(),
  asset: AssetCode,
  line: Amount,
  owed: Type.String({
    pattern: "^(0|-?[1-9][0-9]{0,38})$",
    description: "Still open: bought less credited; below zero where more was paid than bought.",
  }),
  left: Type.String({ pattern: "^(0|-?[1-9][0-9]{0,38})$" }),
  held: Type.String({ ...Sum, description: "Of orders that wait to be paid." }),
  bought: Sum,
  credited: Type.String({
    ...Sum,
    description: "Paid for the bill, or given back of what was bought.",
  }),
  items: Type.Array(
    named("CreditEntry", {
      seq: Seq,
      at: Time,
      id: Id,
      kind: literals(["bought", "back", "paid"], "On credit; by a refund; for the bill."),
      amount: Amount,
      owed: Type.String({ pattern: "^(0|-?[1-9][0-9]{0,38})$", description: "After it." }),
      order: Type.Optional(Key),
      key: Type.Optional(Type.String({ description: "The payment's, or the refund's." })),
      reference: Type.Optional(Type.String()),
      by: Type.Optional(Type.String({ description: "Owner and key id of who did it." })),
      request: Type.Optional(Type.String()),
    }),
  ),
  cursor: Type.Optional(Type.String({ description: "Where the next page begins." })),
});
export const WalletBody = named("WalletBody", { asset: AssetCode });
export const FillBody = named("FillWalletBody", { id: Key, asset: AssetCode, amount: Amount });
const TokenCode = Type.String({
  description: "As the rule's discount names it.",
  examples: ["COUPON:SPRING/0"],
});
export const GiveTokensBody = named("GiveTokensBody", {
  id: Key,
  asset: TokenCode,
  amount: Amount,
});
export const Tokens = named("Tokens", {
  buyer: Type.String(),
  asset: TokenCode,
  available: Amount,
  held: Amount,
});
export const Wallet = named("Wallet", {
  buyer: Type.String(),
  asset: AssetCode,
  available: Amount,
  held: Amount,
});
