/** The way of every write: the key's right, the book's answer, the status that goes with it. */
import type { Book, Refused, Request } from "../ledger/index.ts";
import { leftMs } from "./deadline.ts";
import { enterToPost } from "./gate.ts";
import { wantsBalances } from "./prefer.ts";
import { PROBLEM_TYPE, problemOfRefusal } from "./problem.ts";
import { type Call, contextOf, json } from "./route.ts";
import { carriedText } from "./wire-out.ts";

interface InBook {
  readonly book: string;
}

/** Carries out one request: 201 created, 200 it exists, or its refusal as a problem. */
export async function post(
  call: Call<InBook>,
  request: Request,
  rule: string | undefined,
): Promise<string> {
  const book = await enterToPost(call, [request]);
  const answer = await book.submit(request, optionsOf(call, rule));
  if (answer.status === "refused") return refuse(call, answer);
  wrote(call, book);
  if (answer.status === "created") call.reply.code(201);
  return carriedText(answer, wantsBalances(call));
}

export function optionsOf(call: Call, rule: string | undefined) {
  return {
    context: contextOf(call, rule),
    deadlineMs: leftMs(call.asked),
  };
}

export function wrote({ doors }: Call, book: Book): void {
  doors.metrics.uses(book);
  doors.feed.wrote(book.name);
}

/** A refusal is an answer, not an exception: no stack is taken for it. */
export function refuse(call: Call, refused: Refused & { index?: number }): string {
  call.doors.metrics.refused(refused.code);
  const problem = problemOfRefusal(refused, call.asked.traceId);
  call.asked.code = problem.code;
  call.reply.code(problem.status).header("content-type", PROBLEM_TYPE);
  return json(problem);
}
