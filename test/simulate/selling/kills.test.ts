/**
 * A node in a process of its own is killed at each statement of an act's commit: before it reached the server, in the
 * middle of it, and with the reply on its way. Then a fresh node is asked the same.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  COMMIT,
  isLong,
  openProxy,
  testDatabase,
  type TestDatabase,
} from "../../../src/postgres/testing.ts";
import { openLedger } from "../../../src/ledger/index.ts";
import type { Said } from "./ask-log.ts";
import { auditEvents } from "./audit-events.ts";
import { auditTables } from "./audit.ts";
import { startSelling } from "./node-process.ts";
import { openProvider } from "./provider.ts";
import { type Order, openSeller, PATIENT_MS } from "./selling-node.ts";
import { BOOK, openBooks, openCatalogue } from "./shop.ts";
import { sellingMigrations } from "./simulate-selling.ts";
import { troubledDatabase, type TroubledDatabase } from "./troubled-database.ts";
import { toLine } from "./wire.ts";

type Deed = Order["deed"];

/** What is sent in the commit of each act, in that order. */
const statements = {
  quote: ["begin", "catalog.insert_quote", COMMIT],
  place: ["begin", "ledger.addBatch", "order.insert_order", COMMIT],
  pay: ["begin", "ledger.addBatch", "payment.insert_part", "order.insert_step", COMMIT],
  cancel: ["begin", "ledger.addBatch", "order.insert_step", COMMIT],
  expire: ["begin", "ledger.addBatch", "order.insert_step", COMMIT],
  fulfil: ["begin", "ledger.addBatch", "order.insert_step", "order.insert_move", COMMIT],
  refund: [
    ...["begin", "ledger.addBatch", "payment.insert_refund"],
    ...["order.insert_step", "order.insert_move", COMMIT],
  ],
  close: ["begin", "ledger.addBatch", "order.insert_step", COMMIT],
  import: ["begin", "rules.insert_set", "rules.insert_version", "rules.insert_event", COMMIT],
  live: ["begin", "rules.change_set", "rules.change_version", "rules.insert_event", COMMIT],
} as const;
type Killed = keyof typeof statements;

const acts = Object.keys(statements) as Killed[];
const modes = ["before", "within", "its reply lost after"] as const;
const AHEAD_MS = 70_000;
const patient = { deadlineMs: PATIENT_MS };

let opened: TestDatabase;
let world: TroubledDatabase;
/** Orders judge by the database's clock, and nodes go with it. */
let aheadMs = 0;
let count = 0;

beforeAll(async () => {
  opened = await testDatabase({ migrations: sellingMigrations, until: "caller", poolMax: 4 });
  await openProvider(opened);
  world = await troubledDatabase(opened.database, opened.url, opened.schema);
  const { url, schema } = opened;
  const seller = await openSeller({ url, schema, name: "keeper", offsetMs: 0, ...patient });
  await openBooks(seller.book);
  await openCatalogue(seller.catalog);
  const post = { id: "d1", asset: "SKU:CUP/0", debit: "shop/supplier", credit: "shop/stock" };
  await seller.do({ n: 1, deed: "post", command: { ...post, amount: 1_000n } });
  await seller.close();
});
afterAll(async () => {
  // Whatever was killed: the tables and the books are as the auditor wants them.
  expect(await auditTables(opened.database, opened.schema)).toEqual([]);
  expect(await auditEvents(opened.database, opened.schema)).toEqual([]);
  const ledger = openLedger({ database: opened.database, sweep: false });
  expect((await (await ledger.book(BOOK)).verify()).findings).toEqual([]);
  await ledger.close();
  await opened.drop();
});

type Do = (deed: Deed, command: unknown) => Promise<unknown>;

/** A node that nobody kills. */
async function withNode<Result>(work: (act: Do) => Promise<Result>) {
  const { schema } = opened;
  const life = { name: "fresh", offsetMs: aheadMs, ...patient };
  const seller = await openSeller({ url: world.url, schema, ...life });
  try {
    return await work((deed, command) => seller.do({ n: 1, deed, command }));
  } finally {
    await seller.close();
  }
}

/** What is asked under a new key, when all before it is done. */
async function commandFor(deed: Killed, act: Do): Promise<unknown> {
  count += 1;
  const id = `k${count}`;
  const asked = { key: id, lines: [{ sku: "CUP", quantity: 3n }] };
  if (deed === "quote") return asked;
  if (deed === "import" || deed === "live") return ruleFor(deed, id, act);
  const { quote } = (await act("quote", asked)) as { quote: { total: bigint } };
  const place = { id, buyer: "ann", quote };
  if (deed === "place") return place;
  await act("place", place);
  if (deed === "cancel" || deed === "expire") return { orderId: id };
  const parts = [
    { means: "cash", amount: 50n },
    { means: "company", company: "acme", amount: quote.total - 50n },
  ];
  const pay = { orderId: id, paymentId: id, parts };
  if (deed === "pay") return pay;
  await act("pay", pay);
  const some = [{ line: 0, quantity: 1n }];
  if (deed === "fulfil") return { orderId: id, fulfilmentId: id, lines: some };
  if (deed === "refund") {
    return { orderId: id, refundId: id, goodwill: 7n, lines: [{ ...some[0], goods: "due" }] };
  }
  await act("fulfil", { orderId: id, fulfilmentId: id });
  return { orderId: id };
}

async function ruleFor(deed: "import" | "live", name: string, act: Do): Promise<unknown> {
  const node = (id: string, type: string, content: unknown = {}) => ({
    id,
    name: id,
    type,
    content,
  });
  const table = {
    hitPolicy: "first",
    inputs: [{ id: "i", name: "tier", field: "tier" }],
    outputs: [{ id: "o", name: "price", field: "price" }],
    rules: [{ _id: "r", i: "", o: "100" }],
  };
  const jdm = JSON.stringify({
    nodes: [
      node("in", "inputNode"),
      node("t", "decisionTableNode", table),
      node("out", "outputNode"),
    ],
    edges: ["in", "t"].map((from, at) => {
      return { id: from, type: "edge", sourceId: from, targetId: ["t", "out"][at] };
    }),
  });
  const tests = [{ name: "one", input: { tier: name }, output: { price: 100 } }];
  const asked = { name, jdm, tests };
  if (deed === "import") return asked;
  await act("import", asked);
  await act("agree", name);
  return name;
}

/** One node dies there. */
async function die(deed: Killed, command: unknown, text: string, mode: (typeof modes)[number]) {
  const proxy = await openProxy(world.url);
  if (deed === "expire") await world.setAhead((aheadMs += AHEAD_MS));
  const { schema } = opened;
  const input = { url: proxy.url, schema, name: "doomed", offsetMs: aheadMs, ...patient };
  const node = await startSelling(input);
  onTestFinished(() => node.kill());
  const there =
    mode === "before"
      ? proxy.cutBefore(text)
      : mode === "within"
        ? proxy.freezeAfter(text)
        : proxy.cutAfter(text);
  const told = node.ask(deed, command);
  await there;
  node.kill();
  expect(await node.ended).toBe("SIGKILL");
  proxy.cutAll();
  expect(await told).toBeUndefined();
}

const key = (deed: Killed, command: unknown): string =>
  deed === "import" || deed === "live"
    ? ((command as { name?: string }).name ?? String(command))
    : ((command as { orderId?: string; id?: string }).orderId ?? (command as { id: string }).id);

/** Asked twice again: it is done once, and both hear the same. */
async function askAgain(deed: Killed, command: unknown): Promise<void> {
  await withNode(async (act) => {
    const first = (await act(deed, command)) as Said;
    const second = (await act(deed, command)) as Said;
    if (deed === "expire") {
      const view = (await act("find", key(deed, command))) as { order: Said["order"] };
      expect(view.order).toMatchObject({ state: "expired", version: 2 });
    } else if (deed === "import" || deed === "live") {
      expect(toLine(second)).toBe(toLine(first));
      const what = deed === "import" ? "imported" : "live";
      const events = (await act("events", key(deed, command))) as { what: string }[];
      expect(events.filter((event) => event.what === what)).toHaveLength(1);
    } else {
      expect(["done", "created", "exists"]).toContain(first.status);
      expect(toLine(second)).toBe(toLine({ ...first, status: "exists" }));
    }
  });
}

const rows = modes.flatMap((mode) => acts.map((deed) => [mode, deed] as const));
const first = [
  ["its reply lost after", "pay"],
  ["its reply lost after", "expire"],
] as const;

test.each(isLong ? rows : first)(
  "P1 P2: a node that is killed with %s each statement of %s: done once or not at all, and the repeat is answered the same",
  { timeout: 170_000 },
  async (mode, deed) => {
    const texts = mode === "its reply lost after" ? [COMMIT] : statements[deed];
    expect.hasAssertions();
    for (const text of texts) {
      const command = await withNode((act) => commandFor(deed, act));
      await die(deed, command, text, mode);
      await askAgain(deed, command);
    }
  },
);
