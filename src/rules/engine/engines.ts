/**
 * The engine as the room uses it: one process that everybody shares, and one *apart*, which is asked one thing
 * after the other: tests, shadow runs, and what was under way when the shared process died. Whatever ends the one
 * apart was it; its text is decided apart from then on, so that it ends nobody else's decisions. Imports have a process
 * and a line of their own.
 */
import { fail } from "../../base/index.ts";
import { rulesErrors } from "../rules.errors.ts";
import { EngineLine } from "./engine-line.ts";
import { type Content, EngineProcess, type Outcome } from "./engine.ts";
import type { Checking, Evaluated, Verdicts } from "./words.ts";

export interface EvaluateRequest {
  readonly content: Content;
  readonly input: unknown;
  readonly trace: boolean;
}

export interface EnginesOptions {
  /** How long one evaluation may take; 2 s when left out. */
  readonly timeoutMs?: number | undefined;
  /** How long one may wait for its turn where things are done one after the other; 10 s when left out. */
  readonly waitMs?: number | undefined;
}

const TIMEOUT_MS = 2_000;
/** An import of many cells is one ask. */
const CHECK_TIMEOUT_MS = 30_000;
const WAIT_MS = 10_000;
/** Behind two imports that take all their time. */
const CHECK_WAIT_MS = 2 * CHECK_TIMEOUT_MS;
const SHARED_MAX = 4_096;
/** Of a text that is known to end or hold up the engine, and of imports into one rule set, so many wait. */
const OF_ONE_MAX = 16;
/** So long a text that has ended the engine is decided apart. */
const APART_MS = 600_000;
const CULPRITS_MAX = 1_000;
/** Mistakes of one import that end a process each; what stands behind them is looked at when they are mended. */
const ENDS_MAX = 10;

export class Engines {
  private readonly timeoutMs: number;
  private readonly shared: EngineProcess;
  private readonly apart: EngineProcess;
  private readonly checking = new EngineProcess(CHECK_TIMEOUT_MS);
  private readonly culprits = new Map<string, number>();
  private readonly line: EngineLine;
  private readonly imports = new EngineLine({ turnMs: 0, waitMs: CHECK_WAIT_MS });
  private closed = false;

  constructor({ timeoutMs = TIMEOUT_MS, waitMs = WAIT_MS }: EnginesOptions = {}) {
    this.timeoutMs = timeoutMs;
    this.line = new EngineLine({ turnMs: timeoutMs, waitMs });
    this.shared = new EngineProcess(timeoutMs);
    this.apart = new EngineProcess(timeoutMs);
  }

  /** Refuses: rules.engine_missing, engine_busy, engine_died, engine_timeout, closed. Says why else it failed. */
  async evaluate(
    request: EvaluateRequest,
    options: { readonly apart?: boolean } = {},
  ): Promise<Evaluated | { readonly failed: string }> {
    this.checkOpen();
    if (options.apart === true || this.isCulprit(request.content.of))
      return this.evaluateApart(request);
    const { waiting } = this.shared;
    if (waiting >= SHARED_MAX) throw fail(rulesErrors, "engine_busy", { waiting });
    const outcome = await this.shared.ask({ kind: "decide", ...request });
    const isCut = (outcome.kind === "died" || outcome.kind === "late") && !this.closed;
    return isCut ? this.evaluateApart(request) : this.answerOf(outcome);
  }

  private async evaluateApart(
    request: EvaluateRequest,
  ): Promise<Evaluated | { readonly failed: string }> {
    const { of } = request.content;
    const most = this.isCulprit(of) ? OF_ONE_MAX : undefined;
    const ask = (): Promise<Outcome> => {
      this.checkOpen();
      return this.apart.ask({ kind: "decide", ...request });
    };
    const outcome = await this.line.take(of, ask, most);
    if (outcome.kind === "died" || outcome.kind === "late") this.accuse(of);
    return this.answerOf(outcome);
  }

  /**
   * What is wrong with each expression, null where nothing is; undefined for those behind the last that a few
   * processes were ended by, or where the time is over. `of`: the rule set that they are imported into.
   */
  check(of: string, expressions: Checking["expressions"]): Promise<Verdicts> {
    return this.inTurn(of, async () => {
      const verdicts: (string | null)[] = [];
      const until = performance.now() + CHECK_TIMEOUT_MS;
      const goesOn = (): boolean =>
        verdicts.length < expressions.length && performance.now() < until;
      for (let ends = 0; goesOn() && ends < ENDS_MAX; ends++) {
        const rest = expressions.slice(verdicts.length);
        const outcome = await this.checking.ask({ kind: "check", expressions: rest });
        if (outcome.kind === "died" && !this.closed) {
          verdicts.push(...outcome.sound);
          await this.findCulprit(expressions, verdicts);
        } else verdicts.push(...(this.answerOf(outcome) as unknown as Verdicts));
      }
      return verdicts;
    });
  }

  /** Why the engine can't read this decision; undefined if it can. */
  async tryOut(of: string, jdm: unknown): Promise<string | undefined> {
    const outcome = await this.inTurn(of, () => this.checking.ask({ kind: "try", jdm }));
    if (outcome.kind === "died" && !this.closed) return `it ends the engine: ${outcome.reason}`;
    if (outcome.kind === "failed") return outcome.reason;
    this.answerOf(outcome);
    return undefined;
  }

  /** One by one, up to what ends the process. */
  private async findCulprit(
    expressions: Checking["expressions"],
    verdicts: (string | null)[],
  ): Promise<void> {
    while (verdicts.length < expressions.length) {
      const one = expressions.slice(verdicts.length, verdicts.length + 1);
      const outcome = await this.checking.ask({ kind: "check", expressions: one });
      if (outcome.kind === "died" && !this.closed) {
        verdicts.push(`it ends the engine: ${outcome.reason}`);
        return;
      }
      verdicts.push(...(this.answerOf(outcome) as unknown as Verdicts));
    }
  }

  private async inTurn<T>(of: string, work: () => Promise<T>): Promise<T> {
    this.checkOpen();
    const open = (): Promise<T> => {
      this.checkOpen();
      return work();
    };
    return this.imports.take(of, open, OF_ONE_MAX);
  }

  private checkOpen(): void {
    if (this.closed) throw fail(rulesErrors, "closed");
  }

  private answerOf(outcome: Outcome): Evaluated | { readonly failed: string } {
    switch (outcome.kind) {
      case "done":
        return outcome.value as Evaluated;
      case "failed":
        return { failed: outcome.reason };
      case "missing":
        throw fail(rulesErrors, "engine_missing", { reason: outcome.reason });
      case "late":
        throw fail(rulesErrors, "engine_timeout", { timeoutMs: this.timeoutMs });
      case "died":
        if (this.closed) throw fail(rulesErrors, "closed");
        throw fail(rulesErrors, "engine_died", { reason: outcome.reason });
    }
  }

  private accuse(id: string): void {
    this.culprits.delete(id);
    this.culprits.set(id, performance.now() + APART_MS);
    this.line.keep(id, OF_ONE_MAX);
    for (const oldest of this.culprits.keys()) {
      if (this.culprits.size <= CULPRITS_MAX) break;
      this.culprits.delete(oldest);
    }
  }

  private isCulprit(id: string): boolean {
    const until = this.culprits.get(id);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.culprits.delete(id);
    return false;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const line of [this.line, this.imports]) line.close();
    await Promise.all([this.shared.close(), this.apart.close(), this.checking.close()]);
  }
}
