/**
 * Makes postings that get in each other's way: few accounts, few ids, short time-outs, and a memory
 * of what was sent, to send it again as it was or with one field altered.
 */
import type {
  Balancing,
  Bound,
  Chain,
  PendingTransfer,
  PostedTransfer,
  Request,
  Side,
} from "../../src/ledger/index.ts";
import { isChain, type Posting } from "./model.ts";
import type { Random } from "./random.ts";

const ASSETS = ["CNY/2", "USD/2", "TICKET/0"];
const MEMORY = 400;
const HUGE = [2n ** 62n, 2n ** 63n - 1n, 2n ** 62n + 7n];
const PATHS = ["bank", "shop", "user/1", "user/2", "user/3", "user/4", "tax", "lost"];

const KINDS = {
  transfer: 26,
  pending: 22,
  post: 13,
  void: 6,
  open: 3,
  bound: 3,
  close: 1.5,
  reopen: 3,
  asset: 0.7,
} as const;

export class Workload {
  readonly #random: Random;
  readonly #prefix: string;
  readonly #sent: Posting[] = [];
  readonly #holds: string[] = [];
  #ids = 0;

  /** `prefix` keeps the ids of one caller group apart; most are drawn from a shared few anyway. */
  constructor(random: Random, prefix: string) {
    this.#random = random;
    this.#prefix = prefix;
  }

  /** What the world begins with: without it most requests would only find nothing. */
  static foundation(): Posting[] {
    const opens = ASSETS.flatMap((asset) =>
      PATHS.slice(0, 6).map((path): Request => ({ kind: "open", path, asset, ...natureOf(path) })),
    );
    return [
      { kind: "asset", asset: "CNY/2" },
      { kind: "asset", asset: "USD/2" },
      { kind: "asset", asset: "TICKET/0", refusals: "window" },
      ...opens,
      ...ASSETS.map((asset): Request => ({
        id: `fund:${asset}`,
        asset,
        debit: "bank",
        credit: "user/1",
        amount: 5_000n,
      })),
    ];
  }

  next(): Posting {
    const random = this.#random;
    if (this.#sent.length > 20 && random.chance(0.2)) {
      const before = random.pick(this.#sent);
      return random.chance(0.5) ? before : this.#altered(before);
    }
    const posting = random.chance(0.14) ? this.#chain() : this.#request();
    this.#remember(posting);
    return posting;
  }

  /** A hold for more than there is, the goods that it lacks, and the same hold again and again. */
  soldOutForAWhile(): Posting[] {
    const asset = "TICKET/0";
    const debit = this.#random.pick(PATHS.filter((path) => path.startsWith("user/")));
    const movement = { asset, debit, credit: "bank", amount: 1_000_000n };
    const hold: Request = { kind: "pending", id: this.#id("pending"), ...movement, timeoutMs: 300 };
    const goods = { ...movement, debit: "bank", credit: debit };
    const delivery: Request = { id: this.#id("transfer"), ...goods };
    return [hold, hold, delivery, hold, hold, hold, hold];
  }

  #remember(posting: Posting): void {
    if (this.#sent.length < MEMORY) this.#sent.push(posting);
    else this.#sent[this.#random.int(0, MEMORY - 1)] = posting;
  }

  #chain(): Chain {
    const random = this.#random;
    const length = random.chance(0.02) ? 0 : random.int(1, 6);
    const requests = Array.from({ length }, () => this.#request());
    return { chain: this.#id("chain"), requests };
  }

  /** Mostly new, sometimes one that other callers draw as well. */
  #id(kind: string): string {
    const random = this.#random;
    if (random.chance(0.01)) return random.pick(["", "a b", "~mine", "x".repeat(65)]);
    this.#ids += 1;
    return random.chance(0.1)
      ? `${kind}/shared/${random.int(1, 60)}`
      : `${kind}/${this.#prefix}/${this.#ids}`;
  }

  #request(): Request {
    const random = this.#random;
    const kind = random.weighted(KINDS);
    switch (kind) {
      case "transfer":
        return this.#transfer();
      case "pending":
        return this.#pending();
      case "post":
      case "void":
        return this.#resolution(kind);
      case "open":
        return this.#open();
      case "bound":
        return { kind, id: this.#id(kind), ...this.#account(), bound: this.#bound() };
      case "close":
      case "reopen":
        return { kind, id: this.#id(kind), ...this.#account() };
      case "asset":
        return { kind, asset: random.pick([...ASSETS, "EUR/2", "nonsense"]) };
    }
  }

  #transfer(): PostedTransfer {
    const random = this.#random;
    const sides: Balancing[] = ["debit", "credit", "both"];
    return {
      id: this.#id("transfer"),
      ...this.#movement(),
      ...(random.chance(0.1) && { balancing: random.pick(sides) }),
      ...this.#described(),
    };
  }

  #pending(): PendingTransfer {
    const random = this.#random;
    const id = this.#id("pending");
    this.#holds.push(id);
    if (this.#holds.length > MEMORY) this.#holds.shift();
    const timeoutMs = random.chance(0.03) ? 0 : random.int(1, random.pick([20, 300, 5_000]));
    return {
      kind: "pending",
      id,
      ...this.#movement(),
      ...(random.chance(0.6) && { timeoutMs }),
      ...(random.chance(0.04) && { balancing: "debit" }),
      ...this.#described(),
    };
  }

  #resolution(kind: "post" | "void"): Request {
    const random = this.#random;
    const recent = this.#holds.slice(-30);
    const known = recent.length > 0 && random.chance(0.95);
    const pendingId = known ? random.pick(recent) : `transfer/${this.#prefix}/${this.#ids}`;
    return {
      kind,
      id: this.#id(kind),
      pendingId,
      ...(random.chance(kind === "post" ? 0.4 : 0.1) && { amount: this.#amount() }),
      ...(random.chance(0.05) && { debit: random.pick(PATHS) }),
      ...(random.chance(0.03) && { asset: random.pick(ASSETS) }),
      ...this.#described(),
    };
  }

  #open(): Request {
    const random = this.#random;
    const account = this.#account();
    const nature = random.chance(0.9)
      ? natureOf(account.path)
      : { side: random.pick<Side>(["debit", "credit"]), bound: this.#bound() };
    return {
      kind: "open",
      ...account,
      ...nature,
      ...(random.chance(0.3) && { id: this.#id("open") }),
    };
  }

  #movement(): { asset: string; debit: string; credit: string; amount: bigint } {
    const random = this.#random;
    const asset = random.chance(0.01) ? "EUR/2" : random.pick(ASSETS);
    const debit = this.#path();
    const credit = random.chance(0.98)
      ? random.pick(PATHS.filter((path) => path !== debit))
      : debit;
    return { asset, debit, credit, amount: this.#amount() };
  }

  #path(): string {
    return this.#random.chance(0.01) ? "not a path" : this.#random.pick(PATHS);
  }

  #account(): { asset: string; path: string } {
    return { asset: this.#random.pick(ASSETS), path: this.#path() };
  }

  #amount(): bigint {
    const random = this.#random;
    const roll = random.next();
    if (roll < 0.05) return 0n;
    if (roll < 0.06) return BigInt(-random.int(1, 9));
    if (roll < 0.064) return random.pick(HUGE);
    if (roll < 0.066) return 2n ** 63n;
    return BigInt(random.int(1, random.pick([10, 300, 3_000])));
  }

  #bound(): Bound {
    const random = this.#random;
    return random.chance(0.2) ? "none" : BigInt(random.pick([0, 0, 100, 5_000]));
  }

  #described(): { code?: number; reference?: string; metadata?: string; effectiveAt?: number } {
    const random = this.#random;
    return {
      ...(random.chance(0.2) && { code: random.int(0, 3) }),
      ...(random.chance(0.15) && { reference: `order/${random.int(1, 50)}` }),
      ...(random.chance(0.1) && { metadata: `{"n": ${random.int(0, 9)}}` }),
      ...(random.chance(0.05) && { effectiveAt: 1_291_191_960_000 + random.int(0, 9) * 1_000 }),
    };
  }

  /** The same posting but for one field: what a confused caller sends. */
  #altered(posting: Posting): Posting {
    const random = this.#random;
    if (!isChain(posting)) return this.#alteredRequest(posting);
    const { chain, requests } = posting;
    const at = random.int(0, Math.max(0, requests.length - 1));
    switch (random.weighted({ member: 5, shorter: 2, longer: 1, other: 2, swapped: 1 })) {
      case "member":
        return {
          chain,
          requests: requests.map((each, index) =>
            index === at ? this.#alteredRequest(each) : each,
          ),
        };
      case "shorter":
        return { chain, requests: requests.slice(0, -1) };
      case "longer":
        return { chain, requests: [...requests, this.#request()] };
      case "other":
        return { chain: this.#id("chain"), requests };
      case "swapped":
        return { chain, requests: requests.toReversed() };
    }
  }

  #alteredRequest(request: Request): Request {
    const random = this.#random;
    const other = this.#request() as unknown as Record<string, unknown>;
    const fields = { ...request } as Record<string, unknown>;
    const candidates = [...new Set([...Object.keys(fields), ...Object.keys(other)])];
    const field = random.pick(candidates.filter((name) => name !== "id"));
    if (other[field] === undefined) delete fields[field];
    else fields[field] = other[field];
    // One field from another request: most often refused by name, sometimes another kind altogether.
    return fields as unknown as Request;
  }
}

function natureOf(path: string): { side: Side; bound?: Bound } {
  if (path === "bank") return { side: "debit", bound: "none" };
  if (path === "shop") return { side: "debit" };
  return path === "user/2" ? { side: "credit", bound: 500n } : { side: "credit" };
}
