/** Somebody who buys: quotes, orders, pays in every way, right and wrong, and gives back. */
import type { PartAsked } from "../../../src/payment/index.ts";
import type { Random } from "../random.ts";
import { type Said } from "./ask-log.ts";
import type { Deed } from "./selling-node.ts";
import { BUYERS, COMPANIES, SKUS } from "./shop.ts";

export interface Asking {
  /** Asks until there is an answer; undefined: the round is over first. */
  ask(deed: Deed, key: string, command: unknown): Promise<Said | undefined>;
  /** The same from two places at once. */
  askTwice(deed: Deed, key: string, command: unknown): Promise<Said | undefined>;
  /** Something was done that never may be. */
  wrong(message: string): void;
}

interface Bought {
  readonly id: string;
  readonly buyer: string;
  readonly total: bigint;
  readonly held: bigint;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: bigint;
    readonly amount: bigint;
  }[];
}

const SLOW_MAX = 40;
const ACTS_MAX = 6;

export class Buyer {
  private readonly random: Random;
  private readonly name: string;
  private readonly asking: Asking;
  private readonly slow: Bought[];
  private count = 0;

  /** `slow`: orders that are left lying, for whoever comes by. */
  constructor(random: Random, name: string, asking: Asking, slow: Bought[]) {
    this.random = random;
    this.name = name;
    this.asking = asking;
    this.slow = slow;
  }

  async next(): Promise<void> {
    const { random, slow } = this;
    if (slow.length > 0 && random.chance(0.15)) {
      const [late] = slow.splice(random.int(0, slow.length - 1), 1);
      if (late !== undefined) return this.finish(late);
    }
    if (random.chance(0.25)) await this.topUp();
    const bought = await this.place();
    if (bought === undefined) return;
    if (random.chance(0.12) && slow.length < SLOW_MAX) return void slow.push(bought);
    return this.finish(bought);
  }

  private key(what: string): string {
    this.count += 1;
    return `${what}-${this.name}-${this.count}`;
  }

  private async topUp(): Promise<void> {
    const id = this.key("top");
    const credit = `user/${this.random.pick(BUYERS)}/wallet`;
    const amount = BigInt(this.random.int(1, 6_000));
    await this.asking.ask("post", id, { id, asset: "GBP/2", debit: "bank", credit, amount });
  }

  private async place(): Promise<Bought | undefined> {
    const { random } = this;
    const skus = SKUS.filter(() => random.chance(0.4)).slice(0, 5);
    const lines = (skus.length > 0 ? skus : ["CUP"]).map((sku) => {
      return { sku, quantity: BigInt(random.int(1, random.chance(0.1) ? 12 : 4)) };
    });
    const buyer = random.pick(BUYERS);
    const key = this.key("q");
    const coupon = random.chance(0.15) ? { coupon: "SPRING" } : {};
    const member = random.chance(0.15) ? { member: "gold" } : {};
    const quoted = await this.asking.ask("quote", key, { key, lines, ...coupon, ...member });
    if (quoted?.quote === undefined || quoted.sold === undefined) return undefined;
    const { quote, sold } = quoted;
    const id = this.key("o");
    const amount = BigInt(random.int(1, 300));
    const hold = random.chance(0.25) && amount <= quote.total ? this.parts(amount, 1) : [];
    const command = { id, buyer, quote, hold };
    const twice = random.chance(0.1);
    const placed = await this.asking[twice ? "askTwice" : "ask"]("place", id, command);
    if (placed?.order === undefined) return undefined;
    const held = hold.reduce((sum, part) => sum + part.amount, 0n);
    return { id, buyer, total: quote.total, held, lines: sold };
  }

  /** So much in up to so many parts, by any means. */
  private parts(amount: bigint, most: number): PartAsked[] {
    const parts: PartAsked[] = [];
    let left = amount;
    for (let n = 1; left > 0n; n++) {
      const share = n >= most ? left : BigInt(this.random.int(1, Number(left)));
      left -= share;
      const means = this.random.pick(["wallet", "company", "cash"] as const);
      const company = means === "company" ? { company: this.random.pick(COMPANIES) } : {};
      parts.push({ means, ...company, amount: share });
    }
    return parts;
  }

  private async finish(bought: Bought): Promise<void> {
    const { random } = this;
    const end = random.next();
    if (end < 0.05) return;
    if (end < 0.15) return void (await this.cancel(bought));
    const cancelling = end < 0.22 ? this.cancel(bought) : undefined;
    const paid = await this.payAnyhow(bought);
    await cancelling;
    if (paid && !random.chance(0.08)) await this.afterwards(bought);
  }

  private cancel({ id }: Bought): Promise<Said | undefined> {
    return this.asking.ask("cancel", id, { orderId: id, reason: "changed my mind" });
  }

  private pay(bought: Bought, amount = bought.total - bought.held): Promise<Said | undefined> {
    const paymentId = this.key("p");
    const parts = this.parts(amount, this.random.int(1, 3));
    const twice = this.random.chance(0.15);
    const command = { orderId: bought.id, paymentId, parts };
    return this.asking[twice ? "askTwice" : "ask"]("pay", paymentId, command);
  }

  /** Too little, too much, twice, with and without enough; true when it was paid. */
  private async payAnyhow(bought: Bought): Promise<boolean> {
    const { random, asking } = this;
    const owed = bought.total - bought.held;
    if (random.chance(0.12)) {
      const wrong = random.chance(0.5) && owed > 0n ? owed - 1n : owed + 1n;
      const said = await this.pay(bought, wrong);
      if (said?.order !== undefined) asking.wrong(`${bought.id} was paid with ${wrong} of ${owed}`);
    }
    if (random.chance(0.1)) {
      const both = await Promise.all([this.pay(bought), this.pay(bought)]);
      const yes = both.filter((said) => said?.order !== undefined);
      if (yes.length > 1) asking.wrong(`${bought.id} was paid by two payments`);
      return yes.length === 1;
    }
    for (let n = 0; n < 3; n++) {
      const said = await this.pay(bought);
      if (said?.order !== undefined) return true;
      if (said?.code !== "order.funds_short") return false;
      await this.topUp();
    }
    return false;
  }

  private async afterwards(bought: Bought): Promise<void> {
    const { random } = this;
    const acts = random.int(1, ACTS_MAX);
    for (let n = 0; n < acts; n++) {
      const what = random.weighted({ fulfil: 5, all: 3, refund: 5, both: 2, above: 1, close: 1 });
      if (what === "fulfil") await this.fulfil(bought);
      else if (what === "all") await this.fulfil(bought, true);
      else if (what === "refund") await this.refund(bought);
      else if (what === "both") await Promise.all([this.fulfil(bought), this.refund(bought)]);
      else if (what === "above") await this.refundAbove(bought);
      else await this.asking.ask("close", bought.id, { orderId: bought.id });
    }
  }

  private someUnits({ lines }: Bought) {
    const line = this.random.int(0, lines.length - 1);
    const most = Number(lines[line]?.quantity ?? 1n);
    return { line, quantity: BigInt(this.random.int(1, most)) };
  }

  private fulfil(bought: Bought, all = false): Promise<Said | undefined> {
    const fulfilmentId = this.key("f");
    const lines = all ? {} : { lines: [this.someUnits(bought)] };
    const command = { orderId: bought.id, fulfilmentId, ...lines };
    const twice = this.random.chance(0.15);
    return this.asking[twice ? "askTwice" : "ask"]("fulfil", fulfilmentId, command);
  }

  private refund(bought: Bought): Promise<Said | undefined> {
    const { random } = this;
    const refundId = this.key("r");
    const what = random.weighted({ due: 3, delivered: 3, money: 2, goodwill: 2, whole: 2 });
    const { line, quantity } = this.someUnits(bought);
    const amount = BigInt(random.int(1, 200));
    const restock = random.chance(0.5);
    const bodies = {
      due: { lines: [{ line, quantity, goods: "due" }] },
      delivered: { lines: [{ line, quantity, goods: "delivered", restock }] },
      money: { lines: [{ line, amount }] },
      goodwill: { goodwill: amount },
      whole: {
        lines: bought.lines.map((each, at) => ({
          line: at,
          quantity: each.quantity,
          goods: "due",
        })),
      },
    } as const;
    const tokens = random.chance(what === "whole" ? 0.6 : 0.05) ? { returnTokens: true } : {};
    const command = { orderId: bought.id, refundId, reason: what, ...bodies[what], ...tokens };
    const twice = random.chance(0.2);
    return this.asking[twice ? "askTwice" : "ask"]("refund", refundId, command);
  }

  private async refundAbove(bought: Bought): Promise<void> {
    const refundId = this.key("r");
    const command = { orderId: bought.id, refundId, goodwill: bought.total + 1n };
    const said = await this.asking.ask("refund", refundId, command);
    if (said?.order !== undefined) this.asking.wrong(`${bought.id} gave back more than its price`);
  }
}
