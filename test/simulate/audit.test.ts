/** The auditor of the ledger: what really happens it takes for true, and what is told wrongly it names. */
import { expect, test } from "vitest";
import {
  type Answer,
  type Book,
  type ChainAnswer,
  ledgerMigrations,
  openLedger,
  type Request,
  type Side,
} from "../../src/ledger/index.ts";
import { postgresMigrations } from "../../src/postgres/index.ts";
import { rowsOf, testDatabase, type TestDatabase } from "../../src/postgres/testing.ts";
import { audit } from "./audit.ts";
import { LogBook } from "./log-book.ts";
import { isChain, type Posting } from "./model.ts";

const CNY = { asset: "CNY/2" } as const;
const user: Request = { kind: "open", path: "user", ...CNY, side: "credit" };
const world: readonly Posting[] = [
  { kind: "asset", ...CNY },
  { kind: "open", path: "bank", ...CNY, side: "debit", bound: "none" },
  user,
];
const sale = { id: "sale", ...CNY, debit: "bank", credit: "user", amount: 7n } as const;
const hold: Request = { ...sale, kind: "pending", id: "hold" };
const post: Request = { kind: "post", id: "post", pendingId: "hold" };

/** A book, what callers know of it, and the auditor. */
class Scene {
  readonly log = new LogBook();
  readonly book: Book;
  private readonly opened: TestDatabase;

  constructor(opened: TestDatabase, book: Book) {
    this.opened = opened;
    this.book = book;
  }

  /** Sent, and heard of no more. */
  lost(posting: Posting): void {
    this.log.begin(posting, "n1");
  }

  async done(posting: Posting): Promise<Answer | ChainAnswer> {
    return isChain(posting) ? this.book.chain(posting) : this.book.submit(posting);
  }

  async ask(posting: Posting): Promise<Answer | ChainAnswer> {
    const attempt = this.log.begin(posting, "n1");
    const answer = await this.done(posting);
    LogBook.answered(attempt, answer);
    return answer;
  }

  told(posting: Posting, answer: Answer | ChainAnswer): void {
    LogBook.answered(this.log.begin(posting, "n2"), answer);
  }

  failed(posting: Posting, error: unknown): void {
    LogBook.failed(this.log.begin(posting, "n2"), error);
  }

  async sql(text: string): Promise<void> {
    await rowsOf(this.opened, text);
  }

  async findings(): Promise<readonly string[]> {
    const { database } = this.opened;
    const { findings } = await audit(database, this.book, this.log.attempts);
    return findings.map(({ message }) => message);
  }
}

async function scene(play: (it: Scene) => Promise<void>): Promise<readonly string[]> {
  const opened = await testDatabase({ migrations: [postgresMigrations, ledgerMigrations] });
  const ledger = openLedger({ database: opened.database, sweep: false });
  const it = new Scene(opened, await ledger.createBook("simulate"));
  for (const posting of world) await it.ask(posting);
  await play(it);
  await ledger.close();
  return it.findings();
}

const other = (request: Request, field: object) => ({ ...request, ...field }) as Request;

const wrongBefore: readonly (readonly [string, Request, Request, readonly Request[]])[] = [
  ["a transfer", sale, other(sale, { timeoutMs: 5 }), []],
  ["a transfer", sale, other(sale, { pendingId: "hold" }), []],
  ["a hold", hold, other(hold, { pendingId: "hold" }), []],
  ["a post", post, other(post, { timeoutMs: 5 }), [hold]],
  ["a bound", bound(9n), other(bound(9n), { bound: undefined }), []],
];

function bound(of: bigint): Request {
  return { kind: "bound", id: "bound", path: "user", ...CNY, bound: of };
}

test.each(wrongBefore)(
  "%s is taken for the way in which it was done, whatever was sent under its id before",
  async (_what, right, wrong, before) => {
    const findings = await scene(async (it) => {
      for (const each of before) await it.ask(each);
      it.lost(wrong);
      await it.ask(right);
    });
    expect(findings).toEqual([]);
  },
);

const tax = (id: string, side: Side): Request => ({ kind: "open", id, path: "tax", ...CNY, side });

test("a chain may be refused for what it opened itself, though nobody opens that afterwards", async () => {
  const findings = await scene(async (it) => {
    const requests = [tax("a", "credit"), tax("b", "debit")];
    const answer = await it.ask({ chain: "both", requests });
    expect(answer).toMatchObject({ code: "ledger.account_exists_with_different_side", index: 1 });
  });
  expect(findings).toEqual([]);
});

test("two ways to say all of a hold are one request", async () => {
  const findings = await scene(async (it) => {
    await it.ask(hold);
    await it.ask(post);
    expect(await it.ask(other(post, { amount: 7n }))).toMatchObject({ status: "exists" });
  });
  expect(findings).toEqual([]);
});

const lies: readonly (readonly [string, RegExp, (it: Scene) => Promise<void>])[] = [
  [
    "something else is told as done",
    /though something else is \(P2\)/,
    async (it) => {
      await it.ask(sale);
      const answer = await it.done(sale);
      it.told(other(sale, { amount: 8n }), answer);
    },
  ],
  [
    "a post of another amount is told as done",
    /though something else is \(P2\)/,
    async (it) => {
      await it.ask(hold);
      await it.ask(post);
      it.told(other(post, { amount: 6n }), await it.done(post));
    },
  ],
  [
    "a member is told as done in another chain",
    /in another chain \(P2\)/,
    async (it) => {
      await it.ask({ chain: "one", requests: [sale] });
      const answer = await it.done({ chain: "one", requests: [sale] });
      it.told({ chain: "two", requests: [sale] }, answer);
    },
  ],
  [
    "an account is told as opened, and stands on the other side",
    /though something else is \(P2\)/,
    async (it) => it.told(other(user, { side: "debit" }), await it.done(user)),
  ],
  [
    "what is done is refused for a reason that another has",
    /nothing speaks for that/,
    async (it) => {
      await it.ask(other(sale, { id: "same", debit: "user" }));
      it.lost(sale);
      await it.done(sale);
      const same = other(sale, { id: "next", debit: "user" });
      it.told(same, await it.done(same));
      it.told(sale, { status: "refused", code: "ledger.accounts_must_differ" });
    },
  ],
  [
    "a hold of the last batch is overdue, and the batch says that none is",
    /swept until .*, but the hold hold was due before/,
    async (it) => {
      await it.ask(other(hold, { timeoutMs: 1_000 }));
      await it.sql(
        "update {schema}.ledger_batch set swept_until = swept_until + interval '2 seconds'",
      );
    },
  ],
  [
    "something breaks that is no trouble",
    /n2 threw TypeError/,
    async (it) => it.failed(sale, new TypeError("x is not a function")),
  ],
];

test.each(lies)("where %s, the auditor says so", async (_what, says, play) => {
  expect((await scene(play)).join("\n")).toMatch(says);
});
