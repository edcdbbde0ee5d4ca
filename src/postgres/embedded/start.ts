import { randomInt } from "node:crypto";
import { realpath, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import type pg from "pg";
import type { Logger } from "../../base/index.ts";
import { fail, systemClock } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import type { Layout, ServerFile } from "./folder.ts";
import { folderError, ownerOf, writeServerFile } from "./folder.ts";
import type { Address } from "./owner.ts";
import { dataFolderOf, tryConnect } from "./owner.ts";
import type { Place } from "./place.ts";
import { openTo } from "./place.ts";
import { disownReusedPid, livePostmaster, startPostmaster } from "./postmaster.ts";
import { embeddedSettings, HBA_TEXT, machineFacts, settingsText } from "./settings.ts";

/** A step worth showing to a person who waits. */
export type StartStep = "creating" | "starting" | "recovering" | "adopting" | "ready";

/** What a start works with, once it is settled where everything lies. */
export interface StartContext {
  readonly place: Place;
  readonly layout: Layout;
  readonly server: ServerFile;
  /** 0: whatever is free. */
  readonly port: number;
  /** Whether whoever has the port is waited for: it must be this one, by which the pools know the server. */
  readonly awaitsPort?: () => boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly onProgress: (step: StartStep) => void;
}

/** A server that runs and takes connections. */
export interface Reached {
  readonly pid: number;
  readonly address: Address;
  readonly adopted: boolean;
  readonly client: pg.Client;
}

/** Recovery of a large log takes minutes; a server that needs longer is looked at by a person. */
const REACH_TIMEOUT_MS = 600_000;
const AGAIN_MS = 100;
const PORT_ATTEMPTS = 5;
/** Some minutes: an outgoing connection's port is its own for one more after its end. */
const PORT_ATTEMPTS_BACK = 1_000;
/** What no system gives to outgoing connections unless told. */
const PORTS = { from: 15_000, to: 32_000 };
const PORT_LOOKS = 100;

/**
 * A port that nobody listens on now: where there is one, of those that no outgoing connection is given, or
 * one of these would keep the server out when it comes back.
 */
export async function freePort(): Promise<number> {
  for (let look = 0; look < PORT_LOOKS; look++) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
  return anyPort();
}

function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

async function choosePort(context: StartContext, attempt: number): Promise<number> {
  const { port, server } = context;
  if (port !== 0) return port;
  if (attempt === 0 && server.port !== 0 && (await isFree(server.port))) return server.port;
  return freePort();
}

async function writeSettings(context: StartContext, port: number): Promise<void> {
  const { place, layout, settings } = context;
  const { dataDir } = place;
  try {
    const facts = await machineFacts(dataDir);
    const localConf = (await ownerOf(layout.localConf)) && layout.localConf;
    const text = settingsText(embeddedSettings(port, facts), settings, localConf);
    await writeFile(path.join(dataDir, "postgresql.conf"), text);
    await writeFile(path.join(dataDir, "pg_hba.conf"), HBA_TEXT);
  } catch (error) {
    throw folderError(layout.dir, error);
  }
}

/** Joins a server that runs already, if it is the one of this folder. */
async function adopt(
  context: StartContext,
  pid: number,
  port: number,
): Promise<Reached | undefined> {
  const address = { port, password: context.server.password };
  const client = await tryConnect(address);
  if (client === undefined) return undefined;
  const folder = await dataFolderOf(client);
  if (folder === undefined) return undefined;
  const theirs = await realpath(folder).catch(() => "");
  if (theirs !== (await realpath(context.place.dataDir))) {
    await client.end();
    const reason = `port ${port} is served by the PostgreSQL of another folder, ${theirs}`;
    throw fail(postgresErrors, "start_failed", { reason, log: context.layout.log });
  }
  return { pid, address, adopted: true, client };
}

function portAttemptsMax({ port, awaitsPort }: StartContext): number {
  if (awaitsPort?.() === true) return PORT_ATTEMPTS_BACK;
  return port === 0 ? PORT_ATTEMPTS : 1;
}

/** What an attempt says about the next one. */
interface Attempt {
  readonly reached?: Reached | undefined;
  readonly portTaken?: boolean;
}

async function launch(context: StartContext, portAttempt: number): Promise<Attempt> {
  const { place, layout, onProgress } = context;
  const port = await choosePort(context, portAttempt);
  await disownReusedPid(place.dataDir);
  await openTo(place.runAs, layout.home, place.dataDir);
  await writeSettings(context, port);
  onProgress("starting");
  const outcome = await startPostmaster(place, layout, () => onProgress("recovering"));
  if (outcome.kind === "failed") throw outcome.error;
  if (outcome.kind === "port_taken") {
    if (portAttempt + 1 < portAttemptsMax(context)) return { portTaken: true };
    const reason = `port ${port} is taken`;
    throw fail(postgresErrors, "start_failed", { reason, log: layout.log });
  }
  if (outcome.kind !== "ready") return {};
  const address = { port: outcome.port, password: context.server.password };
  const client = await tryConnect(address);
  if (client === undefined) return {};
  return { reached: { pid: outcome.pid, address, adopted: false, client } };
}

async function attemptOnce(context: StartContext, portAttempt: number): Promise<Attempt> {
  const live = await livePostmaster(context.place.dataDir);
  if (live === undefined) return launch(context, portAttempt);
  context.onProgress("adopting");
  if (live.port === undefined) return {};
  return { reached: await adopt(context, live.pid, live.port) };
}

/**
 * Gets to a running server: the one that runs already, or a new one. Several starts at once settle
 * it by PostgreSQL's own lock file; the slower ones find the server of the fastest.
 */
export async function reach(context: StartContext): Promise<Reached> {
  const { layout, server } = context;
  const until = systemClock.now() + REACH_TIMEOUT_MS;
  let portAttempt = 0;
  while (systemClock.now() < until) {
    const { reached, portTaken } = await attemptOnce(context, portAttempt);
    if (reached !== undefined) {
      await writeServerFile(layout.serverFile, { ...server, port: reached.address.port });
      return reached;
    }
    if (portTaken === true) {
      if (portAttempt === 0 && context.port !== 0)
        context.log.warn({ port: context.port }, "PostgreSQL's port is taken; waiting for it");
      portAttempt += 1;
    }
    await systemClock.sleep(AGAIN_MS);
  }
  const reason = "it neither starts nor stops";
  throw fail(postgresErrors, "start_failed", { reason, log: layout.log });
}
