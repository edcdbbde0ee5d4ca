/** f.post: a posting, the rows of its unit and the step's record in one commit of the book's lane. */
import { createHash } from "node:crypto";
import { fail } from "../../base/index.ts";
import type { GuardUse, Unit, UnitAnswer, WriteUse } from "../../postgres/index.ts";
import { errorRecordOf } from "../codec.ts";
import type { Posted, PostingAsked } from "../define-flow.ts";
import { flowErrors } from "../flow.errors.ts";
import type { PostingBook } from "../node-parts.ts";
import type { Run } from "../run.ts";
import { writing } from "../session.ts";
import { Kind, Outcome } from "../state.ts";
import { answerOf } from "./answer-record.ts";
import { Tries } from "./tries.ts";

const ID_HASH_LENGTH = 16;

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
  const tries = new Tries(run, position);
  const made = (outcome: number, result: string) => {
    return { step: position, kind: Kind.post, outcome, result, attempts: tries.count, startedAt };
  };
  const done: Posted = { status: "posted", id };
  const record = run.numbered(made(Outcome.done, JSON.stringify(done)));
  const row = { ...record, runId: run.runId };
  // What was not sent yet goes along: a run that begins with a posting begins in its commit.
  let carried = run.carry();
  const unit = (): Unit<never> => ({
    key: id,
    posting: posting as never,
    guards,
    writes: [...carried.rows, ...writes, writing(run.session.writers.insertSteps, row)],
  });
  const goAlone = async (): Promise<void> => {
    carried.putBack();
    await run.settled();
    carried = run.carry();
  };
  const came = await commitPosting({ run, book, unit, goAlone, tries }).catch((error: unknown) => {
    carried.putBack();
    throw error;
  });
  if (came === "stands" || ("answer" in came && came.answer.status === "committed")) {
    carried.done();
    run.recorded(record);
    return done;
  }
  carried.putBack();
  // Nothing of the unit was applied, or the posting stood already and its rows with it: this is news.
  const news =
    "answer" in came
      ? made(Outcome.done, JSON.stringify(postedOf(id, came.answer)))
      : made(Outcome.failed, JSON.stringify(errorRecordOf(came.error)));
  const stands = await tries.record(news);
  if ("error" in came && stands.outcome === Outcome.failed) throw came.error;
  return answerOf(stands) as Posted;
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

type Came = { readonly answer: UnitAnswer<unknown> } | { readonly error: unknown } | "stands";

interface Committing {
  readonly run: Run;
  readonly book: PostingBook;
  readonly unit: () => Unit<never>;
  /** What was to go along goes through the flows' own lane: the book may take its time. */
  readonly goAlone: () => Promise<void>;
  readonly tries: Tries;
}

/** A refusal by the lease ends the session; one by our own record means that it stands already. */
async function commitPosting({ run, book, unit, goAlone, tries }: Committing): Promise<Came> {
  for (;;) {
    try {
      const answer = await book.commit(unit());
      if (answer.status === "committed") return { answer };
      if (answer.status === "conflict" && answer.by.startsWith("flow.")) {
        await run.session.explain(unit().key, () => tries.stands());
        return "stands";
      }
      // What an earlier try did itself may be in the way of this one.
      return tries.unsure && (await tries.stands()) ? "stands" : { answer };
    } catch (error) {
      const came = await tries.after(error);
      if (came === "stands") return came;
      if (came === "failed") return { error };
      if (tries.count === 2 && !tries.unsure) await goAlone();
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
