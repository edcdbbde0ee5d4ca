/**
 * One round of the simulation: two nodes with clocks of their own on one book, callers that send the
 * same few ids over and over, and trouble of every kind; then the audit.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { listFaultPoints } from "../../src/base/index.ts";
import { ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import { migrate, openDatabase, postgresMigrations } from "../../src/postgres/index.ts";
import { textOf } from "./audit-rows.ts";
import { audit, type AuditReport } from "./audit.ts";
import { LogBook } from "./log-book.ts";
import { isChain, type Posting } from "./model.ts";
import { sealBook } from "./seal.ts";
import { startNode, type SimulatedNode } from "./node.ts";
import { Random } from "./random.ts";
import { Workload } from "./workload.ts";

export interface SimulateOptions {
  readonly seed: number;
  readonly url: string;
  readonly schema: string;
  readonly durationMs: number;
  /** Where that is too short for so much, it goes on, for a while. */
  readonly least?: { readonly answers: number; readonly troubles: readonly string[] };
  readonly callers?: number;
  readonly nodes?: number;
}

export interface SimulateReport extends AuditReport {
  readonly seed: number;
  /** How often each kind of trouble came. */
  readonly troubles: Readonly<Record<string, number>>;
}

const PAUSE_MS = 120;
/** Nodes get in each other's way most of the time; now and then one has the book to itself. */
const PHASE_MS = 700;
const PHASES = 3;
const PATIENCE_MS = 60_000;
/** How much longer a round may last that has still too little to tell of. */
const MORE_MAX_MS = 60_000;
const OFFSET_MAX_MS = 3_600_000;

export async function simulate(options: SimulateOptions): Promise<SimulateReport> {
  const round = new Round(options);
  return round.run();
}

class Round {
  readonly #options: SimulateOptions;
  readonly #random: Random;
  readonly #log = new LogBook();
  readonly #nodes: SimulatedNode[] = [];
  readonly #troubles: Record<string, number> = {};
  readonly #bookName: string;
  readonly #wrong: string[] = [];
  #running = true;
  #started = 0;

  constructor(options: SimulateOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#bookName = `simulate/${options.seed}`;
  }

  async run(): Promise<SimulateReport> {
    const { url, schema, durationMs, seed, callers = 24, nodes = 2 } = this.#options;
    const database = await openDatabase({ url, schema, poolMax: 2 });
    // Nobody who uses the ledger can catch these: they end the process.
    const onUnhandled = (reason: unknown) => this.#wrong.push(`nobody handles ${stackOf(reason)}`);
    process.on("unhandledRejection", onUnhandled);
    try {
      await migrate(database, [postgresMigrations, ledgerMigrations]);
      for (let index = 0; index < nodes; index++) this.#nodes.push(await this.#start(index));
      for (const posting of Workload.foundation()) await this.#ask(this.#random, posting);
      const trouble = this.#makeTrouble(this.#random.fork());
      const asking = Array.from({ length: callers }, (_, index) =>
        this.#call(this.#random.fork(), `c${index}`),
      );
      await sleep(durationMs);
      // On a busy machine little has happened by then.
      const until = performance.now() + MORE_MAX_MS;
      while (!this.#isEnough() && performance.now() < until) await sleep(PHASE_MS);
      this.#running = false;
      await this.#callersEnd(asking);
      await trouble;
      await Promise.all(this.#nodes.map((node) => this.#close(node)));
      await this.#sealBook();
      const ledger = openLedger({ database, sweep: false });
      const report = await audit(database, await ledger.book(this.#bookName), this.#log.attempts);
      await ledger.close();
      const findings = [...report.findings, ...this.#wrong.map((message) => ({ message }))];
      return { ...report, findings, seed, troubles: this.#troubles };
    } finally {
      process.off("unhandledRejection", onUnhandled);
      await database.close();
    }
  }

  #isEnough(): boolean {
    const { answers, troubles } = this.#options.least ?? { answers: 0, troubles: [] };
    const answered = this.#log.attempts.filter(({ answer }) => answer !== undefined).length;
    return answered >= answers && troubles.every((kind) => this.#troubles[kind] !== undefined);
  }

  #start(index: number): Promise<SimulatedNode> {
    const { url, schema } = this.#options;
    this.#started += 1;
    return startNode({
      name: `node ${index}.${this.#started}`,
      url,
      schema,
      bookName: this.#bookName,
      offsetMs: this.#random.int(-OFFSET_MAX_MS, OFFSET_MAX_MS),
    });
  }

  /** One caller: asks, and asks again when no answer came back. */
  async #call(random: Random, name: string): Promise<void> {
    const workload = new Workload(random.fork(), name);
    while (this.#running) {
      const posting = workload.next();
      // Now and then the same from two places at once.
      const times = random.chance(0.04) ? 2 : 1;
      await Promise.all(Array.from({ length: times }, () => this.#ask(random, posting)));
      // What one node refuses for want of goods another may do when they came: the first must see it.
      if (random.chance(0.03)) {
        for (const each of workload.soldOutForAWhile()) await this.#ask(random, each);
      }
    }
  }

  async #ask(random: Random, posting: Posting): Promise<void> {
    const tries = random.chance(0.1) ? 1 : 8;
    // Once the round is over nobody begins anything: what has no answer long after that never gets one.
    for (let attempt = 0; attempt < tries && this.#running; attempt++) {
      if (await this.#askOnce(this.#choose(random), posting)) return;
      await sleep(random.int(1, 40));
    }
  }

  /** Deadlines are short: whoever is still without an answer now has been forgotten. */
  async #callersEnd(asking: readonly Promise<void>[]): Promise<void> {
    const ended = await Promise.race([Promise.all(asking), sleep(PATIENCE_MS)]);
    if (ended !== undefined) return;
    for (const { posting, answer, thrown, node } of this.#log.attempts) {
      const isAlive = this.#nodes.some((each) => each.name === node && !each.isGone());
      if (answer !== undefined || thrown !== undefined || !isAlive) continue;
      this.#wrong.push(`${node} never answers ${textOf(posting)}`);
    }
  }

  async #sealBook(): Promise<void> {
    const node = await this.#start(this.#nodes.length);
    const isSealed = await sealBook((posting) => this.#askOnce(node, posting), PATIENCE_MS);
    if (!isSealed) this.#wrong.push("the book can't be sealed");
    await this.#close(node);
  }

  async #close(node: SimulatedNode): Promise<void> {
    const closed = await Promise.race([node.close().then(() => true), sleep(PATIENCE_MS)]);
    // A crash that was armed and not met before may be met by the last flush.
    if (closed !== true && !node.isGone())
      this.#wrong.push(`${node.name} does not close: ${textOf(node.book.stats() as never)}`);
    node.crash();
  }

  #choose(random: Random): SimulatedNode {
    const [first] = this.#nodes;
    const isAlone = Math.floor(performance.now() / PHASE_MS) % PHASES === 0;
    return isAlone && first !== undefined ? first : random.pick(this.#nodes);
  }

  /** True when there was an answer. */
  async #askOnce(node: SimulatedNode, posting: Posting): Promise<boolean> {
    if (node.isGone()) return false;
    const attempt = this.#log.begin(posting, node.name);
    try {
      const asked = isChain(posting) ? node.book.chain(posting) : node.book.submit(posting);
      const answer = await Promise.race([asked, node.gone]);
      if (answer === undefined) return false;
      LogBook.answered(attempt, answer);
      return true;
    } catch (error) {
      if (!node.isGone()) LogBook.failed(attempt, error);
      return false;
    }
  }

  /** Goes through all kinds of trouble in turn, in an order of its own each time. */
  async #makeTrouble(random: Random): Promise<void> {
    const kinds = [
      ...listFaultPoints()
        .map(({ name }) => name)
        .filter((name) => name.startsWith("lane.")),
      "kill",
      "lost reply",
      "lost request",
      "cut",
      "clock step",
      "restart",
    ];
    let left: string[] = [];
    while (this.#running) {
      await sleep(random.int(PAUSE_MS / 2, PAUSE_MS * 2));
      if (left.length === 0) left = [...kinds];
      const [kind = "cut"] = left.splice(random.int(0, left.length - 1), 1);
      // Before a send that needs no lock a node passes only while it is alone, which the first is.
      const index = kind === "lane.before_send" ? 0 : random.int(0, this.#nodes.length - 1);
      const node = this.#nodes[index];
      if (node === undefined) continue;
      if (await this.#trouble(kind, node, random)) this.#count(kind);
      if (node.isGone()) this.#nodes[index] = await this.#start(index);
    }
  }

  #count(kind: string): void {
    this.#troubles[kind] = (this.#troubles[kind] ?? 0) + 1;
  }

  /** True when it came to pass; a crash at a point is counted when it comes, however late. */
  async #trouble(kind: string, node: SimulatedNode, random: Random): Promise<boolean> {
    switch (kind) {
      case "kill":
        node.crash();
        return true;
      case "cut":
        node.proxy.cut();
        return true;
      case "lost reply":
        node.proxy.loseNextReply();
        return true;
      case "lost request":
        node.proxy.loseNextRequest();
        return true;
      case "clock step":
        node.step(random.int(-5_000, 5_000));
        return true;
      case "restart":
        await this.#close(node);
        return true;
      default:
        node.crashAt(kind, () => this.#count(kind));
        await Promise.race([node.gone, sleep(PHASE_MS * PHASES)]);
        return false;
    }
  }
}

function stackOf(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}
