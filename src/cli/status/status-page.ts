/** The page at port 7300, read only, for who may see it; beside it, once the books are there, the API. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Access } from "../../access/index.ts";
import { isPath, LongmenError, toRfc3339 } from "../../base/index.ts";
import type { Ledger } from "../../ledger/index.ts";
import type { LaneStats } from "../../postgres/index.ts";
import type { HouseConfig } from "../house.ts";
import type { HouseRuns } from "../runs/open-runs.ts";
import { shopAccounts, type ShownAccount } from "../replay/read-back.ts";
import type { Rate } from "../replay/rate.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";
import { type Replay, replayJson } from "../replay/report.ts";
import { addressForOthers, ownAddress } from "./loopback.ts";
import { EVERY_BOOK, type PageGate, pageGate } from "./page-gate.ts";
import { type BooksShown, type HeadsShown, renderPage, type ShownHead } from "./render-page.ts";
import { listen, SERVER_OPTIONS, urlOf } from "./listen.ts";
import { reply, replyHtml } from "./reply.ts";
import { speedMeter } from "./speed-meter.ts";
import { answerSignIn, answerStranger } from "./sign-in.ts";
import { type RunsShown, runsShown } from "./runs-shown.ts";
import { toApi } from "./to-api.ts";
import { type Language, languageOf, type StageName } from "./words.ts";

/** What the page shows; the replay writes into it as it goes on. */
export interface Status {
  stage: StageName;
  progress?: { done: number; total: number; rate?: Rate };
  ledger?: Ledger;
  /** Who may see the page from elsewhere. */
  access?: Access;
  replay?: Replay;
  /** When what was to be booked first was, on this process's own clock. */
  readyAt?: number;
  /** What flows are at, once there are some to ask. */
  runs?: Pick<HouseRuns, "flows" | "schedules">;
  /** Nothing is booked here: the page shows every book, and asks for a key that may read every one. */
  readonly showsEveryBook?: boolean;
  /** The API's listener, once there are books to ask. */
  api?: RequestListener;
}

export interface StatusPage {
  /** As others reach it, where they can. */
  readonly url: string;
  /** As this machine reaches it: another than `url` where it listens to every address. */
  readonly ownUrl: string;
  /** Signs one person in, once; undefined where the page is open to this machine, and to it alone. */
  readonly signInUrl: string | undefined;
  readonly server: Server;
  close(): Promise<void>;
}

/** Above the port that was asked for, so many are tried. */
const PORTS_TRIED = 20;
const ACCOUNTS_SHOWN = 50;
const BOOKS_SHOWN = 20;
const NO_SUCH_BOOK: readonly string[] = ["ledger.book_missing", "ledger.book_name_malformed"];
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves the page at the configured port or the next free one.
 * Refuses: cli.port_taken, cli.host_unusable.
 */
export async function startStatusPage(
  { host, port }: Pick<HouseConfig, "host" | "port">,
  status: Status,
  onBug: (error: unknown) => void,
): Promise<StatusPage> {
  const startedAt = Date.now();
  const book = status.showsEveryBook === true ? EVERY_BOOK : RETAIL_BOOK;
  const speedOf = speedMeter();
  const gate = pageGate({ host, access: () => status.access, book });
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    const answered = isForApi(request)
      ? toApi(request, response, status.api)
      : answer(request, response, { gate, status, startedAt, speedOf });
    answered.catch((error: unknown) => {
      onBug(error);
      if (!response.headersSent)
        reply(response, 500, "text/plain; charset=utf-8", "a bug; see the log\n");
      else response.destroy();
    });
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  const taken = await listen(server, host, port, PORTS_TRIED);
  const urlAt = (name: string) => urlOf(name, taken);
  const shownHost = addressForOthers(host);
  return {
    server,
    url: urlAt(shownHost),
    ownUrl: urlAt(ownAddress(host)),
    signInUrl: gate.code && `${urlAt(shownHost)}sign-in?code=${gate.code}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What is not of the page. */
function isForApi({ url = "" }: IncomingMessage): boolean {
  return /^\/(v1|health|metrics|openapi\.json|reference)(\/|\?|$)/.test(url);
}

interface Shown {
  readonly gate: PageGate;
  readonly status: Status;
  readonly speedOf: ReturnType<typeof speedMeter>;
  readonly startedAt: number;
}

const PATHS: readonly string[] = ["/", "/accounts", "/report.json"];

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { gate, status, startedAt, speedOf }: Shown,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://longmen.invalid");
  if (url.pathname === "/sign-in") return answerSignIn(gate, request, response, url);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return reply(response, 405, "text/plain; charset=utf-8", "read only\n", { allow: "GET, HEAD" });
  }
  if (!PATHS.includes(url.pathname)) {
    return reply(response, 404, "text/plain; charset=utf-8", "not here\n");
  }
  if (!(await gate.admits(request))) return answerStranger(gate, request, response, url);
  if (url.pathname === "/report.json") {
    const { replay } = status;
    if (replay === undefined) return reply(response, 404, "application/json", "null\n");
    return reply(response, 200, "application/json", `${JSON.stringify(replayJson(replay))}\n`);
  }
  const html = await pageOf(url, request.headers["accept-language"], {
    ...{ status, startedAt, speedOf },
    seesRuns: () => gate.seesRuns(request),
  });
  replyHtml(response, 200, html);
}

interface PageAsked extends Omit<Shown, "gate"> {
  readonly seesRuns: () => Promise<boolean>;
}

/** Whoever may see the main job's page sees its flows; every flow who may so of every one. */
async function runsOf(
  { runs, showsEveryBook }: Status,
  language: Language,
  seesRuns: () => Promise<boolean>,
): Promise<RunsShown | null | undefined> {
  if (runs === undefined) return undefined;
  if (showsEveryBook === true && !(await seesRuns())) return undefined;
  const ofTheJob = (flow: string) => flow.startsWith(`${RETAIL_BOOK}.`);
  const names = showsEveryBook === true ? () => true : ofTheJob;
  return (await runsShown(runs, language, names)) ?? null;
}

async function pageOf(
  { pathname, searchParams: query }: URL,
  acceptLanguage: string | undefined,
  { status, startedAt, speedOf, seesRuns }: PageAsked,
): Promise<string> {
  const asked = query.get("prefix") ?? "";
  const prefix = pathname === "/accounts" ? (isPath(asked) ? asked : "") : undefined;
  const { stage, progress, replay, showsEveryBook = false, ledger } = status;
  const name = showsEveryBook ? (query.get("book") ?? "") : RETAIL_BOOK;
  const cursor = query.get("cursor") ?? undefined;
  const isOfBooks = showsEveryBook && prefix === undefined;
  const { heads, lane } =
    prefix === undefined
      ? await headsShown(ledger, isOfBooks ? { cursor } : { only: name })
      : ({} as HeadsAndLane);
  const asking = { name, isOneOfMany: showsEveryBook, prefix, cursor };
  const language = languageOf(query.get("lang"), acceptLanguage);
  return renderPage({
    language,
    runs: prefix === undefined ? await runsOf(status, language, seesRuns) : undefined,
    stage,
    progress,
    replay,
    heads,
    books: ledger && !isOfBooks ? await booksShown(ledger, asking) : undefined,
    lane,
    unitsPerSecond: lane && cursor === undefined ? speedOf(lane.units) : undefined,
    memoryMb: process.memoryUsage.rss() / 1e6,
    upSeconds: (Date.now() - startedAt) / 1000,
    at: toRfc3339(Date.now()),
    showsEveryBook,
    book: showsEveryBook && !isOfBooks ? name : undefined,
    prefix,
  });
}

interface HeadsAndLane {
  readonly heads?: HeadsShown;
  readonly lane?: Pick<LaneStats, "queued" | "flushes" | "units">;
}

/** Of one book, or of a page of all, with what their lanes do, added up. */
async function headsShown(
  ledger: Ledger | undefined,
  asked: { readonly only?: string; readonly cursor?: string | undefined },
): Promise<HeadsAndLane> {
  if (ledger === undefined) return {};
  const lane = { queued: 0, flushes: 0, units: 0 };
  try {
    const { only, cursor } = asked;
    const page =
      only === undefined ? await ledger.books({ limit: BOOKS_SHOWN, cursor }) : { items: [only] };
    const items: ShownHead[] = [];
    for (const name of page.items) {
      const book = await ledger.book(name);
      const { queued, flushes, units } = book.stats();
      lane.queued += queued;
      lane.flushes += flushes;
      lane.units += units;
      const { seq, at, hash } = await book.head();
      items.push({ book: name, seq, at: toRfc3339(at), hash });
    }
    return { heads: { items, cursor: page.cursor }, lane };
  } catch (error) {
    if (error instanceof LongmenError) return { heads: { items: undefined }, lane };
    throw error;
  }
}

interface AccountsAsked {
  readonly name: string;
  readonly isOneOfMany: boolean;
  readonly prefix: string | undefined;
  readonly cursor: string | undefined;
}

/**
 * The shop's own accounts, or those of a book below a path; undefined while the main job has not made
 * its book. A database that is away is no bug of the page.
 */
async function booksShown(
  ledger: Ledger,
  { name, isOneOfMany, prefix, cursor }: AccountsAsked,
): Promise<BooksShown | undefined> {
  try {
    const book = await ledger.book(name);
    if (prefix === undefined) return { accounts: await shopAccounts(book) };
    const filter = prefix === "" ? {} : { prefix };
    const page = await book.accounts(filter, { limit: ACCOUNTS_SHOWN, cursor });
    const accounts: ShownAccount[] = page.items.map(({ path, asset, available }) => {
      return { path, asset, availableMinor: available };
    });
    return { accounts, cursor: page.cursor };
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    if (!NO_SUCH_BOOK.includes(error.code)) return { accounts: undefined };
    return isOneOfMany ? { accounts: [], isMissing: true } : undefined;
  }
}
