/** Runs a benchmark from its servers to its result. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmbedded } from "../src/postgres/index.ts";
import { silentLogger } from "../src/base/index.ts";
import { apart } from "./apart.ts";
import type { Bench, World } from "./bench.ts";
import { runCase, type Case, type Details } from "./contest.ts";
import { installPeers } from "./install.ts";
import type { Options } from "./options.ts";
import { readPostgres, startRedis, type PostgresServer, type RedisServer } from "./servers.ts";
import { resultOf, type BenchResult, type CaseResult } from "./verdict.ts";

const BENCH_FOLDER = fileURLToPath(new URL(".", import.meta.url));
const EXIT_INTERRUPTED = 130;
const SCRATCH_PARENT = join(BENCH_FOLDER, "..", ".longmen", "bench");

export type Say = (line: string) => void;

export interface Servers {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer | undefined;
  readonly scratch: string;
}

/** Starts what a run needs in a folder of its own, and leaves nothing behind. */
export async function withServers<T>(
  options: Options,
  say: Say,
  work: (servers: Servers) => Promise<T>,
  preload?: string,
): Promise<T> {
  const scratch = join(SCRATCH_PARENT, String(process.pid));
  mkdirSync(scratch, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  let cleaning: Promise<void> | undefined;
  const clean = () => (cleaning ??= stopAll(stops, scratch));
  // Whoever loses patience must not leave servers behind; a terminal and npm both send the signal.
  const interrupted = () => {
    // What a run says while its servers are taken from under it is of no interest.
    process.on("uncaughtException", () => undefined);
    void clean().finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
  try {
    const url = options.url ?? (await startPostgres(scratch, stops, preload));
    const postgres = await readPostgres(url);
    const redis = preload === undefined ? await redisOf(options, scratch, say) : undefined;
    if (redis !== undefined) stops.push(redis.stop);
    return await work({ postgres, redis, scratch });
  } finally {
    await clean();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  }
}

async function stopAll(stops: readonly (() => Promise<void>)[], scratch: string): Promise<void> {
  for (const stop of stops.toReversed()) await stop();
  rmSync(scratch, { recursive: true, force: true });
}

/** The embedded server as every user gets it; for a profile, with an extension of PostgreSQL's loaded. */
async function startPostgres(
  scratch: string,
  stops: (() => Promise<void>)[],
  preload: string | undefined,
): Promise<string> {
  const settings = preload === undefined ? {} : { shared_preload_libraries: preload };
  const server = await startEmbedded({ dir: scratch, log: silentLogger, settings });
  stops.push(() => server.stop());
  return server.url;
}

async function redisOf(options: Options, scratch: string, say: Say) {
  const installed = installPeers(BENCH_FOLDER, say);
  const redis = installed ? await startRedis(options.redis ?? "redis-server", scratch) : undefined;
  if (redis === undefined) {
    say("No redis-server here (--redis FILE names one): its peers are reported as missing.");
  }
  return redis;
}

export async function runBench(
  bench: Bench,
  options: Options,
  servers: Servers,
  say: Say,
): Promise<BenchResult> {
  const results: CaseResult[] = [];
  const details: Record<string, Readonly<Record<string, Details>>> = {};
  for (const callers of options.callers) {
    const world = worldOf(options, servers, callers);
    for (const shared of chosen(bench, options, world)) {
      const contest = bench.apart === true ? apart(shared, bench.name, world) : shared;
      const load = bench.ownCallers === true ? "" : `; ${callers} callers`;
      say(`${contest.name}: ${contest.about}${load}`);
      const ran = await runCase(contest, { ...options, say });
      // A sweep runs a case several times: its names say with how many callers.
      const name = options.callers.length > 1 ? `${contest.name}@${callers}` : contest.name;
      results.push({ ...ran.result, case: name });
      details[name] = ran.details;
    }
  }
  const { callers, rounds, seconds, quick } = options;
  return resultOf({
    bench: bench.name,
    postgres: servers.postgres.version,
    settings: {
      harness: { callers: callers.join(","), rounds, secondsPerRound: seconds, quick },
      postgres: servers.postgres.settings,
      ...(servers.redis === undefined ? {} : { redis: servers.redis.settings }),
      cases: details,
    },
    cases: results,
    missing: servers.redis === undefined ? bench.redisPeers : [],
  });
}

function chosen(bench: Bench, options: Options, world: World): readonly Case[] {
  const cases = bench.cases(world);
  return options.cases.length === 0
    ? cases.filter((contest) => !bench.longCases.includes(contest.name))
    : cases.filter((contest) => options.cases.includes(contest.name));
}

function worldOf(options: Options, servers: Servers, callers: number): World {
  return {
    url: servers.postgres.url,
    redisPort: servers.redis?.port,
    callers,
    seconds: options.seconds,
    quick: options.quick,
    scratch: servers.scratch,
    data: options.data,
  };
}
