/** From a request to prices with their proof; from memory alone, unless a rule is asked. */
import { fail, formatAmount, type Instant, SALE_MAX } from "../base/index.ts";
import { amountOf, chooseScheme, type PriceStep, stepsOf } from "./amount.ts";
import { applyDiscounts, tokensOf } from "./discounts.ts";
import {
  askRule,
  proofOf,
  ruleDiscounts,
  type RuleDiscount,
  ruleNumber,
  ruleStep,
} from "./ask-rule.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { optionMistakes } from "./check-options.ts";
import { effectiveAt, type KnownActor } from "./items.ts";
import { type BookMemory, type Known, typeKey } from "./memory.ts";
import { type Product, stockAsset, type Variant } from "./product.ts";
import type { LineProof, QuoteContent, QuoteLine } from "./quote.ts";
import type { KnownLine, QuoteRequest } from "./quote-request.ts";
import type { CatalogRoom } from "./room.ts";
import type { KeepDecision, RuleProof } from "./rule.ts";
import type { PricePlan } from "./scheme.ts";

type Asked = QuoteRequest & { readonly lines: readonly KnownLine[] };

/** As of when, and for whom: who asks stands beside what they agreed on. */
export interface Asking {
  readonly at: Instant;
  readonly by: KnownActor | undefined;
  /** What rules decided is to be written down by who asks; undefined: the rules do so themselves. */
  readonly kept?: KeepDecision[] | undefined;
}

/** A line with all that is in effect for it. */
interface Found {
  readonly asked: KnownLine;
  readonly product: Known<Product>;
  readonly code: string;
  readonly variant: Variant;
  readonly plan: Known<PricePlan>;
  readonly planCode: string;
}

/**
 * Prices all lines as of one instant. Refuses: catalog.sku_unknown, catalog.options_refused,
 * catalog.quantity_refused, catalog.price_missing, catalog.amount_too_large, catalog.currencies_mixed,
 * catalog.rule_failed, catalog.rule_answer_malformed, catalog.rule_not_connected, and what rules refuse.
 */
export async function priceLines(
  room: CatalogRoom,
  memory: BookMemory,
  request: Asked,
  asking: Asking,
): Promise<QuoteContent> {
  const { at } = asking;
  const found = await findLines(room, memory, request.lines, at);
  await checkOptions(room, memory, found, request.region);
  const currency = oneCurrency(found);
  const priced = await Promise.all(
    found.map((line) => priceLine(room, memory, line, request, asking)),
  );
  const list = sumOf(priced.map((line) => line.list));
  // A quote that no order could be placed for would be refused too late.
  if (list > SALE_MAX) throw tooLarge(priced[0]?.sku, currency);
  // What was agreed on is nobody's to discount: no rule sees it, and none shares out on it.
  const open = priced.filter(({ proof }) => proof.agreed === undefined);
  const basket = { request, priced: open, currency, asking };
  const { discounts, rules } = await askDiscounts(room, memory, basket);
  const { lines: shares, taken } = applyDiscounts(open, discounts);
  const given = new Map(open.map((line, index) => [line, shares[index] ?? []]));
  const lines = priced.map((line): QuoteLine => {
    const own = given.get(line) ?? [];
    const off = own.reduce((sum, { amount }) => sum + amount, 0n);
    const isService = memory.types.get(typeKey(line.proof))?.stocked === false;
    const priced = { ...line, discounts: own, amount: line.list - off };
    return isService ? { ...priced, stocked: false } : priced;
  });
  const tokens = tokensOf(discounts, taken);
  const total = sumOf(lines.map((line) => line.amount));
  const { member, region, coupon } = request;
  return {
    ...{ currency, lines, list, discount: list - total, total },
    ...{ member, region, coupon, rules, catalogVersion: memory.version, pricedAt: at },
    ...(tokens.length === 0 ? {} : { tokens }),
  };
}

const sumOf = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, one) => sum + one, 0n);

/** What is in effect for each line. Refuses: catalog.sku_unknown, catalog.price_missing. */
async function findLines(
  { memory: known }: CatalogRoom,
  memory: BookMemory,
  lines: readonly KnownLine[],
  at: Instant,
): Promise<readonly Found[]> {
  const owners = await known.owners(
    memory,
    lines.map(({ sku }) => sku),
  );
  const codes = lines.flatMap(({ sku }) => owners.get(sku) ?? []);
  const products = await known.products(memory, codes);
  const sold = lines.map((asked) => {
    const code = owners.get(asked.sku) ?? "";
    const product = effectiveAt(products.get(code) ?? [], at);
    const variant = product?.body.variants.find(({ sku }) => sku === asked.sku);
    if (product?.state !== "published" || variant === undefined) {
      throw fail(catalogErrors, "sku_unknown", { sku: asked.sku });
    }
    return { asked, code, product, variant, planCode: variant.plan ?? product.body.plan ?? "" };
  });
  const plans = await known.plans(
    memory,
    sold.map(({ planCode }) => planCode),
  );
  return sold.map((one) => {
    const plan = effectiveAt(plans.get(one.planCode) ?? [], at);
    if (plan === undefined) throw fail(catalogErrors, "price_missing", { sku: one.asked.sku });
    return { ...one, plan };
  });
}

/** Refuses: catalog.options_refused, catalog.quantity_refused. */
async function checkOptions(
  { memory: known }: CatalogRoom,
  memory: BookMemory,
  found: readonly Found[],
  region: string | undefined,
): Promise<void> {
  const types = await known.typesOf(
    memory,
    found.map(({ product }) => product.body),
  );
  const wanted = new Map<string, bigint>();
  for (const { code, asked } of found) wanted.set(code, (wanted.get(code) ?? 0n) + asked.quantity);
  found.forEach(({ asked, code, product, variant }, line) => {
    const { sku, attributes } = asked;
    const { minQuantity: min, maxQuantity: max } = product.body;
    // Of the product, whatever lines and variants it is asked for in.
    const quantity = wanted.get(code) ?? 0n;
    const isIn = quantity >= BigInt(min) && quantity <= BigInt(max);
    if (asked.quantity < 1n || !isIn) {
      const told = asked.quantity < 1n ? asked.quantity : quantity;
      throw fail(catalogErrors, "quantity_refused", { sku, quantity: told, min, max });
    }
    const type = types.get(typeKey(product.body));
    const fixed = { ...product.body.values, ...variant.values };
    const mistakes = type === undefined ? [] : optionMistakes(type, { fixed, attributes, region });
    if (mistakes.length === 0) return;
    const problems = mistakes.map(({ message }) => message.en);
    const problemsZh = mistakes.map(({ message }) => message.zh);
    throw fail(catalogErrors, "options_refused", { sku, line, problems, problemsZh, mistakes });
  });
}

/** Refuses: catalog.currencies_mixed. */
function oneCurrency(found: readonly Found[]): string {
  const currencies = [...new Set(found.map(({ plan }) => plan.body.currency))];
  const [currency] = currencies;
  if (currency === undefined || currencies.length > 1) {
    throw fail(catalogErrors, "currencies_mixed", { currencies: currencies.join(", ") });
  }
  return currency;
}

const tooLarge = (sku: string | undefined, currency: string) =>
  fail(catalogErrors, "amount_too_large", {
    sku,
    max: `${formatAmount(currency, SALE_MAX)} ${currency}`,
  });

type PricedLine = Omit<QuoteLine, "discounts" | "amount">;

/** By a price that was agreed on; the plan gives currency and rounding. Refuses: catalog.amount_too_large, catalog.request_malformed. */
function agreedLine(
  found: Found,
  { amount, per, reason }: NonNullable<KnownLine["agreed"]>,
  { by }: Asking,
): PricedLine {
  if (by === undefined) {
    const expected = "given: an agreed price names who agreed";
    throw fail(catalogErrors, "request_malformed", { field: "who asks", expected });
  }
  const steps = [{ units: found.asked.quantity, amount, per }];
  const agreed = { amount, per, reason, by: by.by, request: by.request };
  return lineOf(found, { steps, path: ["agreed"], agreed });
}

async function priceLine(
  room: CatalogRoom,
  { book }: BookMemory,
  found: Found,
  request: Asked,
  asking: Asking,
): Promise<PricedLine> {
  const { at, by, kept } = asking;
  if (found.asked.agreed !== undefined) return agreedLine(found, found.asked.agreed, asking);
  const { asked, code, product, variant, plan } = found;
  const { sku, quantity, attributes } = asked;
  const { scheme, path } = chooseScheme(plan.body.scheme, { at, member: request.member });
  let steps: readonly PriceStep[];
  let rule: RuleProof | undefined;
  if (scheme.kind === "rule") {
    const { rules } = room;
    if (rules === undefined) {
      throw fail(catalogErrors, "rule_not_connected", { sku, rule: scheme.rule });
    }
    const { member, region } = request;
    const values = { ...attributes, ...product.body.values, ...variant.values };
    const input = {
      ...{ sku, product: code, quantity: ruleNumber(quantity), attributes: values },
      ...{ member: member ?? null, region: region ?? null, currency: plan.body.currency, at },
    };
    const question = { book, rule: scheme.rule, input, request: by?.request };
    const decision = await askRule(rules, question, kept);
    steps = [ruleStep(scheme.rule, decision, quantity)];
    rule = proofOf(scheme.rule, decision);
  } else steps = stepsOf(scheme, quantity);
  return lineOf(found, { steps, path: [...path, scheme.kind], rule });
}

type PriceProof = Pick<LineProof, "steps" | "path" | "rule" | "agreed">;

/** Refuses: catalog.amount_too_large. */
function lineOf({ asked, code, product, plan, planCode }: Found, priced: PriceProof): PricedLine {
  const { sku, quantity, attributes } = asked;
  const { rounding } = plan.body;
  const { amount } = amountOf(priced.steps, rounding);
  if (amount > SALE_MAX) throw tooLarge(sku, plan.body.currency);
  const { type, typeVersion, name } = product.body;
  const proof: LineProof = {
    ...{ product: code, productVersion: product.version, type, typeVersion },
    ...{ plan: planCode, planVersion: plan.version, rounding, ...priced },
  };
  return { sku, stock: stockAsset(sku), name, quantity, attributes, list: amount, proof };
}

interface Basket {
  readonly request: Asked;
  readonly priced: readonly PricedLine[];
  readonly currency: string;
  readonly asking: Asking;
}

async function askDiscounts(
  { rules: ask }: CatalogRoom,
  { book, settings }: BookMemory,
  { request, priced, currency, asking: { at, by, kept } }: Basket,
): Promise<{ readonly discounts: readonly RuleDiscount[]; readonly rules: readonly RuleProof[] }> {
  const discounts: RuleDiscount[] = [];
  const rules: RuleProof[] = [];
  if (settings.discountRules.length === 0 || priced.length === 0) return { discounts, rules };
  const { member, region, coupon } = request;
  const lines = priced.map(({ sku, quantity, list, attributes, proof }) => ({
    ...{
      sku,
      quantity: ruleNumber(quantity),
      list: ruleNumber(list),
      attributes,
      product: proof.product,
    },
  }));
  const input = {
    ...{ lines, currency, list: ruleNumber(sumOf(priced.map(({ list }) => list))), at },
    ...{ member: member ?? null, region: region ?? null, coupon: coupon ?? null },
  };
  for (const rule of settings.discountRules) {
    if (ask === undefined)
      throw fail(catalogErrors, "rule_not_connected", { sku: lines[0]?.sku, rule });
    const decision = await askRule(ask, { book, rule, input, request: by?.request }, kept);
    discounts.push(...ruleDiscounts(rule, decision));
    rules.push(proofOf(rule, decision));
  }
  return { discounts, rules };
}
