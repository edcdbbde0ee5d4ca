/**
 * One round: nodes in processes of their own sell from one book while they are killed, cut off, lied to about the
 * time, and their database crashes; callers repeat what they have no answer to. Then everybody gets an answer, and
 * the auditor looks.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { catalogMigrations } from "../../../src/catalog/index.ts";
import { flowMigrations } from "../../../src/flow/index.ts";
import { ledgerMigrations, openLedger } from "../../../src/ledger/index.ts";
import { orderMigrations } from "../../../src/order/index.ts";
import { paymentMigrations } from "../../../src/payment/index.ts";
import {
  type Database,
  migrate,
  openDatabase,
  postgresMigrations,
} from "../../../src/postgres/index.ts";
import { rulesMigrations } from "../../../src/rules/index.ts";
import { Random } from "../random.ts";
import { AskLog } from "./ask-log.ts";
import { auditAnswers } from "./audit-answers.ts";
import { auditBy, type Finding, inSnapshot } from "./audit.ts";
import { auditEvents } from "./audit-events.ts";
import { Callers } from "./callers.ts";
import { SellingNodes } from "./nodes.ts";
import { JUMP_MS, JUMPS_MAX, openProvider } from "./provider.ts";
import { openSeller, PATIENT_MS } from "./selling-node.ts";
import { settle } from "./settle.ts";
import { BOOK, openBooks, openCatalogue } from "./shop.ts";
import { troubledDatabase, type TroubledDatabase } from "./troubled-database.ts";

export interface SellingOptions {
  readonly seed: number;
  readonly url: string;
  readonly schema: string;
  readonly durationMs: number;
  readonly nodes?: number;
  readonly callers?: number;
}

export interface SellingReport {
  readonly seed: number;
  readonly findings: readonly Finding[];
  /** How often each kind of trouble came. */
  readonly troubles: Readonly<Record<string, number>>;
  /** What came of runs: lines that a provider was asked for, bids that stand, payouts that are over. */
  readonly runs: Readonly<Record<"services" | "bids" | "payouts", number>>;
  /** Orders by how they stand, and acts by what was said. */
  readonly orders: Readonly<Record<string, number>>;
  readonly answers: Readonly<Record<string, number>>;
}

const PAUSE_MS = 250;

export const sellingMigrations = [
  ...[postgresMigrations, ledgerMigrations, flowMigrations, paymentMigrations],
  ...[rulesMigrations, catalogMigrations, orderMigrations],
];

export async function simulateSelling(options: SellingOptions): Promise<SellingReport> {
  const { url, schema, seed, durationMs, nodes: count = 2, callers: many = 16 } = options;
  const random = new Random(seed);
  const database = await openDatabase({ url, schema, poolMax: 3 });
  try {
    await migrate(database, sellingMigrations);
    await openProvider({ database, schema });
    await openShop(url, schema);
    const world = await troubledDatabase(database, url, schema);
    const log = new AskLog();
    const nodes = new SellingNodes({ url: world.url, schema, random: random.fork(), count });
    const callers = new Callers({ random: random.fork(), log, nodes, many, database, schema });
    const troubling = { random: random.fork(), nodes, world, durationMs };
    const troubles = await live(troubling, callers, { log, database }).finally(() => nodes.kill());
    await world.setAhead(0);
    const findings = await audit(database, schema, log);
    const wrong = log.wrong.map((about) => ({ check: "nothing strange", about }));
    const counted = await counts(database, schema, log);
    return { seed, findings: [...findings, ...wrong], troubles, ...counted };
  } finally {
    await database.close();
  }
}

async function live(
  troubling: Omit<Troubling, "isOver"> & { readonly durationMs: number },
  callers: Callers,
  { log, database }: { readonly log: AskLog; readonly database: Database },
) {
  const { nodes, world } = troubling;
  await nodes.start();
  let isOver = false;
  const round = async () => {
    await sleep(troubling.durationMs);
    // On a busy machine little has happened by then.
    const until = Date.now() + MORE_MAX_MS;
    while (!(await isEnough(database, log)) && Date.now() < until) await sleep(LOOK_MS);
    isOver = true;
  };
  const [troubles] = await Promise.all([
    makeTrouble({ ...troubling, isOver: () => isOver }),
    callers.until(() => isOver),
    round(),
  ]);
  log.wrong.push(...(await nodes.end()));
  await settle({ world, log, callers, nodes, database });
  log.wrong.push(...(await nodes.end()));
  return troubles;
}

/** How much longer a round may last that has still too little to tell of. */
const MORE_MAX_MS = 60_000;
const LOOK_MS = 500;

async function isEnough(database: Database, log: AskLog): Promise<boolean> {
  // The server may just have crashed.
  const counted = await counts(database, database.schema, log).catch(() => undefined);
  if (counted === undefined) return false;
  const { fulfilled = 0, refunded = 0, cancelled = 0, placed = 0, expired = 0 } = counted.orders;
  const { services, bids, payouts } = counted.runs;
  // Whoever waits now has waited in vain at the end.
  const ends = Math.min(fulfilled, refunded, cancelled, placed + expired);
  return Math.min(ends, services, bids, payouts) > 0;
}

/** By a node that meets no trouble. */
async function openShop(url: string, schema: string): Promise<void> {
  const seller = await openSeller({
    url,
    schema,
    name: "keeper",
    offsetMs: 0,
    deadlineMs: PATIENT_MS,
  });
  await openBooks(seller.book);
  await openCatalogue(seller.catalog);
  await seller.close();
}

interface Troubling {
  readonly random: Random;
  readonly nodes: SellingNodes;
  readonly world: TroubledDatabase;
  readonly isOver: () => boolean;
}

const kinds = [
  ...["kill", "doom", "lost reply", "lost request", "cut", "clock step"],
  ...["jump", "end", "sessions", "crash", "lost reply", "kill"],
] as const;
type Kind = (typeof kinds)[number];

/** Goes through all kinds in turn, in an order of its own each time. */
async function makeTrouble({ random, nodes, world, isOver }: Troubling) {
  const troubles: Record<string, number> = {};
  // However short a round is, a node is killed in it.
  let left: Kind[] = ["kill"];
  let ahead = 0;
  while (!isOver()) {
    await sleep(random.int(PAUSE_MS / 2, PAUSE_MS * 3));
    if (left.length === 0) left = [...kinds];
    const [kind = "cut"] = left.splice(random.int(0, left.length - 1), 1);
    if (kind === "jump" && ahead >= JUMPS_MAX * JUMP_MS) continue;
    troubles[kind] = (troubles[kind] ?? 0) + 1;
    if (kind === "jump") {
      ahead += JUMP_MS;
      await nodes.whileJumping(async () => {
        if (random.chance(0.5)) await world.setAhead(ahead);
        await nodes.jump(JUMP_MS);
        await world.setAhead(ahead);
      });
    } else if (kind === "crash") await world.crash();
    else if (kind === "sessions") await world.endSessions();
    else await nodes.trouble(kind);
    await nodes.replaceGone();
  }
  return troubles;
}

async function audit(database: Database, schema: string, log: AskLog): Promise<Finding[]> {
  const findings = await inSnapshot(database, schema, async (ask) => [
    ...(await auditBy(ask)),
    ...(await auditAnswers(ask, log)),
  ]);
  const ledger = openLedger({ database, sweep: false });
  const book = await ledger.book(BOOK);
  const { findings: found } = await book.verify();
  await ledger.close();
  const books = found.map(({ invariant, message }) => ({
    check: `verify: ${invariant}`,
    about: message,
  }));
  return [...findings, ...books, ...(await auditEvents(database, schema))];
}

async function counts(database: Database, schema: string, log: AskLog) {
  const [book] = [BOOK];
  const orders: Record<string, number> = {};
  const runs = { services: 0, bids: 0, payouts: 0 };
  await inSnapshot(database, schema, async (ask) => {
    const [row] = await ask(`select book_id from ledger_book where name = '${book}'`);
    const rows = await ask(`select coalesce((select state from order_step as step
        where step.book_id = placed.book_id and step.order_id = placed.order_id
        order by version desc limit 1), 1) as state, count(*)::int4 as many
      from order_order as placed where book_id = ${Number(row?.["book_id"])} group by 1`);
    for (const { state, many } of rows) orders[stateNames[Number(state) - 1] ?? ""] = Number(many);
    const [many] = await ask(`select (select count(*)::int4 from test_provided) as services,
      (select count(*)::int4 from order_bid) as bids,
      (select count(*)::int4 from order_payout_end where paid > 0) as payouts`);
    runs.services = Number(many?.["services"]);
    runs.bids = Number(many?.["bids"]);
    runs.payouts = Number(many?.["payouts"]);
  });
  const answers: Record<string, number> = {};
  for (const { deed, attempts } of log.acts.values()) {
    for (const { said } of attempts) {
      const word = `${deed} ${said === undefined ? "silence" : (said.code ?? said.status)}`;
      answers[word] = (answers[word] ?? 0) + 1;
    }
  }
  return { orders, answers, runs };
}

const stateNames = [
  ...["placed", "paid", "fulfilling", "fulfilled"],
  ...["refunded", "cancelled", "expired", "closed"],
];
