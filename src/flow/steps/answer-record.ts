/** What a record answers to who asks for its step again. */
import { decodePayload, type ErrorRecord } from "../codec.ts";
import { Outcome, type StepRecord } from "../state.ts";

/** The error of a step that failed in an earlier life; the same name, words and code. */
export class StepFailed extends Error {
  readonly code: string | undefined;
  readonly advice: string | undefined;

  constructor({ name, message, code, advice, stack }: ErrorRecord) {
    super(message);
    this.name = name;
    this.code = code;
    this.advice = advice;
    if (stack !== undefined) this.stack = stack;
  }
}

export function answerOf({ outcome, result }: StepRecord): unknown {
  if (outcome === Outcome.done) return decodePayload(result);
  throw errorOf(result);
}

export function errorOf(result: string | null): Error {
  const record = JSON.parse(result ?? "{}") as Partial<ErrorRecord>;
  return new StepFailed({ name: "Error", message: "it failed", ...record });
}
