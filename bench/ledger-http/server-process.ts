/** The server under load: the shipped HTTP room on our ledger, or on Redis in its place. */
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { accessMigrations, openAccess, parseScope } from "../../src/access/index.ts";
import { pinoLogger } from "../../src/base/index.ts";
import { openHttp } from "../../src/http/index.ts";
import { ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import { Lane, migrate, openDatabase, postgresMigrations } from "../../src/postgres/index.ts";
import { openRedisLedger } from "./redis-ledger.ts";
import type { ServerMessage, ServerSettled, ServerState, ServerTask } from "./protocol.ts";

interface Running {
  readonly port: number;
  readonly token: string;
  state(): ServerState;
  settled(): Promise<ServerSettled>;
  close(): Promise<void>;
}

const OPERATOR = { by: "bench", from: "bench", request: "bench" };

async function run(task: ServerTask): Promise<Running> {
  const { url, schema } = task;
  // As `longmen start` logs when it runs as a service: a line a request, to standard error.
  const log = pinoLogger({ level: "info" });
  const database = await openDatabase({ url, schema });
  await migrate(database, [postgresMigrations, ledgerMigrations, accessMigrations]);
  const lane = new Lane<never, never>({ name: "node rows", database });
  const access = openAccess({ database, lane });
  const { token } = await access.create(
    {
      owner: "bench",
      ownerKind: "service",
      scopes: [parseScope("write@*"), parseScope("define@*")],
    },
    OPERATOR,
  );
  const redis = task.behind === "longmen" ? undefined : await openRedisLedger(task);
  const ledger = redis?.ledger ?? openLedger({ database, log });
  const http = await openHttp({ ledger, access, log });
  const { port } = await http.listen("127.0.0.1", 0);
  const peak = peakOfMemory();
  return {
    port,
    token,
    state: () => {
      const rssBytes = process.memoryUsage.rss();
      return { rssBytes, peakRssBytes: peak.take(), written: redis?.written() ?? 0 };
    },
    settled,
    close: async () => {
      peak.end();
      await http.close();
      await (redis ?? ledger).close();
      await access.close();
      await lane.close();
      await database.close();
    },
  };
}

const LOOK_MS = 100;

function peakOfMemory() {
  let most = 0;
  const look = () => (most = Math.max(most, process.memoryUsage.rss()));
  const timer = setInterval(look, LOOK_MS);
  return {
    take: () => {
      const taken = look();
      most = 0;
      return taken;
    },
    end: () => clearInterval(timer),
  };
}

/** So many collections until what only the first one lets go of is gone, too. */
const COLLECTIONS = 3;
const SETTLE_MS = 200;

async function settled(): Promise<ServerSettled> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let nth = 0; nth < COLLECTIONS; nth++) {
    await sleep(SETTLE_MS);
    collect();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssBytes: rss, liveBytes: heapUsed + external };
}

let running: Promise<Running> | undefined;

async function obey(message: ServerMessage): Promise<unknown> {
  if (typeof message === "object") {
    running = run(message);
    const { port, token } = await running;
    return { port, token };
  }
  const server = await running;
  if (message === "state") return server?.state();
  if (message === "settled") return server?.settled();
  await server?.close();
  return { closed: true };
}

process.on("message", (message: ServerMessage) => {
  obey(message).then(
    (answer) => process.send?.({ answer }),
    (error: Error) => process.send?.({ failed: error.stack ?? error.message }),
  );
});
process.on("disconnect", () => process.exit());
