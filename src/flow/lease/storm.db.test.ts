/** Many who want one lease, from several nodes, watched by an auditor who believes none of them. */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Database } from "../../postgres/index.ts";
import type { Held, Leases } from "../index.ts";
import { anotherNode, behind, leaseDatabase } from "../testing/leases.ts";

/** A small generator with a seed: the order of what happens is the machine's, the choices are not. */
function chooser(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Looking and getting into line take a commit, on a machine that is busy with all of this. */
const SAME_TIME_MS = 1_000;
/** Of the longest wait for an answer that there was meanwhile: a machine that stood still is no line. */
const ANSWERS = 4;

interface Node {
  readonly leases: Leases;
  readonly database: Database;
}

async function fiveNodes() {
  const seed = randomInt(2 ** 31);
  const opened = await leaseDatabase();
  await behind(
    opened,
    `create table {schema}.test_audit (inside int, last_token int8, entries int)`,
  );
  await behind(opened, `insert into {schema}.test_audit values (0, 0, 0)`);
  const nodes: Node[] = [];
  for (let n = 0; n < 5; n++) nodes.push(await anotherNode(opened, `node-${n}`));
  onTestFinished(({ task }) => {
    if (task.result?.state === "fail") process.stderr.write(`seed ${seed}\n`);
  });
  return { opened, nodes, seed };
}

/** Goes in and out past the auditor, each in a transaction under the lease. */
async function passAuditor({ leases, database }: Node, held: Held, insideMs: number) {
  const audit = `${database.schema}.test_audit`;
  const entered = await database.transaction(async (tx) => {
    await leases.check(tx, held);
    return tx.query(
      `update ${audit} set inside = inside + 1, last_token = $1, entries = entries + 1
       where inside = 0 and last_token < $1`,
      [held.token.toString()],
    );
  });
  expect(entered.count, `token ${held.token} met somebody inside`).toBe(1);
  if (insideMs > 0) await sleep(insideMs);
  await database.transaction(async (tx) => {
    await leases.check(tx, held);
    await tx.query(`update ${audit} set inside = inside - 1`);
  });
}

interface Ask {
  readonly at: number;
  /** How many had been served before. */
  turn: number;
}

/** The longest that anybody waited for an answer while the work was going on. */
async function slowest(nodes: readonly Node[], isOver: () => boolean): Promise<number> {
  const PAUSE_MS = 50;
  const waited = nodes.map(async ({ database }) => {
    let worstMs = 0;
    while (!isOver()) {
      const since = performance.now();
      await database.transaction((tx) => tx.query("select 1"));
      await sleep(PAUSE_MS);
      worstMs = Math.max(worstMs, performance.now() - since - PAUSE_MS);
    }
    return worstMs;
  });
  return Math.max(...(await Promise.all(waited)));
}

/** How many at most came so much later than another and were served before. */
const overtakenMost = (asked: readonly Ask[], laterMs: number): number =>
  Math.max(
    ...asked.map((one) => {
      const before = ({ at, turn }: Ask) => at > one.at + laterMs && turn < one.turn;
      return asked.filter(before).length;
    }),
  );

test("fifty contenders: one inside at a time, tokens grow, everybody has their turn", async () => {
  const { opened, nodes, seed } = await fiveNodes();
  const random = chooser(seed);
  const asked: Ask[] = [];
  const turns: { contender: number; token: bigint }[] = [];
  let running = true;
  const contend = async (contender: number): Promise<void> => {
    const node = nodes[contender % nodes.length];
    if (node === undefined) throw new Error("there is no such node");
    while (running) {
      const mine: Ask = { at: performance.now(), turn: Infinity };
      asked.push(mine);
      const held = await node.leases.take("hot", { ttlMs: 60_000, waitMs: 60_000 });
      if (held === undefined) throw new Error(`contender ${contender} waited in vain`);
      mine.turn = turns.length;
      turns.push({ contender, token: held.token });
      await passAuditor(node, held, random() < 0.3 ? 3 : 0);
      expect(await held.release()).toBe(true);
    }
  };
  const contenders = Array.from({ length: 50 }, (_, n) => contend(n));
  const passersBy = nodes.map(async ({ leases }) => {
    while (running) {
      const gone = new AbortController();
      const waitMs = random() < 0.5 ? 0 : 200;
      const took = leases.take("hot", { ttlMs: 60_000, waitMs, signal: gone.signal });
      const timer = setTimeout(() => gone.abort(new Error("changed my mind")), random() * 150);
      await took.then((held) => held?.release()).catch(() => undefined);
      clearTimeout(timer);
      await sleep(random() * 100);
    }
  });
  const watching = slowest(nodes, () => !running);
  await expect.poll(() => turns.length, { timeout: 100_000 }).toBeGreaterThan(200);
  running = false;
  await Promise.all([...contenders, ...passersBy]);
  const tokens = turns.map(({ token }) => token);
  expect(tokens).toEqual(tokens.toSorted((one, other) => (one < other ? -1 : 1)));
  expect(new Set(tokens).size).toBe(tokens.length);
  const [audit] = await behind(opened, "select inside, entries from {schema}.test_audit");
  expect(audit).toEqual({ inside: 0, entries: turns.length });
  // First come first served, but for those who came before the others were in line.
  const each = Array.from(
    { length: 50 },
    (_, n) => turns.filter(({ contender }) => contender === n).length,
  );
  const overtaken = overtakenMost(asked, SAME_TIME_MS + ANSWERS * (await watching));
  expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(3);
  expect(overtaken).toBeLessThanOrEqual(2);
}, 150_000);

test("holders that vanish, are broken or let go: the auditor never meets two", async () => {
  const { opened, nodes, seed } = await fiveNodes();
  const random = chooser(seed);
  let entered = 0;
  let fenced = 0;
  let running = true;
  const contend = async (contender: number): Promise<void> => {
    const node = nodes[contender % nodes.length];
    if (node === undefined) throw new Error("there is no such node");
    while (running) {
      const held = await node.leases.take("hot", { ttlMs: 700, waitMs: 20_000 });
      if (held === undefined) continue;
      const fate = random();
      // As if its process had been stopped: its row runs out behind its back, and it goes on.
      if (fate < 0.2) {
        await behind(opened, `update {schema}.flow_lease set lease_until = clock_timestamp()`);
        await sleep(random() * 100);
      } else if (fate < 0.4) {
        await node.leases.breakLease("hot", { by: "auditor" }).catch(() => undefined);
      }
      try {
        await node.database.transaction(async (tx) => {
          await node.leases.check(tx, held);
          const { count } = await tx.query(
            `update ${node.database.schema}.test_audit
             set inside = 0, last_token = $1, entries = entries + 1 where last_token < $1`,
            [held.token.toString()],
          );
          expect(count, `token ${held.token} came after a greater one`).toBe(1);
        });
        entered += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: "flow.lease_lost" });
        fenced += 1;
      }
      await held.release();
    }
  };
  const contenders = Array.from({ length: 20 }, (_, n) => contend(n));
  await expect.poll(() => Math.min(fenced, entered), { timeout: 100_000 }).toBeGreaterThan(15);
  running = false;
  await Promise.all(contenders);
  const [audit] = await behind(opened, "select entries from {schema}.test_audit");
  expect(audit).toEqual({ entries: entered });
}, 150_000);
