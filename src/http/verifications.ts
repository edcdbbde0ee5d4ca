/** Verifications as jobs: started by one request, looked at by others, kept on the node that runs them. */
import { fail, isId, LongmenError, type Logger, newId, toRfc3339 } from "../base/index.ts";
import type { Book, VerifyReport } from "../ledger/index.ts";
import { httpErrors, INTERNAL_CODE } from "./http.errors.ts";
import { reportOnWire } from "./wire-out.ts";

interface Job {
  readonly id: string;
  readonly node: string;
  readonly book: string;
  readonly expectHead: string | undefined;
  readonly startedAt: number;
  done: number;
  total: number;
  report: VerifyReport | undefined;
  problem: string | undefined;
}

export interface Verifications {
  /**
   * Begins one; answers the one that runs where the same is asked of the same book.
   * Refuses: http.verifications_busy.
   */
  readonly start: (book: Book, expectHead: string | undefined) => Job;
  /** Refuses: http.verification_missing, http.verification_elsewhere. */
  readonly find: (book: string, id: string) => Job;
  /** Ends those that run and waits for them. */
  readonly close: () => Promise<void>;
}

/** Reports are kept in memory: of one book so many, so that nobody drives out everybody else's. */
const KEPT_OF_BOOK_MAX = 10;
const KEPT_MAX = 100;
/** Each reads its book from end to end; one book's are never in each other's way. */
const RUNNING_MAX = 4;
const BUSY_RETRY_MS = 5_000;

export function verifications(log: Logger, node: string): Verifications {
  const jobs = new Map<string, Job>();
  const running = new Set<Promise<void>>();
  const stop = new AbortController();

  async function run(job: Job, book: Book): Promise<void> {
    const onProgress = (done: number, total: number) => {
      job.done = done;
      job.total = total;
    };
    try {
      const { expectHead } = job;
      job.report = await book.verify({ expectHead, onProgress, signal: stop.signal });
    } catch (error) {
      job.problem = error instanceof LongmenError ? error.code : INTERNAL_CODE;
      log.error({ err: error, verification: job.id, book: job.book }, "a verification failed");
    }
  }

  return {
    start(book, expectHead) {
      for (const job of jobs.values()) {
        if (isRunning(job) && job.book === book.name && job.expectHead === expectHead) return job;
      }
      demandRoom(jobs, book.name);
      const begun = { done: 0, total: 0, report: undefined, problem: undefined };
      const job: Job = {
        id: `${newId()}.${Buffer.from(node).toString("base64url")}`,
        node,
        book: book.name,
        expectHead,
        startedAt: Date.now(),
        ...begun,
      };
      jobs.set(job.id, job);
      forgetOldest(jobs, book.name);
      const work = run(job, book).finally(() => running.delete(work));
      running.add(work);
      return job;
    },
    find(book, id) {
      const job = jobs.get(id);
      if (job?.book === book) return job;
      const other = nodeIn(id);
      const isHere = other === undefined || other === node;
      if (isHere) throw fail(httpErrors, "verification_missing", { id });
      throw fail(httpErrors, "verification_elsewhere", { id, node: other });
    },
    async close() {
      stop.abort(new Error("the server closes"));
      await Promise.all(running);
    },
  };
}

/** The node's name that an id carries; nothing in what is no id of a verification. */
function nodeIn(id: string): string | undefined {
  const name = Buffer.from(id.slice(id.indexOf(".") + 1), "base64url").toString();
  return id.includes(".") && isId(name) ? name : undefined;
}

type Jobs = Map<string, Job>;

/** Refuses: http.verifications_busy. */
function demandRoom(jobs: Jobs, book: string): void {
  const under = [...jobs.values()].filter(isRunning);
  const ofBook = under.filter((job) => job.book === book).length;
  if (ofBook === 0 && under.length < RUNNING_MAX) return;
  throw fail(httpErrors, "verifications_busy", {
    running: under.length,
    ofBook,
    max: RUNNING_MAX,
    retryAfterMs: BUSY_RETRY_MS,
  });
}

function forgetOldest(jobs: Jobs, book: string): void {
  const ofBook = [...jobs.values()].filter((job) => job.book === book);
  for (const job of ofBook.slice(0, Math.max(0, ofBook.length - KEPT_OF_BOOK_MAX))) {
    forget(jobs, job);
  }
  for (const job of jobs.values()) {
    if (jobs.size <= KEPT_MAX) return;
    forget(jobs, job);
  }
}

function forget(jobs: Jobs, job: Job): void {
  if (!isRunning(job)) jobs.delete(job.id);
}

function isRunning({ report, problem }: Job): boolean {
  return report === undefined && problem === undefined;
}

function stateOf({ report, problem }: Job): "running" | "done" | "failed" {
  if (report !== undefined) return "done";
  return problem === undefined ? "running" : "failed";
}

export function verificationOnWire(job: Job) {
  const { id, node, done, total, startedAt, problem, report } = job;
  return {
    id,
    node,
    state: stateOf(job),
    done,
    total,
    startedAt: toRfc3339(startedAt),
    problem,
    report: report && reportOnWire(report),
  };
}
