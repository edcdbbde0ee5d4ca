/** Those who ask: each repeats what it has no answer to, on any node, under the same key. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";
import { type Act, type AskLog, isBusy, type Said } from "./ask-log.ts";
import { Buyer } from "./buyer.ts";
import type { SellingNodes } from "./nodes.ts";
import type { Deed, Told } from "./selling-node.ts";
import { payloadOf, type ToCall, toCallBack, wasCalled } from "./provider.ts";
import { UNSTOCKED, SKUS } from "./shop.ts";
import { Investor } from "./investor.ts";
import type { Database } from "../../../src/postgres/index.ts";
import { surely } from "./troubled-database.ts";
import { toLine } from "./wire.ts";

const TRIES_MAX = 12;
/** Codes of a node, a wire or a server in trouble: nothing is known, ask again. */
const TROUBLE =
  /^(lane\.(?!broken|unit_)|postgres|ledger\.busy|catalog\.changing|flow\.(fenced|closed|not_written))/;
const SUPPLY_MS = 200;

const CALL_BACKS_MS = 150;
const CALL_BACK_ALL_MS = 60_000;
const INVESTORS = 2;

interface CallersOptions {
  readonly random: Random;
  readonly log: AskLog;
  readonly nodes: SellingNodes;
  readonly many: number;
  /** Where the provider's books are, out of reach of trouble but the server's own. */
  readonly database: Database;
  readonly schema: string;
}

export class Callers {
  private readonly options: CallersOptions;
  private readonly random: Random;
  private readonly log: AskLog;
  private readonly nodes: SellingNodes;
  private isOver = () => false;

  constructor(options: CallersOptions) {
    const { random, log, nodes } = options;
    this.options = options;
    this.random = random;
    this.log = log;
    this.nodes = nodes;
  }

  async until(isOver: () => boolean): Promise<void> {
    this.isOver = isOver;
    const slow: ConstructorParameters<typeof Buyer>[3] = [];
    const buyers = Array.from({ length: this.options.many }, async (_, index) => {
      const buyer = new Buyer(this.random.fork(), `c${index}`, this.asking(), slow);
      while (!isOver()) await buyer.next();
    });
    const investors = Array.from({ length: INVESTORS }, async (_, index) => {
      const offering = {
        settle: async (id: string) => void (await this.nodes.any(this.random)?.ask("settle", id)),
        now: () => Date.now() + this.nodes.ahead(),
      };
      const investor = new Investor(this.random.fork(), `i${index}`, this.asking(), offering);
      while (!isOver()) await investor.next();
    });
    await Promise.all([...buyers, ...investors, this.supply(), this.callBacks()]);
  }

  /** The provider calls back: some soon, some once more, some with nonsense before. */
  private async callBacks(): Promise<void> {
    const random = this.random.fork();
    while (!this.isOver()) {
      await sleep(random.int(1, CALL_BACKS_MS));
      for (const one of await this.waiting(false)) {
        // Until then what one node says may count as said before a run of another's began (src/flow/README.md).
        if (!this.nodes.knowTheHour() || random.chance(0.5)) continue;
        if (random.chance(0.2)) await this.callBack(one, random, { status: "maybe" });
        const times = random.chance(0.3) ? 2 : 1;
        for (let n = 0; n < times; n++) await this.callBack(one, random);
      }
    }
  }

  /** Whoever is to be called back yet, those for whom it is late too. */
  async callBackAll(): Promise<void> {
    // On a busy machine runs that had to wait ask yet while others are called back for.
    for (const until = Date.now() + CALL_BACK_ALL_MS; Date.now() < until;) {
      const left = await this.waiting(true);
      if (left.length === 0) return;
      for (const one of left) await this.callBack(one, this.random);
      await sleep(CALL_BACKS_MS);
    }
    this.log.wrong.push("calling back finds no end");
  }

  private waiting(late: boolean): Promise<readonly ToCall[]> {
    const { database, schema } = this.options;
    return surely(() => toCallBack(database, schema, { late }));
  }

  /** Again, another time, where nobody knows whether it was heard. */
  private async callBack(one: ToCall, random: Random, nonsense?: unknown): Promise<void> {
    const { database, schema } = this.options;
    const payload = nonsense ?? payloadOf(one);
    const told = await this.nodes.any(random)?.ask("call back", { match: one.match, payload });
    if (told === undefined || told.thrown !== undefined || nonsense !== undefined) return;
    await surely(() => wasCalled(database, schema, one));
  }

  /** Stock comes in small deliveries: most of the time something is sold out. */
  private async supply(): Promise<void> {
    const random = this.random.fork();
    const { ask } = this.asking();
    for (let n = 0; !this.isOver(); n++) {
      const sku = random.pick(SKUS.filter((each) => each !== UNSTOCKED));
      const id = `delivery-${n}`;
      const amount = BigInt(random.int(1, 25));
      const move = { debit: "shop/supplier", credit: "shop/stock", amount };
      await ask("post", id, { id, asset: `SKU:${sku}/0`, ...move });
      await sleep(random.int(1, SUPPLY_MS));
    }
  }

  private asking() {
    const random = this.random.fork();
    const ask = async (deed: Deed, key: string, command: unknown): Promise<Said | undefined> => {
      const act = this.log.act(deed, key, command);
      for (let attempt = 0; attempt < TRIES_MAX && !this.isOver(); attempt++) {
        const said = await this.once(act, random);
        if (said !== undefined && !isBusy(said)) {
          if (random.chance(0.05)) await this.once(act, random);
          return said;
        }
        await sleep(random.int(1, 60));
      }
      return undefined;
    };
    return {
      ask,
      askTwice: async (deed: Deed, key: string, command: unknown) => {
        const both = await Promise.all([ask(deed, key, command), ask(deed, key, command)]);
        return both.find((said) => said?.order !== undefined) ?? both[0];
      },
      wrong: (message: string) => void this.log.wrong.push(message),
    };
  }

  /** One attempt; undefined: nobody knows. */
  async once(act: Act, random: Random = this.random): Promise<Said | undefined> {
    const node = this.nodes.any(random);
    if (node === undefined) {
      await sleep(50);
      return undefined;
    }
    const attempt = this.log.begin(act, node.name);
    const told = await node.ask(act.deed, act.command);
    const said = this.saidOf(act, told);
    this.log.end(attempt, said);
    return said;
  }

  private saidOf(act: Act, told: Told | undefined): Said | undefined {
    if (told === undefined) return undefined;
    if (told.thrown === undefined) return told.answer as Said;
    if (!TROUBLE.test(told.thrown)) {
      this.log.wrong.push(`${act.deed} ${toLine(act.command)} threw ${told.thrown}`);
    }
    return undefined;
  }
}
