import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { silentLogger, type Logger } from "../../base/index.ts";
import {
  ask,
  createdFolder,
  makeTemplate,
  start,
  startNode,
  testFolder,
} from "../testing/embedded.ts";
import { startEmbedded } from "./embedded.ts";
import { buildingFolder, layoutOf, readPostmasterFile, removeLeftovers } from "./folder.ts";
import { livePostmaster } from "./postmaster.ts";
import { commandOf, deadPid, isAlive, mayServe } from "./process.ts";

let template = "";
beforeAll(async () => {
  template = await makeTemplate();
});
afterAll(() => rm(template, { recursive: true, force: true }));

const dataOf = (dir: string): string => path.join(layoutOf(dir).home, "data");

/** Ends a server and all its processes at once, as a machine that loses its power would. */
async function killServer(postmaster: number): Promise<void> {
  const ours = (name: string): boolean => {
    if (!/^\d+$/.test(name)) return false;
    const pid = Number(name);
    return pid === postmaster || parentOf(pid) === postmaster;
  };
  for (const name of readdirSync("/proc").filter(ours)) {
    try {
      process.kill(Number(name), "SIGKILL");
    } catch {
      // It ended with its parent a moment ago.
    }
  }
  await expect.poll(() => isAlive(postmaster)).toBe(false);
}

/** What is left of it says that it ended by force: where a node lives, it is about to go. */
const isLeft = (dataDir: string): boolean => existsSync(path.join(dataDir, "postmaster.pid"));

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

describe("an ordinary life", () => {
  test("is created durably on first use, keeps its data and its port, ends when stopped", async () => {
    const dir = await testFolder();
    const steps: string[] = [];
    const first = await startEmbedded({ dir, onProgress: (step) => steps.push(step) });
    expect(steps).toEqual(["creating", "starting", "ready"]);
    const settings =
      "select current_setting('fsync') as fsync, current_setting('data_checksums') as sums";
    expect(await ask(first.url, settings)).toEqual({ fsync: "on", sums: "on" });
    await ask(first.url, "create table kept as select 42 as answer");
    const pid = first.pid();
    await first.stop();
    await first.stop();
    expect(isAlive(pid)).toBe(false);
    expect(await readPostmasterFile(first.dataDir)).toBeUndefined();
    const second = await start({ dir });
    expect(second.url).toBe(first.url);
    expect(second.adopted).toBe(false);
    expect(await ask(second.url, "select answer from kept")).toEqual({ answer: 42 });
  });

  test("works after a move, keeps its password to itself, reads the user's settings last", async () => {
    // createdFolder is a copy: the template's paths are nowhere in it.
    const dir = await createdFolder(template);
    await writeFile(layoutOf(dir).localConf, "work_mem = '7MB'\n");
    const { url, dataDir } = await start({ dir });
    expect(dataDir).not.toContain(template);
    expect(await ask(url, "select current_setting('work_mem') as m")).toEqual({ m: "7MB" });
    expect((await stat(layoutOf(dir).serverFile)).mode & 0o777).toBe(0o600);
    const without = new URL(url);
    without.password = "";
    await expect(ask(without.href, "select 1")).rejects.toThrow(/password/);
    // Text compares by bytes and knows Unicode, on every machine alike.
    const text = "select lower('ÉÀ龙') as low, 'B' < 'a' as bytes, version() like '%18.%' as v18";
    expect(await ask(url, text)).toEqual({ low: "éà龙", bytes: true, v18: true });
  });

  test("takes another port when its own was taken meanwhile, and says when a wished one is", async () => {
    const dir = await createdFolder(template);
    const { port } = JSON.parse(await readFile(layoutOf(dir).serverFile, "utf8")) as {
      port: number;
    };
    const thief = net.createServer();
    // Where another process has it already, that is the thief.
    await new Promise<void>((resolve) => {
      thief.once("error", () => resolve());
      thief.listen(port, "127.0.0.1", resolve);
    });
    onTestFinished(() => void thief.close());
    await expect(start({ dir, port })).rejects.toMatchObject({ code: "postgres.start_failed" });
    const server = await start({ dir });
    expect(new URL(server.url).port).not.toBe(String(port));
  });
});

describe("two on one folder", () => {
  test("the second is refused with the first one's process, and does no harm", async () => {
    const dir = await createdFolder(template);
    const first = await start({ dir });
    const second = startNode({ dir });
    expect(await second.report()).toMatchObject({
      code: "postgres.already_running",
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    expect(await ask(first.url, "select 1 as one")).toEqual({ one: 1 });
  });

  test("of three that create it at once one gets it, the others are refused", async () => {
    const dir = await testFolder();
    const nodes = [1, 2, 3].map(() => startNode({ dir }));
    const reports = await Promise.all(nodes.map((node) => node.report()));
    const codes = reports.map((report) => report.code ?? "started").sort();
    expect(codes).toEqual(["postgres.already_running", "postgres.already_running", "started"]);
    expect(readdirSync(dir)).toEqual(["postgres"]);
    await Promise.all(nodes.map((node) => node.stop()));
  });

  test("a copied folder does not take over the server of the original", async () => {
    const dir = await createdFolder(template);
    const first = await start({ dir });
    await ask(first.url, "create table only_here ()");
    const copy = await createdFolder(dir);
    const second = await start({ dir: copy });
    expect(second.pid()).not.toBe(first.pid());
    expect(second.url).not.toBe(first.url);
  });
});

describe("after a crash", () => {
  test("P1: node is killed: the server lives on, the next start adopts it with all data", async () => {
    const dir = await createdFolder(template);
    const node = startNode({ dir });
    const { url = "", server } = await node.report();
    await ask(url, "create table kept as select 42 as answer");
    await node.kill();
    const next = await start({ dir });
    expect(next).toMatchObject({ adopted: true, url });
    expect(next.pid()).toBe(server);
    expect(await ask(next.url, "select answer from kept")).toEqual({ answer: 42 });
    await next.stop();
    expect(isAlive(next.pid())).toBe(false);
  });

  test("P1: PostgreSQL is killed under a node: it comes back on its port with all data", async () => {
    const dir = await createdFolder(template);
    const server = await start({ dir });
    await ask(server.url, "create table kept as select 42 as answer");
    const killed = server.pid();
    await killServer(killed);
    const answer = (): Promise<unknown> =>
      ask(server.url, "select answer from kept").catch(() => "not yet");
    await expect.poll(answer, { timeout: 30_000 }).toEqual({ answer: 42 });
    await expect.poll(() => server.pid()).not.toBe(killed);
    const again = startNode({ dir });
    expect(await again.report()).toMatchObject({ code: "postgres.already_running" });
  });

  test("P1: only the postmaster is killed: its children end and it comes back", async () => {
    const dir = await createdFolder(template);
    const server = await start({ dir });
    await ask(server.url, "create table kept as select 42 as answer");
    process.kill(server.pid(), "SIGKILL");
    const answer = (): Promise<unknown> =>
      ask(server.url, "select answer from kept").catch(() => "not yet");
    await expect.poll(answer, { timeout: 30_000 }).toEqual({ answer: 42 });
  });

  /** A server that was killed, and whose port another has by now. */
  async function robbed() {
    const dir = await createdFolder(template);
    const thief = net.createServer();
    onTestFinished(() => void thief.close());
    let port = 0;
    const waits = Promise.withResolvers<void>();
    const take = () => {
      thief.once("error", () => setImmediate(take));
      thief.listen(port, "127.0.0.1");
    };
    const log: Logger = {
      ...silentLogger,
      // The server is gone, and is about to be started again.
      error: () => port !== 0 && !thief.listening && take(),
      warn: () => waits.resolve(),
    };
    const server = await start({ dir, log });
    await ask(server.url, "create table kept as select 42 as answer");
    port = Number(new URL(server.url).port);
    await killServer(server.pid());
    const failed = server.failed.then((error) => {
      throw error;
    });
    failed.catch(() => undefined);
    await Promise.race([waits.promise, failed]);
    return { server, thief };
  }

  test("P1: it comes back although another has its port for a moment", async () => {
    const { server, thief } = await robbed();
    thief.close();
    const answer = (): Promise<unknown> =>
      ask(server.url, "select answer from kept").catch(() => "not yet");
    await expect.poll(answer, { timeout: 30_000 }).toEqual({ answer: 42 });
  });

  test("stopping one that waits for its port does not wait with it", async () => {
    const { server } = await robbed();
    await server.stop();
    expect(await livePostmaster(server.dataDir)).toBeUndefined();
  });

  test("P1: both are killed: the next start recovers", async () => {
    const dir = await createdFolder(template);
    const node = startNode({ dir });
    const { url = "", server = 0 } = await node.report();
    await ask(url, "create table kept as select 42 as answer");
    await node.kill();
    await killServer(server);
    expect(isLeft(dataOf(dir))).toBe(true);
    const next = await start({ dir });
    expect(next.adopted).toBe(false);
    expect(await ask(next.url, "select answer from kept")).toEqual({ answer: 42 });
  });

  test("a lock file whose process number belongs to something else by now is seen through", async () => {
    const dir = await createdFolder(template);
    const node = startNode({ dir });
    const { server = 0 } = await node.report();
    await node.kill();
    await killServer(server);
    expect(isLeft(dataOf(dir))).toBe(true);
    const lockFile = path.join(dataOf(dir), "postmaster.pid");
    const lines = (await readFile(lockFile, "utf8")).split("\n");
    await writeFile(lockFile, [String(process.pid), ...lines.slice(1)].join("\n"));
    const next = await start({ dir });
    expect(next.adopted).toBe(false);
  });

  test("a creation that is killed half-way leaves nothing in the way", async () => {
    const dir = await testFolder();
    const node = startNode({ dir });
    await node.step("creating");
    await node.kill();
    await mkdir(path.join(dir, `postgres.new-${deadPid()}-abcd`, "data"), { recursive: true });
    await start({ dir });
    expect(readdirSync(dir)).toEqual(["postgres"]);
  });

  test("a creation that was killed under this very process id, as in a container, leaves nothing either", async () => {
    const dir = await createdFolder(template);
    await mkdir(path.join(dir, `postgres.new-${process.pid}-abcd`, "data"), { recursive: true });
    await start({ dir });
    expect(readdirSync(dir)).toEqual(["postgres"]);
    const ours = buildingFolder(dir);
    await mkdir(ours);
    await removeLeftovers(dir, isAlive);
    expect(readdirSync(dir).toSorted()).toEqual(["postgres", path.basename(ours)]);
  });

  test("stopping a server that is being brought back leaves none behind", async () => {
    const dir = await createdFolder(template);
    const told: string[] = [];
    const log: Logger = { ...silentLogger, error: (_fields, message) => void told.push(message) };
    const server = await start({ dir, log });
    await killServer(server.pid());
    await expect.poll(() => told).toContain("the connection to PostgreSQL broke; bringing it back");
    await server.stop();
    expect(await livePostmaster(server.dataDir)).toBeUndefined();
  });

  test("giving up is told when the server cannot come back", async () => {
    const dir = await createdFolder(template);
    const server = await start({ dir });
    await writeFile(path.join(server.dataDir, "PG_VERSION"), "nonsense\n");
    await killServer(server.pid());
    expect(await server.failed).toMatchObject({ code: "postgres.start_failed" });
  });
});

test("processes are told apart: alive, dead, and serving another folder", ({ skip }) => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(deadPid())).toBe(false);
  expect(mayServe(process.pid, template)).toBe(false);
  expect(commandOf(deadPid())).toBe("");
  skip(commandOf(process.pid) === "", "there is no ps here");
  expect(commandOf(process.pid)).toContain("node");
});
