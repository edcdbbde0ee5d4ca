/** What the door counts, kept in memory and told to who scrapes: no query per scrape. */
import { performance } from "node:perf_hooks";
import { type Histogram, histogram, sumOf } from "../base/index.ts";
import type { FlowsStats } from "../flow/index.ts";
import type { Book } from "../ledger/index.ts";
import type { PoolStats } from "../postgres/index.ts";
import { flowLines } from "./metrics-flows.ts";
import { counter, gauge, histogramLines } from "./metrics-text.ts";

const BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
/** Books beyond so many are not told apart: each is some ten lines of every scrape. */
const BOOKS_SHOWN_MAX = 100;

export interface Gauges {
  readonly inFlight: number;
  readonly waiting: number;
  readonly bodyBytes: number;
  /** How many writes are taken in at once just now. */
  readonly writeLimit: number;
  /** What the writes in work weigh, of that. */
  readonly writeWeight: number;
  readonly pool: PoolStats;
  /** Where runs are served. */
  readonly flows: FlowsStats | undefined;
  readonly version: string;
}

/** What may be told by its name to who asks. */
export interface Named {
  readonly book: (book: string) => boolean;
  readonly flow: (flow: string) => boolean;
}

export interface Metrics {
  readonly answered: (route: string, status: number, seconds: number) => void;
  readonly problem: (code: string) => void;
  /** A book said no: to a request, or to an item of a batch. */
  readonly refused: (code: string) => void;
  /** The database answered somebody, or failed to. */
  readonly reached: (isUp: boolean) => void;
  /** A book that was used through the door: its lane's numbers are told. */
  readonly uses: (book: Book) => void;
  /** Books that may not be named to who asks are told together, as one without a name. */
  readonly text: (gauges: Gauges, isNamed: Named) => string;
}

interface Counted {
  readonly requests: Map<string, Map<number, number>>;
  readonly times: Map<string, Histogram>;
  readonly problems: Map<string, number>;
  readonly refusals: Map<string, number>;
  readonly books: Map<string, Book>;
  isUp: boolean;
}

export function metrics(): Metrics {
  const counted: Counted = {
    requests: new Map(),
    times: new Map(),
    problems: new Map(),
    refusals: new Map(),
    books: new Map(),
    // Whoever serves has migrated a moment ago.
    isUp: true,
  };
  const { requests, times, problems, refusals, books } = counted;
  return {
    answered(route, status, seconds) {
      let statuses = requests.get(route);
      if (statuses === undefined) requests.set(route, (statuses = new Map<number, number>()));
      add(statuses, status);
      let timed = times.get(route);
      if (timed === undefined) times.set(route, (timed = histogram(BUCKETS_SECONDS)));
      timed.observe(seconds);
    },
    problem: (code) => add(problems, code),
    refused: (code) => add(refusals, code),
    reached: (isUp) => {
      counted.isUp = isUp;
    },
    uses(book) {
      if (!books.has(book.name) && books.size < BOOKS_SHOWN_MAX) books.set(book.name, book);
    },
    text: (gauges, isNamed) =>
      [
        ...requestLines(counted),
        ...gaugeLines(gauges),
        ...laneLines(books, isNamed.book),
        ...flowLines(gauges.flows, isNamed.flow),
        ...storeLines(gauges, counted),
        ...processLines(gauges),
        "",
      ].join("\n"),
  };
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function requestLines({ requests, times, problems, refusals }: Counted): string[] {
  const answered = [...requests].flatMap(([route, statuses]) =>
    [...statuses].map(([status, value]) => ({ labels: { route, status }, value })),
  );
  const timed = [...times].map(([route, one]) => ({ labels: { route }, value: one.read() }));
  const byCode = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([code, value]) => ({ labels: { code }, value }));
  return [
    ...counter(
      "longmen_http_requests_total",
      "Requests answered, by route and status; 0: its caller had gone.",
      answered,
    ),
    ...histogramLines(
      "longmen_http_request_seconds",
      "From the first byte of a request to its answer.",
      timed,
    ),
    ...counter("longmen_http_problems_total", "Problems answered, by code.", byCode(problems)),
    ...counter(
      "longmen_refusals_total",
      "What books refused, by code: requests, chains, and each item of a batch.",
      byCode(refusals),
    ),
  ];
}

function gaugeLines(now: Gauges): string[] {
  const { inFlight, waiting, bodyBytes, writeLimit, writeWeight } = now;
  return [
    ...gauge("longmen_http_in_flight", "Requests in work now.", [{ value: inFlight }]),
    ...gauge("longmen_http_write_limit", "Writes that are taken in at once just now.", [
      { value: writeLimit },
    ]),
    ...gauge("longmen_http_write_weight", "What the writes in work weigh, of that limit.", [
      { value: Math.round(writeWeight) },
    ]),
    ...gauge("longmen_http_waiting", "Long polls of change feeds that wait now.", [
      { value: waiting },
    ]),
    ...gauge("longmen_http_body_bytes", "Bytes of the bodies of requests in work.", [
      { value: bodyBytes },
    ]),
  ];
}

const laneNumbers = [
  ["queued", "gauge", "Entries that wait in the book's lane on this node."],
  ["inFlight", "gauge", "Flushes on their way."],
  ["flushes", "counter", "Flushes committed."],
  ["units", "counter", "Units of work committed."],
  ["refusedFlushes", "counter", "Flushes that the database refused and that were decided anew."],
  ["lostConnections", "counter", "Connections lost by the lane."],
  ["overloads", "counter", "Requests refused because the queue was full."],
] as const;

function laneLines(books: ReadonlyMap<string, Book>, isNamed: (book: string) => boolean): string[] {
  const stats = [...books].map(([name, book]) => [name, book.stats()] as const);
  const named = stats.filter(([name]) => isNamed(name));
  const others = stats.filter(([name]) => !isNamed(name)).map(([, numbers]) => numbers);
  const hasOthers = named.length === 0 || others.length > 0;
  const lines = laneNumbers.flatMap(([field, type, help]) => {
    const samples = named.map(([book, numbers]) => ({ labels: { book }, value: numbers[field] }));
    const rest = { value: others.reduce((sum, numbers) => sum + numbers[field], 0) };
    const all = hasOthers ? [...samples, rest] : samples;
    const name = `longmen_lane_${snake(field)}`;
    return type === "counter" ? counter(`${name}_total`, help, all) : gauge(name, help, all);
  });
  const timed = named.map(([book, { flushSeconds }]) => ({
    labels: { book },
    value: flushSeconds,
  }));
  const rest = { value: sumOf(others.map(({ flushSeconds }) => flushSeconds)) };
  const help = "From the sending of a flush to the news that it is durable.";
  return [
    ...lines,
    ...histogramLines("longmen_lane_flush_seconds", help, hasOthers ? [...timed, rest] : timed),
  ];
}

function storeLines({ pool }: Gauges, { isUp }: Counted): string[] {
  const { open, idle, waiting } = pool;
  const states = [
    { labels: { state: "busy" }, value: open - idle },
    { labels: { state: "idle" }, value: idle },
  ];
  return [
    ...gauge("longmen_pool_connections", "Connections of this node to PostgreSQL.", states),
    ...gauge("longmen_pool_waiting", "Who waits for one of them.", [{ value: waiting }]),
    ...gauge(
      "longmen_postgres_up",
      "1 if PostgreSQL answered the last request or readiness check that needed it.",
      [{ value: isUp ? 1 : 0 }],
    ),
  ];
}

function processLines({ version }: Gauges): string[] {
  const cpu = process.cpuUsage();
  const { active } = performance.eventLoopUtilization();
  const startedAt = (performance.timeOrigin / 1_000).toFixed(3);
  const build = { labels: { version, node: process.versions.node }, value: 1 };
  const cpuSeconds = [{ value: (cpu.user + cpu.system) / 1e6 }];
  const busy = "Time in which the event loop was at work: its rate near 1 is a full core.";
  return [
    ...gauge("longmen_build_info", "Which version runs on which Node.", [build]),
    ...gauge("process_start_time_seconds", "When it began, in Unix time.", [
      { value: Number(startedAt) },
    ]),
    ...gauge("process_resident_memory_bytes", "Memory of the process.", [
      { value: process.memoryUsage.rss() },
    ]),
    ...counter("process_cpu_seconds_total", "Time on the processor.", cpuSeconds),
    ...counter("longmen_event_loop_busy_seconds_total", busy, [{ value: active / 1_000 }]),
  ];
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
