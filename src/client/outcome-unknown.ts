/** A write of which it isn't known whether it was carried out; and the two ways to find out. */
import type { Answer, ChainAnswer, Entry } from "./answer.ts";
import type { Posting } from "./posting.ts";
import { clientFields, LongmenProblem } from "./problem.ts";

/** How long one call may take, and who may end it sooner. */
export interface CallOptions {
  /** Over all attempts; the client's own when left out. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the books have under a posting's id. */
export interface Resolved {
  readonly posting: Posting;
  /**
   * `not_found` says that nothing is there yet: a request that is still on its way can arrive later.
   * Only sending it again makes sure of it.
   */
  readonly state: "carried_out" | "refused" | "not_found";
  /** The entry of a request, those of a chain; empty for what has no id of its own. */
  readonly entries: readonly Entry[];
}

export interface Ways {
  readonly resolve: (
    postings: readonly Posting[],
    options: CallOptions,
  ) => Promise<readonly Resolved[]>;
  readonly again: (
    postings: readonly Posting[],
    options: CallOptions,
  ) => Promise<readonly (Answer | ChainAnswer)[]>;
}

/**
 * The request was sent, and no answer came in time that tells what became of it. Whatever it was,
 * it is carried out at most once: by its id.
 */
export class OutcomeUnknown extends LongmenProblem {
  /** What was asked: one for a submit or a chain, all of a batch. */
  readonly postings: readonly Posting[];
  readonly #ways: Ways;

  constructor(postings: readonly Posting[], ways: Ways, problem: LongmenProblem) {
    super(clientFields("outcome_unknown", { traceId: problem.traceId, cause: problem }));
    this.name = "OutcomeUnknown";
    this.postings = postings;
    this.#ways = ways;
  }

  /**
   * Looks each posting up, again and again, until all are found or the deadline ends it; moves
   * nothing. Needs the right to read. In the order of `postings`.
   */
  resolve(options: CallOptions = {}): Promise<readonly Resolved[]> {
    return this.#ways.resolve(this.postings, options);
  }

  /** Sends the very same once more: done now, done before, or refused. In the order of `postings`. */
  again(options: CallOptions = {}): Promise<readonly (Answer | ChainAnswer)[]> {
    return this.#ways.again(this.postings, options);
  }
}
