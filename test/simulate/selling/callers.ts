/** Those who ask: each repeats what it has no answer to, on any node, under the same key. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";
import { type Act, type AskLog, isBusy, type Said } from "./ask-log.ts";
import { Buyer } from "./buyer.ts";
import type { SellingNodes } from "./nodes.ts";
import type { Deed, Told } from "./selling-node.ts";
import { UNSTOCKED, SKUS } from "./shop.ts";
import { toLine } from "./wire.ts";

const TRIES_MAX = 12;
/** Codes of a node, a wire or a server in trouble: nothing is known, ask again. */
const TROUBLE = /^(lane|postgres|ledger\.busy|ledger\.clock|catalog\.changing)/;
const SUPPLY_MS = 200;

export class Callers {
  private readonly random: Random;
  private readonly log: AskLog;
  private readonly nodes: SellingNodes;
  private readonly many: number;
  private over = Infinity;

  constructor(random: Random, log: AskLog, nodes: SellingNodes, many: number) {
    this.random = random;
    this.log = log;
    this.nodes = nodes;
    this.many = many;
  }

  async untilOver(over: number): Promise<void> {
    this.over = over;
    const slow: ConstructorParameters<typeof Buyer>[3] = [];
    const buyers = Array.from({ length: this.many }, async (_, index) => {
      const buyer = new Buyer(this.random.fork(), `c${index}`, this.asking(), slow);
      while (Date.now() < over) await buyer.next();
    });
    await Promise.all([...buyers, this.supply()]);
  }

  /** Stock comes in small deliveries: most of the time something is sold out. */
  private async supply(): Promise<void> {
    const random = this.random.fork();
    const { ask } = this.asking();
    for (let n = 0; Date.now() < this.over; n++) {
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
      for (let attempt = 0; attempt < TRIES_MAX && Date.now() < this.over; attempt++) {
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
