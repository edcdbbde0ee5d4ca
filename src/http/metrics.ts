/** Counters of the door, kept in memory and written as Prometheus reads them: no query per scrape. */
import type { Book } from "../ledger/index.ts";

const BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
/** Books beyond so many are not told apart: each is some ten lines of every scrape. */
const BOOKS_SHOWN_MAX = 100;

interface Timed {
  readonly buckets: number[];
  count: number;
  sum: number;
}

export interface Gauges {
  readonly inFlight: number;
  readonly waiting: number;
  readonly bodyBytes: number;
}

export interface Metrics {
  readonly answered: (route: string, status: number, seconds: number) => void;
  readonly problem: (code: string) => void;
  /** A book that was used through the door: its lane's numbers are told. */
  readonly uses: (book: Book) => void;
  /** Books that may not be named to who asks are told together, as one without a name. */
  readonly text: (gauges: Gauges, isNamed: (book: string) => boolean) => string;
}

export function metrics(): Metrics {
  const requests = new Map<string, Map<number, number>>();
  const times = new Map<string, Timed>();
  const problems = new Map<string, number>();
  const books = new Map<string, Book>();

  function answered(route: string, status: number, seconds: number): void {
    let statuses = requests.get(route);
    if (statuses === undefined) requests.set(route, (statuses = new Map<number, number>()));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    let timed = times.get(route);
    if (timed === undefined) {
      timed = { buckets: BUCKETS_SECONDS.map(() => 0), count: 0, sum: 0 };
      times.set(route, timed);
    }
    timed.count += 1;
    timed.sum += seconds;
    for (let i = 0; i < BUCKETS_SECONDS.length; i++) {
      if (seconds > (BUCKETS_SECONDS[i] ?? 0)) continue;
      timed.buckets[i] = (timed.buckets[i] ?? 0) + 1;
      break;
    }
  }

  return {
    answered,
    problem: (code) => problems.set(code, (problems.get(code) ?? 0) + 1),
    uses(book) {
      if (!books.has(book.name) && books.size < BOOKS_SHOWN_MAX) books.set(book.name, book);
    },
    text: (gauges, isNamed) =>
      [
        ...requestLines(requests),
        ...timeLines(times),
        ...problemLines(problems),
        ...gaugeLines(gauges),
        ...laneLines(books, isNamed),
        ...processLines(),
        "",
      ].join("\n"),
  };
}

function heading(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function requestLines(requests: ReadonlyMap<string, ReadonlyMap<number, number>>): string[] {
  const name = "longmen_http_requests_total";
  const lines = heading(name, "counter", "Requests answered, by route and status.");
  for (const [route, statuses] of requests) {
    for (const [status, count] of statuses) {
      lines.push(`${name}{route="${label(route)}",status="${status}"} ${count}`);
    }
  }
  return lines;
}

function timeLines(times: ReadonlyMap<string, Timed>): string[] {
  const name = "longmen_http_request_seconds";
  const lines = heading(name, "histogram", "From the first byte of a request to its answer.");
  for (const [route, { buckets, count, sum }] of times) {
    let upTo = 0;
    BUCKETS_SECONDS.forEach((bound, index) => {
      upTo += buckets[index] ?? 0;
      lines.push(`${name}_bucket{route="${label(route)}",le="${bound}"} ${upTo}`);
    });
    lines.push(`${name}_bucket{route="${label(route)}",le="+Inf"} ${count}`);
    lines.push(`${name}_sum{route="${label(route)}"} ${sum}`);
    lines.push(`${name}_count{route="${label(route)}"} ${count}`);
  }
  return lines;
}

function problemLines(problems: ReadonlyMap<string, number>): string[] {
  const name = "longmen_http_problems_total";
  const lines = heading(name, "counter", "Problems answered, by code.");
  for (const [code, count] of problems) lines.push(`${name}{code="${label(code)}"} ${count}`);
  return lines;
}

function gaugeLines({ inFlight, waiting, bodyBytes }: Gauges): string[] {
  return [
    ...heading("longmen_http_in_flight", "gauge", "Requests in work now."),
    `longmen_http_in_flight ${inFlight}`,
    ...heading("longmen_http_waiting", "gauge", "Long polls of change feeds that wait now."),
    `longmen_http_waiting ${waiting}`,
    ...heading("longmen_http_body_bytes", "gauge", "Bytes of the bodies of requests in work."),
    `longmen_http_body_bytes ${bodyBytes}`,
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
  const lines: string[] = [];
  const stats = [...books].map(([name, book]) => [name, book.stats()] as const);
  const named = stats.filter(([name]) => isNamed(name));
  const others = stats.filter(([name]) => !isNamed(name));
  for (const [field, type, help] of laneNumbers) {
    const suffix = type === "counter" ? "_total" : "";
    const name = `longmen_lane_${snake(field)}${suffix}`;
    lines.push(...heading(name, type, help));
    for (const [book, numbers] of named) {
      lines.push(`${name}{book="${label(book)}"} ${numbers[field]}`);
    }
    if (named.length > 0 && others.length === 0) continue;
    lines.push(`${name} ${others.reduce((sum, [, numbers]) => sum + numbers[field], 0)}`);
  }
  return lines;
}

function processLines(): string[] {
  const cpu = process.cpuUsage();
  return [
    ...heading("process_resident_memory_bytes", "gauge", "Memory of the process."),
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    ...heading("process_cpu_seconds_total", "counter", "Time on the processor."),
    `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
  ];
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

const label = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
