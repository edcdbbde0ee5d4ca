/** The shapes of quotes: see schemas.ts for the rest. */
import { Type } from "typebox";
import { AttributeValues, Words } from "./schemas-catalog.ts";
import { literals } from "./schemas-runs.ts";
import { Amount, closed, named, Signed, text, Time } from "./schemas.ts";

export const quoteParam = { quote: text("The quote's id.", "01kk…") };

/** A wrong one is told by what is sold, in the buyer's words: from what, to what. */
const Quantity = Signed;

export const QuoteBody = named("QuoteRequest", {
  key: Type.String({
    description: "Of your making: the same key and request answer the same quote, for ever.",
  }),
  lines: Type.Array(
    closed({
      sku: Type.String(),
      quantity: Quantity,
      attributes: Type.Optional(AttributeValues),
      agreed: Type.Optional(
        closed(
          { amount: Amount, per: Type.Optional(Amount), reason: Type.String() },
          {
            description:
              "A price agreed with the buyer, for `per` units (1), in the place of the plan's. Needs shop.operate.",
          },
        ),
      ),
    }),
    { description: "1 to 2,000." },
  ),
  member: Type.Optional(Type.String({ description: "The buyer's level." })),
  region: Type.Optional(Type.String({ description: "Where it goes: GB, CN-31." })),
  coupon: Type.Optional(Type.String({ description: "Shown to the discount rules." })),
});
export const RequoteBody = named("RequoteRequest", { key: Type.String() });

const RuleProof = named("RuleProof", {
  rule: Type.String(),
  version: Type.Union([Type.Integer(), Type.String()]),
  hash: Type.String(),
  decisionId: Type.String(),
});

const QuoteLine = named("QuoteLine", {
  sku: Type.String(),
  stock: Type.String({ description: "The asset in which the ledger counts it." }),
  stocked: Type.Optional(
    Type.Literal(false, { description: "False: a service, of which there is no stock." }),
  ),
  name: Words,
  quantity: Amount,
  attributes: AttributeValues,
  list: Amount,
  discounts: Type.Array(
    closed({
      code: Type.String(),
      label: Type.Optional(Words),
      amount: Amount,
      of: literals(["line", "quote"]),
    }),
  ),
  amount: Amount,
  proof: closed({
    product: Type.String(),
    productVersion: Type.Integer(),
    type: Type.String(),
    typeVersion: Type.Integer(),
    plan: Type.String(),
    planVersion: Type.Integer(),
    path: Type.Array(Type.String()),
    steps: Type.Array(
      closed({
        units: Amount,
        amount: Amount,
        per: Amount,
        tier: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ),
    rounding: literals(["half_even", "half_up", "down", "up"]),
    rule: Type.Optional(RuleProof),
    agreed: Type.Optional(
      closed({
        amount: Amount,
        per: Amount,
        reason: Type.String(),
        by: Type.String(),
        request: Type.String(),
      }),
    ),
  }),
});

export const Quote = named("Quote", {
  id: Type.String(),
  key: Type.String(),
  book: Type.String(),
  currency: Type.String(),
  lines: Type.Array(QuoteLine),
  list: Amount,
  discount: Amount,
  total: Amount,
  member: Type.Optional(Type.String()),
  region: Type.Optional(Type.String()),
  coupon: Type.Optional(Type.String()),
  tokens: Type.Optional(
    Type.Array(closed({ asset: Type.String(), amount: Amount }), {
      description: "What its discounts use up: an order holds it with the stock.",
    }),
  ),
  rules: Type.Array(RuleProof),
  catalogVersion: Amount,
  pricedAt: Time,
  expiresAt: Time,
  hash: Type.String({ description: "Echo it, with the total, in the order." }),
});

/** What an order has to echo: for who asks many, and looks at no lines. */
const QuoteBrief = named("QuoteBrief", {
  id: Type.String(),
  key: Type.String(),
  hash: Type.String(),
  currency: Type.String(),
  total: Amount,
  expiresAt: Time,
});

const made = literals(["created", "exists"]);
const expired = Type.Optional(
  Type.Literal(true, {
    description: "It was made before and its time is over: what it costs now, another key tells.",
  }),
);
export const MadeQuote = Type.Union([
  named("MadeQuote", { status: made, quote: Quote, expired }),
  named("MadeQuoteBrief", { status: made, quote: QuoteBrief, expired }),
]);

const echo = closed({ hash: Type.String(), total: Amount });
const PricedNow = Type.Union([
  named("PricedNow", { status: Type.Literal("priced"), total: Amount, currency: Type.String() }),
  named("NotPricedNow", {
    status: Type.Literal("refused"),
    code: Type.String(),
    detail: Type.String(),
  }),
]);

export const QuoteCheck = Type.Union([
  named("QuoteGood", { status: Type.Literal("good"), quote: Quote }),
  named("QuoteAltered", {
    status: Type.Literal("altered"),
    quote: Quote,
    echoed: echo,
    differs: Type.Array(literals(["hash", "total"])),
  }),
  named("QuoteExpired", {
    status: Type.Literal("expired"),
    quote: Quote,
    expiredAt: Time,
    now: PricedNow,
  }),
  named("QuoteWithdrawn", {
    status: Type.Literal("withdrawn"),
    quote: Quote,
    skus: Type.Array(Type.String()),
    now: PricedNow,
  }),
]);

export const Requoted = named("Requoted", {
  before: Quote,
  now: Quote,
  changes: Type.Array(closed({ sku: Type.String(), before: Amount, now: Amount })),
});

export const checkQuery = {
  hash: text("Of the quote, as the buyer saw it.", "9f86d081884c7d65…"),
  total: Type.String({
    description: "The total that the buyer saw, in minor units.",
    pattern: "^(0|[1-9][0-9]{0,18})$",
    examples: ["750"],
  }),
};
