/** The case of `npm run bench -- idle`: what a node costs that has nothing to do. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { embeddedUrl } from "../../src/postgres/index.ts";
import type { Bench } from "../bench.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { onServer } from "../servers.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));
const SECONDS = 60;
const SECONDS_QUICK = 30;
/** Until what the main job left behind is collected and let go of. */
const REST_MS = 240_000;
const REST_QUICK_MS = 100_000;
const TRANSACTIONS = "one-a-second/transactions";
const MEMORY = "200-MB/memory";
const MEMORY_MAX_BYTES = 200e6;

export const idleBench: Bench = {
  name: "idle",
  ownCallers: true,
  peers: [],
  redisPeers: [],
  cases: ({ scratch, quick }) => [
    {
      name: "start",
      about: "`npm start` in a new folder: the month booked, then nothing to do",
      unit: "transactions/s",
      ours: idleContender(scratch, quick ? REST_QUICK_MS : REST_MS),
      peers: [],
      floors: { [TRANSACTIONS]: 1, [MEMORY]: 1 },
      rounds: 1,
      seconds: quick ? SECONDS_QUICK : SECONDS,
    },
  ],
  longCases: [],
};

function idleContender(scratch: string, restMs: number): Contender {
  return {
    name: "longmen",
    async round(seconds): Promise<Round> {
      const dir = mkdtempSync(join(scratch, "idle-"));
      const node = spawn(process.execPath, [MAIN, "start", "--dir", dir, "--port", "0"], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      const ended = once(node, "exit");
      try {
        await isUp(node);
        await sleep(restMs);
        const url = (await embeddedUrl(dir)) ?? "";
        return await measure(node.pid ?? 0, url, seconds);
      } finally {
        node.kill("SIGTERM");
        await ended;
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

async function isUp({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null) throw new Void("the node says nothing");
  const lines = createInterface({ input: stderr });
  for await (const line of lines) {
    if (!line.includes("Longmen is up")) continue;
    stderr.resume();
    return;
  }
  throw new Void("the node did not come up");
}

/** Of all databases of the server, less what looking costs. */
async function measure(pid: number, url: string, seconds: number): Promise<Round> {
  const looking = (await transactions(url)) - (await transactions(url));
  const before = await transactions(url);
  const startedAt = performance.now();
  await sleep(seconds * 1_000);
  const after = await transactions(url);
  const took = (performance.now() - startedAt) / 1_000;
  // Two looks with nothing between them differ by what one costs: the difference is below nothing.
  const count = Math.max(after - before + looking, 1);
  const memory = residentBytes(pid);
  return {
    count,
    seconds: took,
    shares: { [TRANSACTIONS]: took / count, [MEMORY]: MEMORY_MAX_BYTES / memory },
  };
}

async function transactions(url: string): Promise<number> {
  const { rows } = await onServer(url, async (client) => {
    // Else the server shows what it showed before.
    await client.query("select pg_stat_force_next_flush()");
    return client.query<{ count: string }>(
      "select sum(xact_commit + xact_rollback)::text as count from pg_stat_database",
    );
  });
  return Number(rows[0]?.count);
}

/** Linux tells it; elsewhere the case can't be measured. */
function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kilobytes === undefined) throw new Void("the node's memory can't be read here");
  return Number(kilobytes) * 1024;
}
