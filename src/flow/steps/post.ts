/** f.post: a posting, the rows of its unit and the step's record in one commit of the book's lane. */
import { createHash } from "node:crypto";
import { fail } from "../../base/index.ts";
import type { GuardUse, Unit, UnitAnswer, WriteUse } from "../../postgres/index.ts";
import type { Posted, PostingAsked } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import type { PostingBook } from "../node-parts.ts";
import type { Run } from "../run.ts";
import { isPassing, writing } from "../session.ts";
import { Kind, Outcome, type StepRecord } from "../state.ts";
import { answerOf } from "./answer-record.ts";

const ID_HASH_LENGTH = 16;
const TRIES_MAX = 10;

export async function doPost(
  run: Run,
  position: string,
  asked: PostingAsked,
  bookName: string | undefined,
): Promise<Posted> {
  const known = await run.recall(position, Kind.post, true);
  if (known !== undefined) return answerOf(known) as Posted;
  const book = await bookOf(run, bookName);
  const { id, posting, guards, writes } = postingOf(run, position, asked);
  const startedAt = run.session.now();
  const made = (answer: Posted) => ({
    step: position,
    kind: Kind.post,
    outcome: Outcome.done,
    result: JSON.stringify(answer),
    attempts: 1,
    startedAt,
  });
  const done: Posted = { status: "posted", id };
  const record = run.numbered(made(done));
  const row = { ...record, runId: run.runId };
  // What was not sent yet goes along: a run that begins with a posting begins in its commit.
  const carried = run.carry();
  const unit: Unit<never> = {
    key: id,
    posting: posting as never,
    guards,
    writes: [...carried.rows, ...writes, writing(run.session.writers.insertSteps, row)],
  };
  const answer = await commitPosting(run, book, unit, record).catch((error: unknown) => {
    carried.putBack();
    throw error;
  });
  if (answer === "stands" || answer.status === "committed") {
    carried.done();
    run.recorded(record);
    return done;
  }
  carried.putBack();
  // Nothing of the unit was applied, or the posting stood already and its rows with it: this is news.
  const told = postedOf(id, answer);
  run.record(made(told));
  return told;
}

function postedOf(id: string, answer: UnitAnswer<unknown>): Posted {
  if (answer.status === "conflict") return { status: "conflict", id, by: answer.by };
  if (answer.status !== "refused") return { status: "posted", id };
  const { code } = answer.answer as { readonly code?: string };
  return { status: "refused", id, code: code ?? "unknown" };
}

async function bookOf(run: Run, named: string | undefined): Promise<PostingBook> {
  const { books, book } = run.parts;
  const name = named ?? book;
  if (books === undefined || name === undefined)
    throw fail(flowErrors, "no_book", { run: run.name });
  return books.book(name);
}

/** A refusal by the lease ends the session; one by our own record means that it stands already. */
async function commitPosting(
  run: Run,
  book: PostingBook,
  unit: Unit<never>,
  record: StepRecord,
): Promise<UnitAnswer<unknown> | "stands"> {
  const { session } = run;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await book.commit(unit);
      if (answer.status !== "conflict" || !answer.by.startsWith("flow.")) return answer;
      await session.explain(unit.key, () => run.stands(record.step));
      return "stands";
    } catch (error) {
      if (session.signal.aborted) {
        run.go({ kind: "lost" });
        return new Promise<never>(() => undefined);
      }
      if (!isPassing(error) || attempt === TRIES_MAX) throw error;
      if (await session.patiently(() => run.stands(record.step))) return "stands";
      await session.database.clock.sleep(Math.min(50 * 2 ** attempt, 2_000), session.signal);
    }
  }
}

interface PostingParts {
  readonly id: string;
  readonly posting: unknown;
  readonly guards: readonly GuardUse[];
  readonly writes: readonly WriteUse[];
}

/** What was asked as a unit's parts; what has no id gets the step's, so that a repeat is known. */
function postingOf(run: Run, position: string, asked: PostingAsked): PostingParts {
  const own = idOf(run, position);
  if (!isUnit(asked)) return { ...withId(asked, own), guards: [], writes: [] };
  const { posting, guards, writes } = asked;
  if (posting === undefined) return { id: own, posting, guards, writes };
  return { ...withId(posting as Identified, own), guards, writes };
}

interface Identified {
  readonly id?: string | undefined;
  readonly chain?: string | undefined;
  readonly requests?: readonly { readonly id?: string | undefined }[];
}

function withId(
  posting: Identified,
  own: string,
): { readonly id: string; readonly posting: unknown } {
  if (posting.requests === undefined) {
    const { id = own } = posting;
    return { id, posting: { ...posting, id } };
  }
  const { chain = own } = posting;
  const requests = posting.requests.map(({ id, ...rest }, at) => ({
    ...rest,
    id: id ?? `${own}.${at}`,
  }));
  return { id: chain, posting: { ...posting, chain, requests } };
}

const idOf = (run: Run, position: string): string => {
  const hash = createHash("sha256").update(position).digest("hex").slice(0, ID_HASH_LENGTH);
  return `flow:${run.name}:${hash}`;
};

const isUnit = (asked: PostingAsked): asked is Unit<unknown> =>
  "writes" in asked && "guards" in asked && "key" in asked;
