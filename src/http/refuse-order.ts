/** An order's no as a problem: with what it speaks of, and the words that a buyer reads. */
import { httpStatusOf } from "../base/index.ts";
import { orderErrors, refusalWords, type Refused } from "../order/index.ts";
import { OVERLOADED_RETRY_MS } from "./limits.ts";
import { type Problem, PROBLEM_TYPE, problemHead } from "./problem.ts";
import { type Call, json } from "./route.ts";
import { secondsOf } from "./answer-problem.ts";

type Reason = keyof typeof orderErrors.rows;

/** A refusal is an answer, not an exception: no stack is taken for it. */
export function refuseOrder(call: Call, refused: Refused): string {
  call.doors.metrics.refused(refused.code);
  const problem = problemOfOrder(refused, call.asked.traceId);
  call.asked.code = problem.code;
  call.reply.code(problem.status).header("content-type", PROBLEM_TYPE);
  if (problem.retryAfterMs !== undefined) call.reply.header("retry-after", secondsOf(problem));
  return json(problem);
}

export function problemOfOrder(refused: Refused, traceId: string): Problem {
  const { code, details } = refused;
  const { kind, retry } = orderErrors.rows[code.slice("order.".length) as Reason];
  const status = httpStatusOf[kind];
  const { message, advice } = refusalWords(refused);
  return {
    ...problemHead(code, status, retry),
    detail: message.en,
    advice: advice.en,
    ...(kind === "unavailable" ? { retryAfterMs: OVERLOADED_RETRY_MS } : {}),
    details,
    words: { en: `${message.en} ${advice.en}`, zh: `${message.zh}${advice.zh}` },
    traceId,
  };
}
