/** One book as its users see it: writes through the lane, reads from the tables. */
import { assert } from "../base/index.ts";
import type { SubmitOptions, UnitAnswer, Work } from "../postgres/index.ts";
import type { Answer, ChainAnswer } from "./answer.ts";
import type { Book, LedgerOptions, Posting } from "./book.ts";
import { commitWithSql } from "./commit-with-sql.ts";
import type { BookLane, OpenBookInput } from "./book-lane.ts";
import { isChain } from "./posting.ts";
import { readsOf } from "./reads.ts";

const NOTHING: readonly never[] = [];

export function openBook(input: OpenBookInput): Book {
  const { name, id, lane } = input;
  const one = (posting: Posting, options?: LedgerOptions) =>
    lane.submit(workOf(posting, options), options).then(answerOf);
  return {
    name,
    id,
    submit: (request, options) => one(request, options) as Promise<Answer>,
    chain: (chain, options) => one(chain, options) as Promise<ChainAnswer>,
    batch: (items, options) => submitMany(lane, items, options),
    commit: (unit, options) => lane.submit({ ...unit, context: options?.context }, options),
    tx: (work, options) => commitWithSql(input, work, options),
    stats: () => lane.stats(),
    ...readsOf(input),
  };
}

function workOf(posting: Posting, options: LedgerOptions | undefined): Work<Posting> {
  const key = isChain(posting) ? posting.chain : (posting.id ?? "");
  return { key, posting, guards: NOTHING, writes: NOTHING, context: options?.context };
}

function answerOf(answered: UnitAnswer<Answer | ChainAnswer>): Answer | ChainAnswer {
  assert(answered.status !== "conflict", "a posting alone has no guard to conflict with");
  const { answer } = answered;
  assert(answer !== undefined, "a posting has an answer");
  return answer;
}

async function submitMany(
  lane: BookLane,
  items: readonly Posting[],
  options: (LedgerOptions & SubmitOptions) | undefined,
): Promise<readonly (Answer | ChainAnswer)[]> {
  const works = items.map((posting) => workOf(posting, options));
  const answered = await lane.submitAll(works, options);
  return answered.map(answerOf);
}
