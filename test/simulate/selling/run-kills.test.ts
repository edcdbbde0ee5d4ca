/**
 * A node in a process of its own is killed at each commit of a provisioning run, of an offering and of a payout: before it
 * reached the server, in the middle of it, and with the reply on its way. Its next life goes on: the line is asked for
 * under one key and delivered once; an offering is opened, bid for and settled once, and each bid is paid once.
 */
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { openLedger } from "../../../src/ledger/index.ts";
import { matchOf } from "../../../src/order/index.ts";
import {
  COMMIT,
  isLong,
  openProxy,
  type Proxy,
  sampleOf,
  testDatabase,
  type TestDatabase,
} from "../../../src/postgres/testing.ts";
import { auditTables } from "./audit.ts";
import { startSelling } from "./node-process.ts";
import { keyFor, openProvider, wasCalled } from "./provider.ts";
import { type Deed, openSeller, PATIENT_MS } from "./selling-node.ts";
import { BOOK, MONEY, openBooks, openCatalogue, PROJECT } from "./shop.ts";
import { sellingMigrations } from "./simulate-selling.ts";

const modes = ["in the middle of", "before", "with its reply lost after"] as const;
type Mode = (typeof modes)[number];

/** More than a batch of a payout, where there is time. */
const BIDS = isLong ? 520 : 20;
const WAIT = { timeout: PATIENT_MS, interval: 50 };
const served = { offsetMs: 0, serves: true, deadlineMs: PATIENT_MS };

let opened: TestDatabase;
let count = 0;

beforeAll(async () => {
  opened = await testDatabase({ migrations: sellingMigrations, until: "caller", poolMax: 4 });
  await openProvider(opened);
  const { url, schema } = opened;
  const seller = await openSeller({ url, schema, name: "keeper", ...served });
  await openBooks(seller.book);
  await openCatalogue(seller.catalog);
  const act = (deed: Deed | "settle", command: unknown) => seller.do({ n: 1, deed, command });
  const top = { id: "top", asset: MONEY, debit: "bank", credit: "user/ann/wallet" };
  await act("post", { ...top, amount: 100_000n });
  const cap = BigInt(BIDS) * 7n;
  const offering = { id: "mill", asset: MONEY, cap, project: PROJECT };
  await act("offer", { ...offering, closesAt: Date.now() + 120_000 });
  const bids = Array.from({ length: BIDS }, (_, n) => `b${n}`);
  const bid = { offering: "mill", investor: "ann", amount: 7n };
  await Promise.all(bids.map((id) => act("bid", { id, ...bid })));
  await act("settle", "mill");
  const first = { id: "first", offering: "mill", total: 1n, from: "bank" };
  const isFunded = async () => expect(await act("payout", first)).toMatchObject({ status: "done" });
  await vi.waitFor(isFunded, { timeout: 60_000 });
  await seller.close();
}, 180_000);

afterAll(async () => {
  // Of the offering the run that waits for its close is left; whatever was killed, all others have ended.
  const { database, schema } = opened;
  const found = await auditTables(database, schema);
  expect(found.filter(({ about }) => !about.includes('"order.settle"'))).toEqual([]);
  const ledger = openLedger({ database, sweep: false });
  expect((await (await ledger.book(BOOK)).verify()).findings).toEqual([]);
  await ledger.close();
  await opened.drop();
});

function trap(proxy: Proxy, text: string, mode: Mode): Promise<void> {
  if (mode === "before") return proxy.cutBefore(text);
  return mode === "in the middle of" ? proxy.freezeAfter(text) : proxy.cutAfter(COMMIT);
}

/** A node whose name its next life has, too. */
async function doomed() {
  count += 1;
  const proxy = await openProxy(opened.url);
  const name = `doomed-${count}`;
  const { schema } = opened;
  const input = { schema, name, ...served };
  const node = await startSelling({ ...input, url: proxy.url });
  onTestFinished(() => node.kill());
  return {
    ...{ proxy, node },
    /** Killed where the trap springs; its next life is asked then, and lives until nothing is left to do. */
    died: async (sprung: Promise<void>) => {
      await sprung;
      node.kill();
      expect(await node.ended).toBe("SIGKILL");
      proxy.cutAll();
      const next = await openSeller({ ...input, url: opened.url });
      onTestFinished(() => next.close());
      return (deed: Deed | "call back" | "find" | "settle", command: unknown) =>
        next.do({ n: 1, deed, command });
    },
  };
}

async function rows(text: string): Promise<readonly Record<string, unknown>[]> {
  const { rows: found } = await opened.database.transaction((tx) => tx.query(text));
  return found;
}

const services = [
  ["later", "order.insert_step"],
  ["later", "flow.insert_event"],
  ["later", "flow.insert_step"],
  ["later", "order.insert_move"],
  ["later", "flow.end_run"],
  ["done", "flow.insert_start"],
  ["done", "flow.insert_step"],
  ["done", "test_provided"],
  ["later refused", "payment.insert_refund"],
] as const;

test.each(sampleOf(services.flatMap((row) => modes.map((mode) => [mode, ...row] as const))))(
  "P1 P5: a node that is killed %s a commit of a service (the provider says %s; %s): asked for by one key, delivered once",
  { timeout: 180_000 },
  async (mode, temper, text) => {
    const id = keyFor(temper, `k${count}`);
    const { proxy, node, died } = await doomed();
    const asked = async (deed: Deed, command: unknown) =>
      (await node.ask(deed, command, PATIENT_MS))?.answer;
    const lines = [{ sku: "HELP", quantity: 2n }];
    const quoted = (await asked("quote", { key: id, lines })) as { quote: { total: bigint } };
    const { quote } = quoted;
    await asked("place", { id, buyer: "ann", quote });
    const parts = [{ means: "cash", amount: quote.total }] as const;
    const pay = { orderId: id, paymentId: id, parts };
    const match = matchOf(BOOK, id, 0);
    const isRefused = temper === "later refused";
    const call = { match, payload: { status: isRefused ? "refused" : "done" } };
    const provided = `select key from ${opened.schema}.test_provided where order_id = '${id}'`;
    let sprung: Promise<void>;
    if (temper === "done") {
      sprung = trap(proxy, text, mode);
      void node.ask("pay", pay);
    } else {
      await asked("pay", pay);
      const waits = `select 1 from ${opened.schema}.flow_wait where match = '${match}'`;
      await expect.poll(() => rows(waits), WAIT).toHaveLength(1);
      sprung = trap(proxy, text, mode);
      void node.ask("call back", call);
    }
    const act = await died(sprung);
    // Whoever has no answer asks again; so does the provider, who calls back as it likes.
    expect(await act("pay", pay)).toMatchObject({ order: { id } });
    if (temper !== "done") {
      await act("call back", call);
      await wasCalled(opened.database, opened.schema, { order: id, line: 0, match, temper });
    }
    const state = async () => ((await act("find", id)) as { order: { state: string } }).order.state;
    await expect.poll(state, WAIT).toBe(isRefused ? "refunded" : "fulfilled");
    const left = `select run_id from ${opened.schema}.flow_live join ${opened.schema}.flow_version using (flow)
      where name = 'order.provision'`;
    await expect.poll(() => rows(left), WAIT).toEqual([]);
    expect(await rows(provided)).toHaveLength(1);
  },
);

const payouts = [
  ["its postings", (id: string) => `y/${id}/0`],
  ["its row and run", () => "order.insert_payout"],
  ["a step of its run", () => "flow.insert_step"],
  ["the end of its run", () => "flow.end_run"],
  ["postings behind the first batch", (id: string) => `y/${id}/${BIDS - 1}`],
] as const;

test.each(sampleOf(payouts.flatMap((row) => modes.map((mode) => [mode, ...row] as const))))(
  "P1 P2: a node that is killed %s %s of a payout: each bid is paid once, and all of it",
  { timeout: 180_000 },
  async (mode, _where, textOf) => {
    const id = `year-${count}`;
    const { proxy, node, died } = await doomed();
    const payout = { id, offering: "mill", total: BigInt(BIDS) * 9n + 5n, from: "bank" };
    const sprung = trap(proxy, textOf(id), mode);
    void node.ask("payout", payout);
    const act = await died(sprung);
    expect(["done", "exists"]).toContain(
      ((await act("payout", payout)) as { status: string }).status,
    );
    const paid = `select count(*)::int4 as bids, sum(amount)::int4 as total from ${opened.schema}.ledger_entry
      where id ~ '^y/${id}/[0-9]+$' and status = 0`;
    const all = { bids: BIDS, total: Number(payout.total) };
    await expect.poll(() => rows(paid), WAIT).toEqual([all]);
    const left = `select run_id from ${opened.schema}.flow_live join ${opened.schema}.flow_version using (flow)
      where name = 'order.pay_out'`;
    await expect.poll(() => rows(left), WAIT).toEqual([]);
    expect(await act("payout", payout)).toMatchObject({ status: "exists" });
  },
);

/** What is sent in commits of an offering's life; of one that fails the run begins by itself when it closes. */
const offered = [
  ["offer", "begin"],
  ["offer", "ledger.addBatch"],
  ["offer", "order.insert_offering"],
  ["offer", "flow.insert_start"],
  ["bid", "begin"],
  ["bid", "ledger.addBatch"],
  ["bid", "order.insert_bid"],
  ["cut bid", "ledger.addBatch"],
  ["cut bid", "order.insert_bid"],
  ["settle", "flow.insert_start"],
  ["settle", "/freeze"],
  ["settle", "/paid/"],
  ["settle", "/end"],
  ["settle", "flow.insert_step"],
  ["settle", "order.insert_offering_end"],
  ["settle", "flow.end_run"],
  ["close", "/freeze"],
  ["close", "/back"],
  ["close", "order.insert_offering_end"],
] as const;
/** Not sooner than a busy machine has bid. */
const CLOSES_SOON_MS = 10_000;

/** One of each deed, where there is little time; the one that waits for its close would take too much. */
const offeringRows = isLong
  ? offered.flatMap((row) => modes.map((mode) => [mode, ...row] as const))
  : ([
      ["in the middle of", "offer", "order.insert_offering"],
      ["with its reply lost after", "bid", "order.insert_bid"],
      ["before", "settle", "/paid/"],
    ] as const);

test.each(offeringRows)(
  "P1 P2 P3: a node that is killed %s a commit of an offering (%s; %s): opened, bid for and settled once",
  { timeout: 180_000 },
  async (mode, deed, text) => {
    const { proxy, node, died } = await doomed();
    const id = `off-${count}`;
    const fails = deed === "close";
    const closesAt = Date.now() + (fails ? CLOSES_SOON_MS : 3_600_000);
    const opening = { id, asset: MONEY, cap: 50n, project: PROJECT, closesAt };
    const bid = { offering: id, investor: "ann", amount: 30n };
    const acts = [
      ["offer", "offer", opening],
      ["bid", "bid", { ...bid, id: `${id}-1` }],
      ...(fails
        ? []
        : [["cut bid", "bid", { ...bid, id: `${id}-2`, allowPartial: true }] as const]),
      ...(fails ? [] : [["settle", "settle", id] as const]),
    ] as const;
    const at = fails ? acts.length : acts.findIndex(([name]) => name === deed);
    for (const [, ask, command] of acts.slice(0, at))
      expect((await node.ask(ask, command, PATIENT_MS))?.answer).toMatchObject({ status: "done" });
    const sprung = trap(proxy, text, mode);
    const killed = acts[at];
    if (killed !== undefined) void node.ask(killed[1], killed[2]);
    const act = await died(sprung);
    const statuses: unknown[] = [];
    for (const [, ask, command] of acts)
      statuses.push(((await act(ask, command)) as { status: string }).status);
    expect(statuses.slice(0, at)).toEqual(statuses.slice(0, at).map(() => "exists"));
    expect(["done", "exists", undefined]).toContain(statuses[at]);
    const of = `${opened.schema}.order_offering_end where offering_id = '${id}'`;
    const ended = () => rows(`select raised::int4, funded from ${of}`);
    const end = fails ? { raised: 30, funded: false } : { raised: 50, funded: true };
    await expect.poll(ended, WAIT).toEqual([end]);
    const paid = `select coalesce(sum(amount), 0)::int4 as paid from ${opened.schema}.ledger_entry
      where id ~ '^b/${id}-[12]/[012]/p/' and status = 0`;
    await expect.poll(() => rows(paid), WAIT).toEqual([{ paid: fails ? 0 : 50 }]);
    const granted = acts.flatMap(([, ask, command]) => (ask === "bid" ? [command] : []));
    const said = await Promise.all(granted.map((command) => act("bid", command)));
    expect(said).toMatchObject(
      [30n, 20n]
        .slice(0, said.length)
        .map((many) => ({ status: "exists", bid: { granted: many } })),
    );
  },
);
