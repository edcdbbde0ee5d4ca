/** The thread that renews a node's lease: see keep-lease.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "pg";
import { monotonicMs, renewFor, type Renewal, type ThreadWord } from "./renewals.ts";

interface Started {
  readonly settings: object;
  readonly shared: Float64Array;
  readonly renewal: Renewal;
  /** What is listened to beside; nothing when undefined. */
  readonly channel: string | undefined;
}

const CONNECT_TIMEOUT_MS = 3_000;
const REPLY_TIMEOUT_MS = 3_000;
const LOOK_MS = 500;
const BLOCKED_MS = 2_000;
/** Hints that come together are one. */
const HINT_MS = 30;

const { settings, shared, renewal, channel } = workerData as Started;
const { node, epoch, ttlMs, text, lock, stillMaxMs } = renewal;
const tell = (word: ThreadWord): void => parentPort?.postMessage(word, []);
let client: Client | undefined;
/** The session is ours alone, not one that a pooler lends. */
let isOwn = false;
/** It holds the lock by which others see that this process lives. */
let isLocked = false;
let hurry = new AbortController();

async function connect(): Promise<Client> {
  const made = new Client({
    ...settings,
    application_name: "longmen lease",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: REPLY_TIMEOUT_MS,
  });
  made.on("error", () => {
    if (client !== made) return;
    client = undefined;
    // The lock is gone with it: it is taken again before anybody makes much of that.
    hurry.abort();
  });
  await made.connect();
  isLocked = false;
  const { rows } = await made.query<{ pid: number }>("select pg_backend_pid() as pid");
  isOwn = rows[0]?.pid === (made as { processID?: number | null }).processID;
  // Not behind a pooler: it would lend the session, listening or locked as it is, to others.
  if (channel !== undefined && isOwn) await listen(made, channel);
  return made;
}

async function listen(made: Client, to: string): Promise<void> {
  let isTelling = false;
  made.on("notification", () => {
    if (isTelling) return;
    isTelling = true;
    setTimeout(() => {
      isTelling = false;
      tell({ kind: "hint" });
    }, HINT_MS);
  });
  await made.query(`listen "${to}"`);
}

/** Not waited for: who looks whether it is free has it for an instant, and an older session may end late. */
async function tryLock(own: Client): Promise<boolean> {
  const { rows } = await own.query<{ locked: boolean }>(
    "select pg_try_advisory_lock(hashtextextended($1, 0)) as locked",
    [lock],
  );
  return rows[0]?.locked === true;
}

async function ask(): Promise<number | undefined> {
  try {
    client ??= await connect();
    if (isOwn && !isLocked) isLocked = await tryLock(client);
    const asked = [node, epoch, ttlMs, isLocked];
    const { rows } = await client.query<{ now_ms: string }>(text, asked);
    return rows[0] && Number(rows[0].now_ms);
  } catch (error) {
    const broken = client;
    client = undefined;
    void broken?.end().catch(() => undefined);
    throw error;
  }
}

const measureStill = (): number => monotonicMs() - (shared[2] ?? 0);

/** The main thread hears nothing meanwhile: what there is to say is said here. */
async function mayRenew(): Promise<void> {
  if (measureStill() < stillMaxMs) return;
  process.stderr.write(
    `longmen: the event loop of node ${node} has stood still for ${Math.round(measureStill())} ms; its lease is not ` +
      "renewed any more, and its runs go on elsewhere. Something computes without giving the loop back: see its stack.\n",
  );
  while (measureStill() >= stillMaxMs) await sleep(LOOK_MS);
}

let blockedMs = 0;
setInterval(() => {
  const stillMs = measureStill();
  if (stillMs >= BLOCKED_MS) blockedMs = stillMs;
  else if (blockedMs > 0) {
    tell({ kind: "blocked", blockedMs: Math.round(blockedMs) });
    blockedMs = 0;
  }
}, LOOK_MS).unref();

await renewFor(renewal, shared, new AbortController().signal, {
  ask,
  tell,
  mayRenew,
  hurry: () => {
    if (hurry.signal.aborted) hurry = new AbortController();
    return hurry.signal;
  },
});
await client?.end().catch(() => undefined);
