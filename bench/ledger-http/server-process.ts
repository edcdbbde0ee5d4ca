/** The server under load: the shipped HTTP room on our ledger, or on Redis in its place. */
import { accessMigrations, openAccess, parseScope } from "../../src/access/index.ts";
import { pinoLogger } from "../../src/base/index.ts";
import { openHttp } from "../../src/http/index.ts";
import { ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import { Lane, migrate, openDatabase, postgresMigrations } from "../../src/postgres/index.ts";
import { openRedisLedger } from "./redis-ledger.ts";
import type { ServerState, ServerTask } from "./protocol.ts";

interface Running {
  readonly port: number;
  readonly token: string;
  state(): ServerState;
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
  return {
    port,
    token,
    state: () => ({ rssBytes: process.memoryUsage.rss(), written: redis?.written() ?? 0 }),
    close: async () => {
      await http.close();
      await (redis ?? ledger).close();
      await access.close();
      await lane.close();
      await database.close();
    },
  };
}

let running: Promise<Running> | undefined;

async function obey(message: ServerTask | "state" | "close"): Promise<unknown> {
  if (typeof message === "object") {
    running = run(message);
    const { port, token } = await running;
    return { port, token };
  }
  const server = await running;
  if (message === "state") return server?.state();
  await server?.close();
  return { closed: true };
}

process.on("message", (message: ServerTask | "state" | "close") => {
  obey(message).then(
    (answer) => process.send?.({ answer }),
    (error: Error) => process.send?.({ failed: error.stack ?? error.message }),
  );
});
process.on("disconnect", () => process.exit());
