/** One book as its users see it: writes through the lane, reads from the tables. */
import { assert } from "../base/index.ts";
import type { SubmitOptions, Unit, UnitAnswer, Work } from "../postgres/index.ts";
import type { Answer, ChainAnswer } from "./answer.ts";
import type { Book, LedgerOptions, Posting } from "./book.ts";
import { commitWithSql, type WithSql } from "./commit-with-sql.ts";
import type { BookLane, OpenBookInput } from "./book-lane.ts";
import { checkOptions, checkUnit } from "./check-options.ts";
import { mustBe } from "./must-be.ts";
import { copyOf, copyOfChain, isChain } from "./posting.ts";
import { readsOf } from "./reads.ts";
import type { Context } from "./transfer.ts";

const NOTHING: readonly never[] = [];

export function openBook(input: OpenBookInput): Book {
  const { name, id, lane } = input;
  // Not async: one promise less for each transfer.
  const one = <P extends Posting>(
    copy: (asked: P) => Posting,
    asked: P,
    options?: LedgerOptions,
  ): Promise<Answer | ChainAnswer> => {
    try {
      return lane.submit(workOf(copy(asked), checkOptions(options)), options).then(answerOf);
    } catch (error) {
      return thrown(error);
    }
  };
  return {
    name,
    id,
    submit: (request, options) => one(copyOf, request, options) as Promise<Answer>,
    chain: (chain, options) => one(copyOfChain, chain, options) as Promise<ChainAnswer>,
    batch: (items, options) => submitMany(lane, items, options),
    commit: async (unit, options) => lane.submit(workOfUnit(unit, options), options),
    tx: async (work, options) => {
      mustBe("a function", { work });
      checkOptions(options);
      return commitWithSql(input, (tx) => doneBy(work(tx)), options);
    },
    stats: () => lane.stats(),
    ...readsOf(input),
  };
}

async function thrown(error: unknown): Promise<never> {
  throw error;
}

function workOf(posting: Posting, context: Context | undefined): Work<Posting> {
  const key = isChain(posting) ? posting.chain : (posting.id ?? "");
  return { key, posting, guards: NOTHING, writes: NOTHING, context };
}

function workOfUnit(unit: Unit<Posting>, options: LedgerOptions | undefined): Work<Posting> {
  checkUnit(unit);
  const posting = unit.posting === undefined ? undefined : copyOf(unit.posting);
  return { ...unit, posting, context: checkOptions(options) };
}

/** What a caller's own SQL comes back with, if it is that. */
async function doneBy<T>(work: Promise<WithSql<T>>): Promise<WithSql<T>> {
  const done = await work;
  mustBe("an object", { "what the work returned": done });
  return done;
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
  mustBe("a list", { items });
  const context = checkOptions(options);
  const works = Array.from(items, (posting) => workOf(copyOf(posting), context));
  const answered = await lane.submitAll(works, options);
  return answered.map(answerOf);
}
