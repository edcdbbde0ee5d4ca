/**
 * Statements as teams write them: a transaction that inserts the order, takes each line off the shelf where there
 * is enough, inserts the lines; then one that pays. In its favour: prepared statements, one for all lines' rows,
 * the hottest row locked last, no journal, and the best pool of 5 to 40.
 */
import { DatabaseError, Pool, type PoolClient } from "pg";
import { fastest, runCallers } from "../../callers.ts";
import { Void, type Contender, type Round } from "../../contest.ts";
import { checkPeer, openPeerTables, withTables } from "../tables.ts";
import { ASSET, type Purchase, type Workload } from "../workload.ts";

const POOLS = [10, 20, 40, 5] as const;
const PROBE_SECONDS = 1;
const PROBE_CALLERS = 200;
const SCHEMA = "bench_by_hand";
const DEADLOCK = "40P01";

export interface PeerOptions {
  readonly url: string;
  readonly callers: number;
  readonly workload: () => Workload;
}

export function byHandContender(options: PeerOptions): Contender {
  let pool: number = 20;
  return {
    name: "by-hand",
    tune: async (quick) => {
      const few = { ...options, callers: PROBE_CALLERS };
      pool = await fastest(POOLS, quick, (tried) => peerRound(few, tried, PROBE_SECONDS));
      return `pool of ${pool}`;
    },
    round: (seconds) => peerRound(options, pool, seconds),
  };
}

async function peerRound(options: PeerOptions, size: number, seconds: number): Promise<Round> {
  const { url, callers } = options;
  const workload = options.workload();
  return withTables(url, SCHEMA, async () => {
    await openPeerTables(url, SCHEMA, workload.products);
    const pool = new Pool({ connectionString: url, max: size });
    try {
      const call = (caller: number) => buy(pool, workload.next(caller));
      const round = await runCallers({ callers, seconds, call });
      await checkPeer(url, SCHEMA, round.count);
      return round;
    } finally {
      await pool.end();
    }
  });
}

async function buy(pool: Pool, purchase: Purchase): Promise<number> {
  await inTransaction(pool, (client) => place(client, purchase));
  await inTransaction(pool, (client) => pay(client, purchase));
  return 1;
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>) {
  for (;;) {
    const client = await pool.connect();
    try {
      await client.query("begin");
      await work(client);
      await client.query("commit");
      return;
    } catch (error) {
      await client.query("rollback");
      if (!(error instanceof DatabaseError && error.code === DEADLOCK)) throw error;
    } finally {
      client.release();
    }
  }
}

async function place(client: PoolClient, { id, buyer, total, lines }: Purchase): Promise<void> {
  await client.query({
    name: "order",
    text: `insert into ${SCHEMA}.order_order (book_id, order_id, body_hash, buyer, asset, total, lines, quote_id,
        placed_at, expires_at)
      values (1, $1, decode(md5($1), 'hex'), $2, '${ASSET}', $3, $4, $1, now(), now() + interval '15 minutes')`,
    values: [id, buyer, total, lines.length],
  });
  await client.query({
    name: "lines",
    text: `insert into ${SCHEMA}.order_line (book_id, order_id, line, sku, quantity, list, amount)
      select 1, $1, n - 1, sku, quantity, amount, amount
      from unnest($2::text[], $3::int8[], $4::int8[]) with ordinality as l (sku, quantity, amount, n)`,
    values: [
      id,
      lines.map(({ sku }) => sku),
      lines.map(({ quantity }) => quantity),
      lines.map(({ amount }) => amount),
    ],
  });
  for (const { sku, quantity } of lines) {
    const { rowCount } = await client.query({
      name: "take",
      text: `update ${SCHEMA}.stock set available = available - $2, sold = sold + $2
        where sku = $1 and available >= $2`,
      values: [sku, quantity],
    });
    if (rowCount !== 1) throw new Void("by-hand: sold out");
  }
}

async function pay(client: PoolClient, purchase: Purchase): Promise<void> {
  const { id, paymentId, buyer, total } = purchase;
  const paid = await client.query({
    name: "pay",
    text: `update ${SCHEMA}.order_order set state = 2 where book_id = 1 and order_id = $1 and state = 1`,
    values: [id],
  });
  const taken = await client.query({
    name: "wallet",
    text: `update ${SCHEMA}.wallet set balance = balance - $2 where buyer = $1 and balance >= $2`,
    values: [buyer, total],
  });
  if (paid.rowCount !== 1 || taken.rowCount !== 1) throw new Void("by-hand: it was not paid");
  await client.query({
    name: "part",
    text: `insert into ${SCHEMA}.payment_part (book_id, subject, payment_id, part, means, path, amount)
      values (1, $1, $2, 0, 1, 'user/' || $3::text || '/wallet', $4)`,
    values: [id, paymentId, buyer, total],
  });
  await client.query({
    name: "step",
    text: `insert into ${SCHEMA}.order_step (book_id, order_id, version, act, state, key, body_hash, at, paid, refunded)
      values (1, $1, 2, 2, 2, $2, decode(md5($2), 'hex'), now(), $3, 0)`,
    values: [id, paymentId, total],
  });
}
