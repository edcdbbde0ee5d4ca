/**
 * Who waits for an engine process that does one thing after the other. What is of one rule waits in line, rules take
 * turns: one that hangs keeps the others waiting for one turn, not for all that is asked of it. Nobody waits for longer
 * than `waitMs`.
 */
import { fail } from "../../base/index.ts";
import { rulesErrors } from "../rules.errors.ts";

export interface EngineLineOptions {
  /** So long one rule goes on while others wait; what is under way then is not cut short. */
  readonly turnMs: number;
  readonly waitMs: number;
}

interface Waiting {
  readonly go: () => void;
  readonly refuse: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const WAITING_MAX = 1_024;

export class EngineLine {
  private readonly options: EngineLineOptions;
  /** By rule; the one whose turn is next stands first. */
  private readonly waiting = new Map<string, Waiting[]>();
  private count = 0;
  private isTaken = false;
  private current = "";
  private turnUntil = 0;

  constructor(options: EngineLineOptions) {
    this.options = options;
  }

  /** Does the work in its turn. Refuses: rules.engine_busy; at once where `most` of the same rule wait already. */
  async take<T>(of: string, work: () => Promise<T>, most = WAITING_MAX): Promise<T> {
    if (this.isTaken) await this.wait(of, most);
    else this.begin(of);
    try {
      return await work();
    } finally {
      this.next();
    }
  }

  private wait(of: string, most: number): Promise<void> {
    const all = this.waiting.get(of) ?? [];
    if (this.count >= WAITING_MAX || all.length >= most) throw this.busy();
    const { promise, resolve: go, reject: refuse } = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.leave(of, one), this.options.waitMs).unref();
    const one: Waiting = { go, refuse, timer };
    all.push(one);
    this.waiting.set(of, all);
    this.count += 1;
    return promise;
  }

  private begin(of: string): void {
    this.isTaken = true;
    this.current = of;
    this.turnUntil = performance.now() + this.options.turnMs;
  }

  private next(): void {
    const own = this.waiting.get(this.current);
    const isTurn = performance.now() < this.turnUntil;
    if (own !== undefined && !isTurn) {
      // To the back.
      this.waiting.delete(this.current);
      this.waiting.set(this.current, own);
    }
    const of = own !== undefined && isTurn ? this.current : this.waiting.keys().next().value;
    const one = of === undefined ? undefined : this.waiting.get(of)?.[0];
    if (of === undefined || one === undefined) {
      this.isTaken = false;
      return;
    }
    this.remove(of, one);
    if (of !== this.current || !isTurn) this.begin(of);
    one.go();
  }

  private remove(of: string, one: Waiting): void {
    clearTimeout(one.timer);
    const rest = (this.waiting.get(of) ?? []).filter((other) => other !== one);
    if (rest.length === 0) this.waiting.delete(of);
    else this.waiting.set(of, rest);
    this.count -= 1;
  }

  private leave(of: string, one: Waiting, error: Error = this.busy()): void {
    this.remove(of, one);
    one.refuse(error);
  }

  /** Sends away those of a rule behind the first few: the rule is found to be slow, and more don't wait from now on. */
  keep(of: string, most: number): void {
    for (const one of (this.waiting.get(of) ?? []).slice(most)) this.leave(of, one);
  }

  private busy(): Error {
    return fail(rulesErrors, "engine_busy", { waiting: this.count });
  }

  /** Sends all away. */
  close(): void {
    for (const [of, all] of [...this.waiting]) {
      for (const one of all) this.leave(of, one, fail(rulesErrors, "closed"));
    }
  }
}
