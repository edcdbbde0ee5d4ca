/** One book as its users see it: writes through the lane, reads from the tables. */
import { assert } from "../base/index.ts";
import type { SubmitOptions, Unit, UnitAnswer, Work } from "../postgres/index.ts";
import type { Answer, ChainAnswer } from "./answer.ts";
import type { Book, LedgerOptions, Posting } from "./book.ts";
import { commitWithSql } from "./commit-with-sql.ts";
import type { BookLane, OpenBookInput } from "./book-lane.ts";
import { checkContext } from "./check-context.ts";
import { copyOf, isChain } from "./posting.ts";
import { readsOf } from "./reads.ts";

const NOTHING: readonly never[] = [];

export function openBook(input: OpenBookInput): Book {
  const { name, id, lane } = input;
  const one = async (posting: Posting, options?: LedgerOptions) =>
    answerOf(await lane.submit(workOf(posting, options), options));
  return {
    name,
    id,
    submit: (request, options) => one(request, options) as Promise<Answer>,
    chain: (chain, options) => one(chain, options) as Promise<ChainAnswer>,
    batch: (items, options) => submitMany(lane, items, options),
    commit: async (unit, options) => lane.submit(workOfUnit(unit, options), options),
    tx: (work, options) => commitWithSql(input, work, options),
    stats: () => lane.stats(),
    ...readsOf(input),
  };
}

function workOf(asked: Posting, options: LedgerOptions | undefined): Work<Posting> {
  const posting = copyOf(asked);
  const key = isChain(posting) ? posting.chain : (posting.id ?? "");
  const context = checkContext(options?.context);
  return { key, posting, guards: NOTHING, writes: NOTHING, context };
}

function workOfUnit(unit: Unit<Posting>, options: LedgerOptions | undefined): Work<Posting> {
  const posting = unit.posting === undefined ? undefined : copyOf(unit.posting);
  return { ...unit, posting, context: checkContext(options?.context) };
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
