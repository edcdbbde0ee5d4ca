/** The nodes of a round: each a process behind a wire of its own, with a clock of its own. */
import type { Random } from "../random.ts";
import { type Proxy, proxyTo } from "../proxy.ts";
import { type SellingProcess, startSelling } from "./node-process.ts";

export interface NodesOptions {
  readonly url: string;
  readonly schema: string;
  readonly random: Random;
  readonly count: number;
}

interface Standing {
  readonly process: SellingProcess;
  readonly proxy: Proxy;
  offsetMs: number;
}

/** Clocks of nodes are this much off, and steps stay within it. */
const OFFSET_MAX_MS = 10_000;
const DOOM_HITS_MAX = 60;
const EXPIRE_MS = 20_000;
/** A renewal tells a node of the database's clock; one may take as long as something stands still. */
const KNOWN_WITHIN_MS = 5_000;
const dooms = [
  ...(["lane.before_send", "lane.after_send", "lane.committed", "lane.lock_held"] as const),
  ...(["flow.before_commit", "flow.after_commit", "flow.left"] as const),
] as const;

export class SellingNodes {
  private readonly options: NodesOptions;
  private readonly random: Random;
  private readonly standing: (Standing | undefined)[] = [];
  private readonly exits: string[] = [];
  /** How far the world's clock is ahead of the machine's. */
  private jumpedMs = 0;
  private jumpedAt = -Infinity;
  private started = 0;

  constructor(options: NodesOptions) {
    this.options = options;
    this.random = options.random;
  }

  async start({ calm = false } = {}): Promise<void> {
    const all = Array.from({ length: this.options.count }, (_, index) => this.raise(index, calm));
    await Promise.all(all);
  }

  private async raise(index: number, calm: boolean, doom?: string): Promise<void> {
    const { url, schema } = this.options;
    this.started += 1;
    const name = `node-${index}.${this.started}`;
    const proxy = await proxyTo(url);
    const off = calm ? 0 : this.random.int(-OFFSET_MAX_MS, OFFSET_MAX_MS);
    const offsetMs = this.jumpedMs + off;
    const faults = doom === undefined ? {} : { faults: doom };
    const input = {
      url: proxy.url,
      schema,
      name,
      offsetMs,
      sweep: index === 0,
      serves: true,
      ...faults,
    };
    const process = await startSelling(input);
    this.standing[index] = { process, proxy, offsetMs: off };
    void process.ended.then((how) => {
      // 7 and 0 are as told; whatever else but a kill is a crash of its own.
      if (how !== "SIGKILL" && how !== "0") this.exits.push(`${name} ended by itself: ${how}`);
    });
  }

  /** Any node that lives; undefined: none does. */
  any(random: Random): SellingProcess | undefined {
    const alive = this.standing.filter((each) => each?.process.isGone() === false);
    return alive.length === 0 ? undefined : random.pick(alive)?.process;
  }

  /** One that lives. */
  one(): SellingProcess | undefined {
    return this.any(this.random);
  }

  /** All know of the last jump: none names an event by an hour that was before a run which is there already. */
  knowTheHour(): boolean {
    return performance.now() - this.jumpedAt > KNOWN_WITHIN_MS;
  }

  /** While the clocks go on, that of the database too, and for a while behind it, not all nodes know the hour. */
  async whileJumping(jump: () => Promise<void>): Promise<void> {
    this.jumpedAt = Infinity;
    await jump();
    this.jumpedAt = performance.now();
  }

  ahead(): number {
    return this.jumpedMs;
  }

  /** All clocks go on by so much, one after the other. */
  async jump(ms: number): Promise<void> {
    this.jumpedMs += ms;
    for (const each of this.standing) await each?.process.ask("step", ms);
  }

  async expire(): Promise<void> {
    for (const each of this.standing) await each?.process.ask("expire", null, EXPIRE_MS);
  }

  async trouble(kind: string): Promise<void> {
    const { random } = this;
    const index = random.int(0, this.options.count - 1);
    const one = this.standing[index];
    if (one === undefined) return;
    const { process, proxy } = one;
    if (kind === "kill") process.kill();
    else if (kind === "cut") proxy.cut();
    else if (kind === "lost reply") proxy.loseNextReply();
    else if (kind === "lost request") proxy.loseNextRequest();
    else if (kind === "end") await process.end();
    else if (kind === "clock step") {
      const to = random.int(-OFFSET_MAX_MS, OFFSET_MAX_MS);
      await process.ask("step", to - one.offsetMs);
      one.offsetMs = to;
    } else if (kind === "doom") {
      process.kill();
      await process.ended;
      proxy.close();
      const point = `${random.pick(dooms)}=kill@${random.int(1, DOOM_HITS_MAX)}`;
      await this.raise(index, false, point);
    }
  }

  async replaceGone(): Promise<void> {
    for (const [index, one] of this.standing.entries()) {
      if (one?.process.isGone() !== true) continue;
      await one.process.ended;
      one.proxy.close();
      await this.raise(index, false);
    }
  }

  /** None outlives its round. */
  kill(): void {
    for (const one of this.standing) {
      one?.process.kill();
      one?.proxy.close();
    }
  }

  /** All end in order; how those ended that were not told to. */
  async end(): Promise<string[]> {
    await Promise.all(
      this.standing.map(async (one) => {
        await one?.process.end();
        one?.proxy.close();
      }),
    );
    return this.exits.splice(0);
  }
}
