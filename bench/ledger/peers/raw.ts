/**
 * The limit: arrays of rows straight into the ledger's own tables, nobody deciding anything, no
 * callers waiting. `raw` writes the journal and as many balance rows as our own run wrote, which are
 * our history index; `raw-journal` leaves those out, and `raw-copy` writes that by binary copy.
 */
import { Client } from "pg";
import { fastest } from "../../callers.ts";
import { Void, type Contender, type Round } from "../../contest.ts";
import { countRows, withTables } from "../tables.ts";
import type { Workload } from "../workload.ts";
import { copyEntries, insertBatch, type Batch } from "./rows.ts";

interface Setting {
  readonly connections: number;
  readonly batch: number;
}

// Those that were best before come first: a quick run tries no others.
const SETTINGS: readonly Setting[] = [2, 4, 1].flatMap((connections) =>
  [8_000, 2_000, 20_000].map((batch) => ({ connections, batch })),
);
const PROBE_SECONDS = 0.5;

export interface RawOptions {
  readonly name: string;
  readonly url: string;
  readonly workload: Workload;
  /** Balance rows, too, as many to an entry as our own run wrote; absent: the journal alone. */
  readonly balances?: boolean;
  /** By binary copy instead of arrays. */
  readonly copied?: boolean;
}

export function rawContender(options: RawOptions): Contender {
  let setting: Setting = { connections: 2, batch: 8_000 };
  return {
    name: options.name,
    tune: async (quick) => {
      const probe = (tried: Setting) => rawRound(options, tried, PROBE_SECONDS);
      setting = await fastest(SETTINGS, quick, probe);
      return `${setting.connections} connections, batches of ${setting.batch}`;
    },
    round: (seconds, ours) => rawRound(options, setting, seconds, ours),
  };
}

async function rawRound(
  options: RawOptions,
  setting: Setting,
  seconds: number,
  ours?: Round,
): Promise<Round> {
  const schema = "bench_raw";
  return withTables(options.url, schema, async () => {
    const clients = await Promise.all(
      Array.from({ length: setting.connections }, () => connected(options.url)),
    );
    try {
      const round = await insertFor(seconds, {
        options,
        setting,
        schema,
        clients,
        balancesPerEntry: options.balances === true ? (ours?.balancesPerEntry ?? 0) : undefined,
      });
      const rows = await countRows(options.url, `${schema}.ledger_entry`);
      if (rows !== round.count) throw new Void(`raw wrote ${round.count} rows, ${rows} are there`);
      return round;
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });
}

interface Insertion {
  readonly options: RawOptions;
  readonly setting: Setting;
  readonly schema: string;
  readonly clients: readonly Client[];
  readonly balancesPerEntry: number | undefined;
}

async function insertFor(seconds: number, run: Insertion): Promise<Round> {
  let seq = 1;
  let count = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const insertUntilTheEnd = async (client: Client) => {
    while (performance.now() < endsAt) {
      const batch = nextBatch(run, seq);
      seq += batch.movements.length;
      const write = run.options.copied === true ? copyEntries : insertBatch;
      const written = await write(client, run.schema, batch);
      count += written;
    }
  };
  await Promise.all(run.clients.map(insertUntilTheEnd));
  return { count, seconds: (performance.now() - startedAt) / 1000 };
}

function nextBatch({ options, setting, balancesPerEntry }: Insertion, firstSeq: number): Batch {
  const movements = Array.from({ length: setting.batch }, options.workload.next);
  if (balancesPerEntry === undefined) return { firstSeq, movements };
  const rows = Math.round(balancesPerEntry * movements.length);
  // Spread over the accounts as a batch of chance would be; each account at most once.
  const balances = Array.from({ length: rows }, (_, at) =>
    BigInt(1 + ((at * STRIDE + firstSeq) % Math.max(options.workload.accounts, rows))),
  );
  return { firstSeq, movements, balances };
}

// A prime that divides no number of accounts in use, so that the steps visit all of them.
const STRIDE = 7_919;

async function connected(url: string): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  return client;
}
