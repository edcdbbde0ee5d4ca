/** Several nodes on one book, each a process of its own, and what share each has of the answers. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Void, type Contender, type Round } from "../contest.ts";
import { smallestShare } from "../statistics.ts";
import { checkBook } from "./check.ts";
import { hotLoad, newTally, type Tally } from "./loads.ts";
import { onFreshBook, prepare, type OpenBook } from "./ours.ts";

const NODE = fileURLToPath(new URL("node-process.ts", import.meta.url));
export const BUCKET_MS = 250;
const WINDOW_MS = 5_000;
export const SMALLEST_SHARE = "smallest-share-in-5s";

export interface NodeTask {
  readonly url: string;
  readonly schema: string;
  readonly callers: number;
  readonly seconds: number;
}

/** What a node tells when it is done. */
export interface NodeReport {
  readonly round: Round;
  /** Answers in each stretch of BUCKET_MS since all nodes began. */
  readonly buckets: readonly number[];
  /** Including the answers of the warm-up, which are in the journal, too. */
  readonly tally: Tally;
}

export interface NodesOptions {
  readonly name: string;
  readonly url: string;
  readonly nodes: number;
  /** Of all nodes together. */
  readonly callers: number;
}

export function nodesContender(options: NodesOptions): Contender {
  return {
    name: options.name,
    round: (seconds) => onFreshBook(options.url, (open) => nodesRound(open, options, seconds)),
  };
}

async function nodesRound(open: OpenBook, options: NodesOptions, seconds: number): Promise<Round> {
  const before = await prepare(open, hotLoad());
  const callers = Math.floor(options.callers / options.nodes);
  const task: NodeTask = { url: open.url, schema: open.schema, callers, seconds };
  const children = Array.from({ length: options.nodes }, () => fork(NODE));
  try {
    await Promise.all(children.map((child) => told(child, task, "ready")));
    const reports = await Promise.all(children.map((child) => told(child, "go", "report")));
    const tally = reports.map((report) => report.tally).reduce(added, newTally());
    await checkBook(open.url, open.schema, { book: open.book, before, tally });
    return together(reports);
  } finally {
    await Promise.all(children.map(ended));
  }
}

function together(reports: readonly NodeReport[]): Round {
  const rounds = reports.map((report) => report.round);
  const share = smallestShare(
    reports.map((report) => report.buckets),
    BUCKET_MS,
    WINDOW_MS,
  );
  const longest = (pick: (round: Round) => number | undefined) =>
    Math.max(...rounds.map((round) => pick(round) ?? 0));
  return {
    count: rounds.reduce((total, round) => total + round.count, 0),
    seconds: longest((round) => round.seconds),
    p50Ms: longest((round) => round.p50Ms),
    p99Ms: longest((round) => round.p99Ms),
    shares: reports.length > 1 && share !== undefined ? { [SMALLEST_SHARE]: share } : undefined,
  };
}

function added(one: Tally, other: Tally): Tally {
  return {
    created: one.created + other.created,
    exists: one.exists + other.exists,
    refused: one.refused + other.refused,
    remembered: one.remembered + other.remembered,
  };
}

type Answered = { readonly ready: true } | { readonly report: NodeReport };

/** Sends a node a message and awaits the answer of that kind. */
async function told(child: ChildProcess, message: NodeTask | "go", kind: "ready" | "report") {
  return new Promise<NodeReport>((done, broken) => {
    child.once("exit", (code) => broken(new Void(`a node ended with ${code}`)));
    child.once("message", (answer: Answered) => {
      if (kind === "report" && "report" in answer) done(answer.report);
      else if (kind === "ready" && "ready" in answer) done(NOTHING_YET);
      else broken(new Void(`a node did not answer ${kind}`));
    });
    child.send(message);
  });
}

const NOTHING_YET: NodeReport = {
  round: { count: 0, seconds: 0 },
  buckets: [],
  tally: newTally(),
};

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  if (child.connected) child.disconnect();
  else child.kill("SIGTERM");
  await exit;
}
