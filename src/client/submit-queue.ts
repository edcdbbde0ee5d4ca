/**
 * Calls that are made at the same time go out together. A call waits for the end of its tick; then
 * all that wait go as one batch, or as a single request where it is one. At most four are on their
 * way per book; what comes meanwhile gathers, in order, for the next.
 *
 * A waiting call is *open* until it has its answer, or leaves: its deadline passed or its signal
 * fired. One that leaves before it was sent knows that nothing was done; later it has an
 * OutcomeUnknown. Its neighbours don't notice either: it is just not sent again with them.
 */
import type { Answer, ChainAnswer } from "./answer.ts";
import type { Question, Wire } from "./attempt.ts";
import { exchange, newProgress, type Progress } from "./exchange.ts";
import { OutcomeUnknown, type Ways } from "./outcome-unknown.ts";
import { weightOf } from "./posting.ts";
import { clientProblem, LongmenProblem } from "./problem.ts";
import { soon } from "./soon.ts";
import {
  answersIn,
  isOfOneManner,
  type Manner,
  questionOf,
  refusalIn,
  type Written,
} from "./write-question.ts";

/** As many as the server takes in one batch, those of chains counted. */
export const BATCH_MAX = 8_192;
/** Characters of one body: at three bytes each still below the server's 16 MiB. */
const BODY_MAX = 4 * 1024 * 1024;
const IN_FLIGHT_MAX = 4;
/** Calls that wait for their turn. */
export const WAITING_MAX = 131_072;

interface Open extends Written {
  readonly weight: number;
  readonly deadlineAt: number;
  /** Where it travels; undefined while it waits. */
  group: Group | undefined;
  /** An earlier group, since divided, didn't tell what became of it. */
  mayBeDone: boolean;
  done: boolean;
  readonly end: (answer: Answer | ChainAnswer | undefined, reason?: Error) => void;
}

interface Group {
  readonly progress: Progress;
  /** Fires when nobody waits any more. */
  readonly nobody: AbortController;
  open: number;
}

export interface SubmitOptions {
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
}

/** The calls of one client to one book. */
export class SubmitQueue {
  private readonly wire: Wire;
  private readonly book: string;
  private readonly waysOf: (manner: Manner) => Ways;
  private readonly open = new Set<Open>();
  private readonly clock: Deadlines;
  private waiting: Open[] = [];
  private inFlight = 0;
  private isFlushDue = false;

  constructor(wire: Wire, book: string, waysOf: (manner: Manner) => Ways) {
    this.wire = wire;
    this.book = book;
    this.waysOf = waysOf;
    this.clock = deadlines(this.open, (one) => this.leave(one, clientProblem("deadline_passed")));
  }

  async submit(item: Written, options: SubmitOptions): Promise<Answer | ChainAnswer> {
    options.signal?.throwIfAborted();
    if (this.open.size >= WAITING_MAX) throw clientProblem("queue_full");
    return this.enter(item, options);
  }

  private enter(item: Written, options: SubmitOptions): Promise<Answer | ChainAnswer> {
    const { signal, deadlineAt } = options;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        // It may be anything; it is the caller's own.
        const cause = signal?.reason as Error | undefined;
        this.leave(one, clientProblem("aborted", { cause }), cause);
      };
      const one: Open = {
        ...item,
        weight: weightOf(item.posting),
        deadlineAt,
        group: undefined,
        mayBeDone: false,
        done: false,
        end: (answer, reason) => {
          if (one.done) return;
          one.done = true;
          signal?.removeEventListener("abort", onAbort);
          this.forget(one);
          if (answer !== undefined) resolve(answer);
          else reject(reason ?? clientProblem("aborted"));
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.open.add(one);
      this.waiting.push(one);
      this.clock.watch(deadlineAt);
      this.flushSoon();
    });
  }

  private forget(one: Open): void {
    this.open.delete(one);
    if (this.open.size === 0) this.clock.stop();
    const { group } = one;
    if (group === undefined) return;
    group.open -= 1;
    if (group.open === 0) group.nobody.abort();
  }

  private flushSoon(): void {
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    soon(() => {
      this.isFlushDue = false;
      this.flush();
    });
  }

  private flush(): void {
    while (this.inFlight < IN_FLIGHT_MAX && this.waiting.length > 0) {
      const { taken, left } = take(this.waiting);
      this.waiting = left;
      if (taken.length > 0) void this.send(taken);
    }
  }

  private async send(items: readonly Open[]): Promise<void> {
    this.inFlight += 1;
    await this.deliver(items);
    this.inFlight -= 1;
    // What was just answered often asks again in this very tick.
    this.flushSoon();
  }

  private async deliver(items: readonly Open[]): Promise<void> {
    const present = items.filter(({ done }) => !done);
    if (present.length === 0) return;
    const group = newGroup(present);
    let sent: readonly Open[] = present;
    let question: Question | undefined;
    const ask = () => {
      sent = present.filter(({ done }) => !done);
      return (question = questionOf(this.book, sent));
    };
    const deadlineAt = present.reduce((latest, one) => Math.max(latest, one.deadlineAt), 0);
    const patience = { deadlineAt, signal: group.nobody.signal };
    const told = await exchange(this.wire, ask, patience, group.progress);
    if (told.ok) return this.settle(sent, question, told.body);
    const refusal = sent.length === 1 ? refusalIn(told) : undefined;
    if (refusal !== undefined) return sent[0]?.end(refusal);
    for (const one of sent) one.mayBeDone ||= told.mayBeDone;
    const { culprits, parts } = divided(sent, told.problem);
    for (const [one, problem] of culprits) {
      // A key's scopes never change: what it may not do now it did on no earlier attempt.
      if (problem.code === "access.not_permitted") one.mayBeDone = false;
      this.fail(one, problem);
    }
    for (const part of parts) await this.deliver(part);
  }

  private settle(sent: readonly Open[], question: Question | undefined, body: unknown): void {
    const answers = answersIn(question?.name === "batch", sent, body);
    for (const [index, one] of sent.entries()) {
      if (!(answers instanceof LongmenProblem)) {
        one.end(answers[index]);
        continue;
      }
      one.mayBeDone = true;
      this.fail(one, answers);
    }
  }

  private fail(one: Open, problem: LongmenProblem): void {
    if (!one.mayBeDone) return one.end(undefined, problem);
    one.end(undefined, new OutcomeUnknown([one.posting], this.waysOf(one), problem));
  }

  private leave(one: Open, why: LongmenProblem, reason?: Error): void {
    const progress = one.group?.progress;
    if (progress?.sending === true || progress?.mayBeDone === true) one.mayBeDone = true;
    if (one.mayBeDone || reason === undefined) return this.fail(one, why);
    one.end(undefined, reason);
  }
}

function newGroup(present: readonly Open[]): Group {
  const nobody = new AbortController();
  const group: Group = { progress: newProgress(), nobody, open: present.length };
  for (const one of present) one.group = group;
  return group;
}

/** From the front, of one manner, as much as one body holds. Those who left are dropped on the way. */
function take(waiting: readonly Open[]): { taken: Open[]; left: Open[] } {
  const taken: Open[] = [];
  let weight = 0;
  let size = 0;
  let place = 0;
  for (; place < waiting.length; place++) {
    const one = waiting[place];
    if (one === undefined || one.done) continue;
    weight += one.weight;
    size += one.text.length;
    const fits = weight <= BATCH_MAX && size <= BODY_MAX && isOfOneManner(one, taken[0] ?? one);
    if (taken.length > 0 && !fits) break;
    taken.push(one);
  }
  return { taken, left: waiting.slice(place) };
}

interface Divided {
  /** Who is refused, each with its own problem. */
  readonly culprits: ReadonlyMap<Open, LongmenProblem>;
  /** The others, as they are to be sent again. */
  readonly parts: readonly (readonly Open[])[];
}

const ITEM = /^\/items\/(\d+)/;

/**
 * The whole batch is refused for some of its items. Of what is not permitted the server names all, so
 * that the others need one more batch; of what is malformed it names one, so the others go in halves,
 * as all do where none is named: much that is malformed then costs a few batches for each, not one for all.
 */
function divided(sent: readonly Open[], problem: LongmenProblem): Divided {
  const { status, pointer = "", pointers } = problem;
  if (sent.length < 2 || (status !== 400 && status !== 403)) {
    return { culprits: new Map(sent.map((one) => [one, problem])), parts: [] };
  }
  const culprits = new Map<Open, LongmenProblem>();
  for (const place of pointers ?? [pointer]) {
    const [item = "", index] = ITEM.exec(place) ?? [];
    const one = sent[Number(index ?? Number.NaN)];
    if (one !== undefined) culprits.set(one, withoutItem(problem, place, item));
  }
  const others = sent.filter((one) => !culprits.has(one));
  if (pointers !== undefined && culprits.size > 0) return { culprits, parts: [others] };
  const middle = others.length >> 1;
  return { culprits, parts: [others.slice(0, middle), others.slice(middle)] };
}

/** As it would be told to a call that went alone. */
function withoutItem(problem: LongmenProblem, place: string, item: string): LongmenProblem {
  const detail = problem.message.slice(problem.code.length + 2).replace(item, "");
  const pointer = place === item ? undefined : place.slice(item.length);
  const { code, status, retry, advice, traceId } = problem;
  return new LongmenProblem({ code, status, detail, retry, advice, pointer, traceId });
}

/** Looked at no more often than this. */
const LOOK_MS = 5;

interface Deadlines {
  readonly watch: (deadlineAt: number) => void;
  readonly stop: () => void;
}

/** One timer for all that wait: it stands at the earliest deadline. */
function deadlines(open: ReadonlySet<Open>, passed: (one: Open) => void): Deadlines {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let standsAt = Number.POSITIVE_INFINITY;
  function stop(): void {
    clearTimeout(timer);
    standsAt = Number.POSITIVE_INFINITY;
  }
  function watch(deadlineAt: number): void {
    if (deadlineAt >= standsAt) return;
    clearTimeout(timer);
    standsAt = deadlineAt;
    timer = setTimeout(look, Math.max(LOOK_MS, deadlineAt - performance.now()));
  }
  function look(): void {
    standsAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const one of open) {
      if (one.deadlineAt <= now) passed(one);
      else next = Math.min(next, one.deadlineAt);
    }
    if (open.size > 0) watch(next);
  }
  return { watch, stop };
}
