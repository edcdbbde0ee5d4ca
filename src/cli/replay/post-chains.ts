/** The postings of an invoice: its chains one after the other, all of them or none. */
import { fail } from "../../base/index.ts";
import { type Book, type Chain, type ChainAnswer, OutcomeUnknown } from "../../client/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { type TransferChain, undoChain } from "./invoice-plan.ts";
import type { Openings } from "./openings.ts";

export interface PostingDesk {
  readonly book: Book;
  readonly openings: Openings;
  readonly signal?: AbortSignal | undefined;
}

/** Nobody waits for one call of the job: on a machine that has no room it is refused, and sent again, for minutes. */
export const DEADLINE_MS = 600_000;

/** `exists`: they were all there already. A refusal says why, and nothing of them stands. */
export type Posted =
  | { readonly status: "created" | "exists" }
  | { readonly status: "refused"; readonly code: string; readonly id: string };

/** What an earlier run has taken back, since the rest of its invoice was refused, stays taken back. */
const TAKEN_BACK = "cli.invoice_taken_back";

/**
 * Books the chains. Safe to repeat: yes, by their ids; one that was taken back since is refused.
 * Refuses: cli.invoice_half_booked, and throws the client's LongmenProblem.
 */
export async function postChains(
  desk: PostingDesk,
  chains: readonly TransferChain[],
  invoice: string,
): Promise<Posted> {
  let isNew = false;
  for (const [index, chain] of chains.entries()) {
    const answer = await postChain(desk, chain);
    const no = await refusalOf(desk, chain, answer);
    if (no !== undefined) {
      await takeBack(desk, chains.slice(0, index), invoice);
      return { status: "refused", code: no, id: chain.chain };
    }
    if (answer.status !== "exists") isNew = true;
  }
  return { status: isNew ? "created" : "exists" };
}

/** Why nothing of it stands; undefined: it does. */
async function refusalOf(
  { book, signal }: PostingDesk,
  chain: TransferChain,
  answer: ChainAnswer,
): Promise<string | undefined> {
  if (answer.status === "refused") return answer.original ?? answer.code;
  const [first] = undoChain(chain).requests;
  if (answer.status !== "exists" || first === undefined) return undefined;
  const undone = await book.find(first.id, { deadlineMs: DEADLINE_MS, signal });
  return undone && TAKEN_BACK;
}

/** Undoes what was booked of them, where the rest of their invoice is refused. */
export async function takeBack(
  desk: PostingDesk,
  chains: readonly TransferChain[],
  invoice: string,
): Promise<void> {
  for (const chain of chains.toReversed()) {
    const answer = await ask(desk, undoChain(chain));
    if (answer.status !== "refused") continue;
    const { code } = answer;
    throw fail(cliErrors, "invoice_half_booked", { invoice, chain: chain.chain, code });
  }
}

async function postChain(desk: PostingDesk, chain: TransferChain): Promise<ChainAnswer> {
  let answer: ChainAnswer = { status: "created", answers: [] };
  const postings = desk.openings.before(chain);
  for (const one of postings) {
    answer = await ask(desk, one);
    if (answer.status === "refused") return answer;
  }
  if (postings[0] !== chain) desk.openings.carriedOut(chain);
  return answer;
}

/** Where the client can't say what became of it, the very same is sent once more, and then it can. */
async function ask({ book, signal }: PostingDesk, chain: Chain): Promise<ChainAnswer> {
  const options = { deadlineMs: DEADLINE_MS, signal, balances: false };
  try {
    return await book.chain(chain, options);
  } catch (error) {
    if (!(error instanceof OutcomeUnknown) || signal?.aborted === true) throw error;
    const [answer] = await error.again(options);
    return answer as ChainAnswer; // to a chain, a chain's answer
  }
}
