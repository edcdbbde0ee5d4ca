/** What is answered to who opened a purse, or set it anew: how it stands since. */
import type { Answer, Book } from "../ledger/index.ts";
import type { LineSet } from "../payment/index.ts";
import { refuse, wrote } from "./posting.ts";
import type { Call } from "./route.ts";

/** The answer to what the book was asked: its refusal, or how it stands since. */
export async function standing(
  call: Call<{ readonly book: string }>,
  book: Book,
  answer: Answer | LineSet,
  text: () => Promise<string>,
): Promise<string> {
  if (answer.status === "refused") return refuse(call, answer);
  wrote(call, book);
  if (answer.status !== "exists") call.reply.code(201);
  return text();
}
