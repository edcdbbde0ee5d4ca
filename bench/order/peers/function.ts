/**
 * One stored function to a call, which places, and another which pays: one round trip and one commit each. In its
 * favour: pipelined connections, the best number of them, no journal, the hottest row locked last.
 */
import { Client, DatabaseError } from "pg";
import { fastest, runCallers } from "../../callers.ts";
import type { Contender, Round } from "../../contest.ts";
import { onServer } from "../../servers.ts";
import { checkPeer, openPeerTables, withTables } from "../tables.ts";
import { ASSET, type Purchase } from "../workload.ts";
import type { PeerOptions } from "./by-hand.ts";

const CONNECTIONS = [8, 16, 4, 32] as const;
const PROBE_SECONDS = 1;
const SCHEMA = "bench_function";
const DEADLOCK = "40P01";

const PLACE = `create function ${SCHEMA}.place(id text, who text, cost int8, skus text[], quantities int8[],
    amounts int8[]) returns void language plpgsql as $$
  declare n int;
  begin
    insert into ${SCHEMA}.order_order (book_id, order_id, body_hash, buyer, asset, total, lines, quote_id,
        placed_at, expires_at)
      values (1, id, decode(md5(id), 'hex'), who, '${ASSET}', cost, cardinality(skus), id, now(),
        now() + interval '15 minutes');
    insert into ${SCHEMA}.order_line (book_id, order_id, line, sku, quantity, list, amount)
      select 1, id, l.n - 1, l.sku, l.quantity, l.amount, l.amount
      from unnest(skus, quantities, amounts) with ordinality as l (sku, quantity, amount, n);
    for n in 1 .. cardinality(skus) loop
      update ${SCHEMA}.stock set available = available - quantities[n], sold = sold + quantities[n]
        where sku = skus[n] and available >= quantities[n];
      if not found then raise exception 'sold out'; end if;
    end loop;
  end $$`;

const PAY = `create function ${SCHEMA}.pay(id text, payment text, who text, cost int8) returns void
  language plpgsql as $$
  begin
    update ${SCHEMA}.order_order set state = 2 where book_id = 1 and order_id = id and state = 1;
    if not found then raise exception 'not placed'; end if;
    update ${SCHEMA}.wallet set balance = balance - cost where buyer = who and balance >= cost;
    if not found then raise exception 'no money'; end if;
    insert into ${SCHEMA}.payment_part (book_id, subject, payment_id, part, means, path, amount)
      values (1, id, payment, 0, 1, 'user/' || who || '/wallet', cost);
    insert into ${SCHEMA}.order_step (book_id, order_id, version, act, state, key, body_hash, at, paid, refunded)
      values (1, id, 2, 2, 2, payment, decode(md5(payment), 'hex'), now(), cost, 0);
  end $$`;

export function functionContender(options: PeerOptions): Contender {
  let connections: number = 8;
  return {
    name: "function",
    tune: async (quick) => {
      const probe = (tried: number) => peerRound(options, tried, PROBE_SECONDS);
      connections = await fastest(CONNECTIONS, quick, probe);
      return `${connections} pipelined connections`;
    },
    round: (seconds) => peerRound(options, connections, seconds),
  };
}

async function peerRound(options: PeerOptions, size: number, seconds: number): Promise<Round> {
  const { url, callers } = options;
  const workload = options.workload();
  return withTables(url, SCHEMA, async () => {
    await openPeerTables(url, SCHEMA, workload.products);
    await onServer(url, async (client) => {
      await client.query(PLACE);
      await client.query(PAY);
    });
    const clients = Array.from({ length: size }, () => new Client(url));
    try {
      for (const client of clients) {
        await client.connect();
        Object.assign(client, { pipeline: true });
      }
      const call = async (caller: number) => {
        const client = clients[caller % size];
        if (client !== undefined) await buy(client, workload.next(caller));
        return 1;
      };
      const round = await runCallers({ callers, seconds, call });
      await checkPeer(url, SCHEMA, round.count);
      return round;
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });
}

async function buy(client: Client, purchase: Purchase): Promise<void> {
  const { id, paymentId, buyer, total, lines } = purchase;
  await again(() =>
    client.query({
      name: "place",
      text: `select ${SCHEMA}.place($1, $2, $3, $4, $5, $6)`,
      values: [
        id,
        buyer,
        total,
        lines.map(({ sku }) => sku),
        lines.map(({ quantity }) => quantity),
        lines.map(({ amount }) => amount),
      ],
    }),
  );
  await again(() =>
    client.query({
      name: "pay",
      text: `select ${SCHEMA}.pay($1, $2, $3, $4)`,
      values: [id, paymentId, buyer, total],
    }),
  );
}

async function again(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === DEADLOCK)) throw error;
    }
  }
}
