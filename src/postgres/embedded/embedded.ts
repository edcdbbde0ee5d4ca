import path from "node:path";
import type { Logger } from "../../base/index.ts";
import { silentLogger } from "../../base/index.ts";
import type { Binaries } from "./binaries.ts";
import { findBinaries } from "./binaries.ts";
import type { Layout } from "./folder.ts";
import {
  checkDataVersion,
  layoutOf,
  ownerOf,
  prepareDir,
  readServerFile,
  removeLeftovers,
} from "./folder.ts";
import { initialize } from "./initialize.ts";
import { own, urlOf } from "./owner.ts";
import { checkNotMoved } from "./moved.ts";
import type { Place } from "./place.ts";
import { placeFor } from "./place.ts";
import { stopPostmaster } from "./postmaster.ts";
import { isAlive } from "./process.ts";
import type { RunAsKind, RunAsWish } from "./run-as.ts";
import { chooseRunAs } from "./run-as.ts";
import type { StartContext, StartStep } from "./start.ts";
import { reach } from "./start.ts";
import type { Running } from "./supervise.ts";
import { keepUp } from "./supervise.ts";

const DATABASE = "longmen";

export interface EmbeddedOptions {
  /** Longmen's folder, `.longmen`; the server lives in `postgres` inside. */
  readonly dir: string;
  /** 0 or absent: the port of last time if it is free, else any. */
  readonly port?: number;
  readonly runAs?: RunAsWish;
  readonly log?: Logger;
  readonly onProgress?: (step: StartStep) => void;
  /** Further lines for postgresql.conf, for tests and drills. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where `bin`, `lib` and `share` are, instead of the npm package. */
  readonly native?: string;
  /** For the move itself: opens the folder although its books have moved, or may have. */
  readonly evenIfMoved?: boolean;
}

/** The running server, owned by this process. */
export interface Embedded {
  readonly url: string;
  readonly version: string;
  /** The server's process now; another one after a crash. */
  pid(): number;
  /** True when the server ran already, left by a node that was killed. */
  readonly adopted: boolean;
  readonly runAs: RunAsKind;
  readonly dataDir: string;
  /** Resolves with the reason when the server is down and could not be brought back. */
  readonly failed: Promise<Error>;
  /** Fast shutdown; resolves when the server has ended. Safe to repeat. */
  stop(): Promise<void>;
}

async function settle(
  options: EmbeddedOptions,
  layout: Layout,
  binaries: Binaries,
): Promise<Omit<StartContext, "log" | "onProgress">> {
  const log = options.log ?? silentLogger;
  const known = await readServerFile(layout);
  const knownDataDir = known && (known.dataDir ?? path.join(layout.home, "data"));
  const runAs = await chooseRunAs(options.runAs ?? "auto", {
    native: binaries.native,
    folder: layout.dir,
    dataOwner: knownDataDir === undefined ? undefined : await ownerOf(knownDataDir),
  });
  const place = await placeFor(runAs, { binaries, layout, knownDataDir, log });
  const { port = 0, settings = {} } = options;
  if (known !== undefined) return { place, layout, server: known, port, settings };
  options.onProgress?.("creating");
  await initialize(place, layout, settings["fsync"] !== "off");
  // Another start may have been faster: what lies there now is what counts.
  const server = await readServerFile(layout);
  return server === undefined || server.dataDir !== (place.outside ? place.dataDir : undefined)
    ? settle(options, layout, binaries)
    : { place, layout, server, port, settings };
}

async function bringUp(context: StartContext): Promise<Running> {
  const reached = await reach(context);
  const ownership = await own(reached.client, context.layout.dir, DATABASE);
  return { reached, ownership, stopping: false, revival: undefined };
}

async function stop(place: Place, running: Running): Promise<void> {
  running.stopping = true;
  await running.revival?.catch(() => undefined);
  // The lock is held until the server is gone, so that no other start comes in between.
  await stopPostmaster(place, running.reached.pid);
  await running.ownership.release();
}

/**
 * Where the PostgreSQL of a folder is to be found by a process that does not own it; undefined when
 * the folder has none. Says nothing about whether it runs.
 */
export async function embeddedUrl(dir: string): Promise<string | undefined> {
  const server = await readServerFile(layoutOf(path.resolve(dir)));
  return server && urlOf(server, DATABASE);
}

/**
 * Starts, or adopts, the PostgreSQL of a folder and makes this process its owner: creates the data
 * on first use, recovers it after a crash, brings the server back when it dies.
 * Safe to repeat: a second process is refused while the first lives.
 * Refuses: postgres.already_running, binaries_missing, binaries_broken, run_as_impossible,
 * folder_unusable, disk_full, data_version, initialization_failed, start_failed, folder_moved,
 * move_undecided.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const log = options.log ?? silentLogger;
  const onProgress = options.onProgress ?? (() => {});
  const layout = layoutOf(path.resolve(options.dir));
  const binaries = await findBinaries(options.native);
  await prepareDir(layout.dir);
  if (options.evenIfMoved !== true) await checkNotMoved(layout);
  await removeLeftovers(layout.dir, isAlive);
  const context: StartContext = { ...(await settle(options, layout, binaries)), log, onProgress };
  await checkDataVersion(context.place.dataDir, binaries.major);
  const running = await bringUp(context);
  onProgress("ready");
  const { reached } = running;
  log.info(
    {
      pid: reached.pid,
      port: reached.address.port,
      version: binaries.version,
      runAs: context.place.runAs.kind,
    },
    reached.adopted ? "adopted the running PostgreSQL" : "started PostgreSQL",
  );
  // After a crash it must come back where the pools look for it.
  const awaitsPort = () => !running.stopping;
  const again = { ...context, port: reached.address.port, awaitsPort };
  let stopped: Promise<void> | undefined;
  return {
    url: urlOf(reached.address, DATABASE),
    version: binaries.version,
    pid: () => running.reached.pid,
    adopted: reached.adopted,
    runAs: context.place.runAs.kind,
    dataDir: context.place.dataDir,
    failed: keepUp(running, () => bringUp(again), log),
    stop: () => (stopped ??= stop(context.place, running)),
  };
}
