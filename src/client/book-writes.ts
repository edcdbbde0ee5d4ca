/** The writing half of a book. */
import type { Answer, ChainAnswer } from "./answer.ts";
import { patienceOf } from "./ask.ts";
import type { Wire } from "./attempt.ts";
import type { Book, WriteOptions } from "./book.ts";
import { exchange } from "./exchange.ts";
import { OutcomeUnknown, type Ways } from "./outcome-unknown.ts";
import { type Posting, type Request, weightOf } from "./posting.ts";
import { clientProblem, LongmenProblem } from "./problem.ts";
import { resolvePostings } from "./resolve.ts";
import { BATCH_MAX, SubmitQueue } from "./submit-queue.ts";
import { answersIn, batchQuestion, type Manner, written } from "./write-question.ts";

type Writes = Pick<Book, "submit" | "post" | "void" | "chain" | "batch" | "open" | "define">;

export function writesOf(wire: Wire, book: string): Writes {
  /** In the manner that it was first asked in. */
  const waysOf = ({ rule, balances }: Manner): Ways => ({
    resolve: (postings, options) => resolvePostings(wire, book, postings, options),
    again: (postings, options) => batch(postings, { ...options, rule, balances }),
  });
  const queue = new SubmitQueue(wire, book, waysOf);

  async function enter(
    posting: Posting,
    options: WriteOptions = {},
  ): Promise<Answer | ChainAnswer> {
    const { deadlineAt, signal } = patienceOf(wire, options);
    return queue.submit(written(posting, mannerOf(options)), { deadlineAt, signal });
  }

  function submit(request: Request, options?: WriteOptions): Promise<Answer> {
    return enter(request, options) as Promise<Answer>;
  }

  async function batch(
    items: readonly Posting[],
    options: WriteOptions = {},
  ): Promise<readonly (Answer | ChainAnswer)[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    checkBatch(items);
    const manner = mannerOf(options);
    const all = items.map((item) => written(item, manner));
    const question = batchQuestion(book, all);
    const told = await exchange(wire, () => question, patienceOf(wire, options));
    const answers = told.ok ? answersIn(true, all, told.body) : told.problem;
    if (!(answers instanceof LongmenProblem)) return answers;
    if (told.ok || told.mayBeDone) throw new OutcomeUnknown(items, waysOf(manner), answers);
    if (answers.code === "client.aborted") throw answers.cause;
    throw answers;
  }

  return {
    submit,
    post: (pendingId, resolution, options) =>
      submit({ ...resolution, kind: "post", pendingId }, options),
    void: (pendingId, resolution, options) =>
      submit({ ...resolution, kind: "void", pendingId }, options),
    chain: (chain, options) => enter(chain, options) as Promise<ChainAnswer>,
    // Sound: answers come in the order of the items, to each by what it is.
    batch: batch as Book["batch"],
    open: (account, options) => submit({ kind: "open", ...account }, options),
    define: (asset, options) => submit({ kind: "asset", ...asset }, options),
  };
}

function mannerOf({ rule, balances = true }: WriteOptions): Manner {
  return { rule, balances };
}

function checkBatch(items: readonly Posting[]): void {
  const entries = items.reduce((sum, item) => sum + weightOf(item), 0);
  if (items.length > 0 && entries <= BATCH_MAX) return;
  const what = `a batch holds 1 to ${BATCH_MAX} requests, those of its chains counted; not ${entries}`;
  throw clientProblem("request_malformed", { what, pointer: "/items" });
}
