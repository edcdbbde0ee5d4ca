/** What callers know: everything that was sent, and what came back of it. */
import type { Answer, ChainAnswer } from "../../src/ledger/index.ts";
import type { Posting } from "./model.ts";

export interface Attempt {
  readonly posting: Posting;
  readonly node: string;
  /** On the one clock of all callers. */
  readonly begunAt: number;
  answeredAt: number | undefined;
  answer: Answer | ChainAnswer | undefined;
  /** Why there is no answer; "nothing done" is a promise that the journal must bear out. */
  silence: "nothing done" | "unknown" | undefined;
  /** The code of the error, for people. */
  thrown: string | undefined;
}

/** Errors that promise that nothing of the posting was done, nor ever will be. */
const NOTHING_DONE = new Set([
  "lane.overloaded",
  "lane.deadline_passed",
  "lane.closed",
  "lane.fenced",
  "lane.unit_too_large",
]);

/** What a node, a wire or a server in trouble says; everything else is a fault, and no reason to ask again. */
const TROUBLE =
  /^(lane\.(overloaded|deadline_passed|outcome_unknown|closed|fenced|in_part)|postgres\.|ledger\.busy)/;

export const isTrouble = (thrown: string): boolean => TROUBLE.test(thrown);

/** The code of an error that has one, else its text. */
export function thrownText(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

export class LogBook {
  readonly attempts: Attempt[] = [];

  begin(posting: Posting, node: string): Attempt {
    const attempt: Attempt = {
      posting,
      node,
      begunAt: performance.now(),
      answeredAt: undefined,
      answer: undefined,
      silence: "unknown",
      thrown: undefined,
    };
    this.attempts.push(attempt);
    return attempt;
  }

  static answered(attempt: Attempt, answer: Answer | ChainAnswer): void {
    attempt.answer = answer;
    attempt.answeredAt = performance.now();
    attempt.silence = undefined;
  }

  static failed(attempt: Attempt, error: unknown): void {
    const code = thrownText(error);
    attempt.thrown = code;
    attempt.silence = NOTHING_DONE.has(code) ? "nothing done" : "unknown";
  }
}
