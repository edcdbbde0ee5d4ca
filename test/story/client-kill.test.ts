import { setTimeout as pause } from "node:timers/promises";
import { type Answer, connect, LongmenProblem, OutcomeUnknown } from "longmen/client";
import { expect, test } from "vitest";
import { earned, sale } from "./client-shop.ts";
import { type HttpShop, httpShop, openRetail } from "./http-shop.ts";
import { startNode } from "./start-node.ts";

const CALLERS = 40;
/** What is not there is looked for so long. */
const LOOK_MS = 5_000;
const points = ["lane.committed", "lane.after_send", "lane.before_send"];

/** What became of a sale, as its caller knows it in the end. */
interface Told {
  readonly id: string;
  readonly wasUnknown: boolean;
  readonly status: string;
}

test.each(points)(
  "P1, P2: a server is killed -9 at %s under load, and the client settles every unknown",
  async (point) => {
    const shop = await httpShop();
    await openRetail(shop);
    const doomed = await startNode(shop, `${point}=kill@6`);
    const key = shop.adminKey;
    const client = connect({ url: doomed.url, key, deadlineMs: 60_000 });
    const book = client.book("retail");
    const first = await book.submit(sale("first", 1n));
    expect(first.status).toBe("created");
    // Its callers ask on until it has been dead for a second, however slow it was before.
    const patience = new AbortController();
    void doomed.ended.then(() => setTimeout(() => patience.abort(), 1_000));
    // Ten sales of each caller, one after another: whatever is thrown tells whether it may be done.
    const thrown = await Promise.all(
      Array.from({ length: CALLERS }, (_, caller) => sellUntilDeath(book, caller, patience.signal)),
    );
    expect(await doomed.ended).toBe("SIGKILL");
    const acknowledged = thrown.flatMap(({ answers }) => answers);
    const unknown = thrown.flatMap(({ error }) => (error instanceof OutcomeUnknown ? [error] : []));
    if (point !== "lane.before_send") expect(unknown.length).toBeGreaterThan(0);

    const port = new URL(doomed.url).port;
    const next = await startNode(shop, "", port);
    const settled = await Promise.all(unknown.map(settle));
    await expectOnce(shop, [...acknowledged, ...settled], thrown.length);
    next.end("SIGTERM");
    expect(await next.ended).toBe(0);
  },
);

type Book = ReturnType<ReturnType<typeof connect>["book"]>;

async function sellUntilDeath(book: Book, caller: number, signal: AbortSignal) {
  const answers: Told[] = [];
  for (let turn = 0; turn < 10; turn++) {
    const id = `k${caller}-${turn}`;
    try {
      const { status } = await book.submit(sale(id, 1n), { signal });
      answers.push({ id, wasUnknown: false, status });
    } catch (error) {
      // Else it is certain that nothing was done: its time was up before it was sent.
      const isCertain = error instanceof LongmenProblem || error === signal.reason;
      expect(error instanceof OutcomeUnknown || isCertain).toBe(true);
      return { answers, error };
    }
    await pause(1);
  }
  return { answers, error: undefined };
}

/** First looked up, then asked again: the two must agree. */
async function settle(error: OutcomeUnknown): Promise<Told> {
  const [found] = await error.resolve({ deadlineMs: LOOK_MS });
  const [answer] = (await error.again({ deadlineMs: 60_000 })) as readonly Answer[];
  expect(found?.state === "carried_out" ? "exists" : "created").toBe(answer?.status);
  const [posting] = error.postings;
  const id = posting !== undefined && "id" in posting ? (posting.id ?? "") : "";
  return { id, wasUnknown: true, status: answer?.status ?? "" };
}

/** Every sale that was acknowledged or settled is in the books once, and nothing else. */
async function expectOnce(shop: HttpShop, told: readonly Told[], callers: number): Promise<void> {
  const book = await shop.ledger.book("retail");
  for (const { id, status } of told) {
    expect(status, id).toMatch(/^created|exists$/);
    expect(await book.find(id), id).toMatchObject({ refused: undefined, amount: 1n });
  }
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  const total = await earned({ shop });
  expect(total).toBe(BigInt(told.length) + 1n);
  expect(callers).toBe(CALLERS);
  expect(await book.verify()).toMatchObject({ verified: true });
}
