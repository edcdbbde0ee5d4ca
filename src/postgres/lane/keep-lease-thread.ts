/** The thread that renews a node's lease: see keep-lease.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "pg";
import { monotonicMs, renewFor, type Renewal, type ThreadWord } from "./renewals.ts";

interface Started {
  readonly settings: object;
  readonly shared: Float64Array;
  readonly renewal: Renewal;
}

const CONNECT_TIMEOUT_MS = 3_000;
const REPLY_TIMEOUT_MS = 3_000;
const LOOK_MS = 500;
const BLOCKED_MS = 2_000;

const { settings, shared, renewal } = workerData as Started;
const { node, epoch, ttlMs, text } = renewal;
const tell = (word: ThreadWord): void => parentPort?.postMessage(word, []);
let client: Client | undefined;

async function connect(): Promise<Client> {
  const made = new Client({
    ...settings,
    application_name: "longmen lease",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: REPLY_TIMEOUT_MS,
  });
  made.on("error", () => {
    if (client === made) client = undefined;
  });
  await made.connect();
  return made;
}

async function ask(): Promise<number | undefined> {
  try {
    client ??= await connect();
    const { rows } = await client.query<{ now_ms: string }>(text, [node, epoch, ttlMs]);
    return rows[0] && Number(rows[0].now_ms);
  } catch (error) {
    const broken = client;
    client = undefined;
    void broken?.end().catch(() => undefined);
    throw error;
  }
}

let blockedMs = 0;
setInterval(() => {
  const stillMs = monotonicMs() - (shared[2] ?? 0);
  if (stillMs >= BLOCKED_MS) blockedMs = stillMs;
  else if (blockedMs > 0) {
    tell({ kind: "blocked", blockedMs: Math.round(blockedMs) });
    blockedMs = 0;
  }
}, LOOK_MS).unref();

await renewFor(renewal, shared, new AbortController().signal, { ask, tell });
await client?.end().catch(() => undefined);
