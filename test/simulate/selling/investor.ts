/** Somebody who offers projects, and those who bid for them: more than the cap, twice, for too much; then it is settled and paid out. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";
import type { Asking } from "./buyer.ts";
import { BUYERS, MONEY, PROJECT } from "./shop.ts";

const CLOSES_MIN_MS = 90_000;
const CLOSES_MAX_MS = 600_000;
/** Bidding at once. */
const CROWD = 12;
const TRIES_MAX = 12;
const FIRST_BIDS = 3 * CROWD;
const FIRST_CAP = 60n;

export interface Offering {
  /** Unlogged: what comes of it the auditor sees. */
  settle(offering: string): Promise<void>;
  /** The database's time, or nearly. */
  now(): number;
}

export class Investor {
  private readonly random: Random;
  private readonly name: string;
  private readonly asking: Asking;
  private readonly offering: Offering;
  private count = 0;

  constructor(random: Random, name: string, asking: Asking, offering: Offering) {
    this.random = random;
    this.name = name;
    this.asking = asking;
    this.offering = offering;
  }

  /**
   * One offering from its beginning to its payout; some are left to close by themselves. The first is small, soon full
   * and never left, so that each round has one that is paid out.
   */
  async next(): Promise<void> {
    const { random } = this;
    const id = this.key("off");
    const isFirst = this.count === 1;
    const bids = isFirst ? FIRST_BIDS : random.int(5, random.chance(0.2) ? 240 : 40);
    const cap = isFirst ? FIRST_CAP : BigInt(random.int(500, 60 * bids));
    const minimum = random.chance(0.5) ? cap : BigInt(random.int(1, Number(cap)));
    const closesAt = this.offering.now() + random.int(CLOSES_MIN_MS, CLOSES_MAX_MS);
    const project = { asset: MONEY, cap, minimum, project: PROJECT, closesAt };
    const opened = await this.asking.ask("offer", id, { id, ...project });
    if (opened === undefined || opened.status === "refused") return;
    for (let left = bids; left > 0; left -= CROWD) {
      await Promise.all(Array.from({ length: Math.min(left, CROWD) }, () => this.bid(id, cap)));
    }
    if (!isFirst && random.chance(0.3)) return;
    await this.settleAndPay(id, cap);
  }

  private key(what: string): string {
    this.count += 1;
    return `${what}-${this.name}-${this.count}`;
  }

  private async bid(offering: string, cap: bigint): Promise<void> {
    const { random } = this;
    const investor = random.pick(BUYERS);
    if (random.chance(0.4)) {
      const id = this.key("put");
      const credit = `user/${investor}/wallet`;
      const amount = BigInt(random.int(1, 900));
      await this.asking.ask("post", id, { id, asset: MONEY, debit: "bank", credit, amount });
    }
    const id = this.key("bid");
    const amount = BigInt(random.int(1, random.chance(0.1) ? Number(cap) : 150));
    const allowPartial = random.chance(0.5) ? { allowPartial: true } : {};
    const command = { id, offering, investor, amount, ...allowPartial };
    await this.asking[random.chance(0.15) ? "askTwice" : "ask"]("bid", id, command);
  }

  /** Principal from the project, gain from the bank; each asked until the offering is settled. */
  private async settleAndPay(offering: string, cap: bigint): Promise<void> {
    const { random } = this;
    await this.offering.settle(offering);
    const payouts = [
      { id: this.key("back"), total: BigInt(random.int(1, Number(cap))) },
      { id: this.key("gain"), total: BigInt(random.int(1, 5_000)), from: "bank" },
    ];
    for (const payout of payouts) {
      for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
        const twice = random.chance(0.2) ? "askTwice" : "ask";
        const said = await this.asking[twice]("payout", payout.id, { offering, ...payout });
        if (said?.code !== "order.offering_open") break;
        await sleep(random.int(50, 200));
      }
    }
  }
}
