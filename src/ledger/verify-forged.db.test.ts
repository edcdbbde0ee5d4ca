import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "./book.ts";
import { head } from "./head.ts";
import { randomBook, type RandomBook } from "./testing/random-book.ts";
import { verifyAfter } from "./testing/tamper.ts";

/**
 * A forger who also computes the hash chain anew: the content alone must tell. Each case edits the
 * book of one seed inside a transaction that is rolled back.
 */
let made: RandomBook;

beforeAll(async () => {
  made = await randomBook({ seed: 11, rounds: 100, until: "caller" });
});

afterAll(async () => {
  await made.close();
  await made.test.drop();
});

type Row = Record<string, unknown>;

async function one(text: string): Promise<Row> {
  const { database, schema } = made.test;
  const asked = text.replaceAll("@", `${schema}.`);
  const [row] = (await database.transaction((tx) => tx.query(asked))).rows;
  if (row === undefined) throw new Error(`the book of this seed has no such row: ${text}`);
  return row;
}

interface Case {
  readonly title: string;
  /** Selects the row to edit, with its columns as `:name` in the edits. */
  readonly pick: string;
  readonly edits: readonly string[];
  readonly invariant: string;
  /** The finding must name this entry. */
  readonly names?: string;
  readonly message?: RegExp;
}

const alone = `(select count(*) from @ledger_entry o join @ledger_batch b
   on o.seq > b.prev_seq and o.seq <= b.last_seq and e.seq > b.prev_seq and e.seq <= b.last_seq
   where o.status = 0 and o.debit in (e.debit, e.credit) and o.credit in (e.debit, e.credit)) = 1`;

const cases: readonly Case[] = [
  {
    title: "an amount, by the entry",
    pick: `select e.seq, e.id from @ledger_entry e
      where kind = 1 and status = 0 and amount > 0 and balancing is null and ${alone} limit 1`,
    edits: ["update @ledger_entry set amount = amount + 7 where seq = :seq"],
    invariant: "I2",
    names: "seq",
  },
  {
    title: "an amount in the middle of a large batch, by the entry",
    pick: `select e.seq, e.id from @ledger_entry e join @ledger_batch b
      on e.seq > b.prev_seq and e.seq < b.last_seq and b.last_seq - b.prev_seq > 15
      where kind = 1 and status = 0 and amount > 0 and balancing is null and ${alone} limit 1`,
    edits: ["update @ledger_entry set amount = amount - 1 where seq = :seq"],
    invariant: "I2",
    names: "seq",
  },
  {
    title: "a balance, by the entry that made it",
    pick: `select b.account, b.seq from @ledger_balance b where seq > 50 limit 1 offset 3`,
    edits: [
      `update @ledger_balance set credits_posted = credits_posted + 5
       where account = :account and seq = :seq`,
    ],
    invariant: "I2",
    names: "seq",
  },
  {
    title: "the newest balance of an account",
    pick: `select account, max(seq) as seq from @ledger_balance group by account
      order by count(*) desc limit 1`,
    edits: [
      `update @ledger_balance set debits_posted = debits_posted + 1
       where account = :account and seq = :seq`,
    ],
    invariant: "I1",
  },
  {
    title: "where a balance begins",
    pick: `select b.account, b.seq from @ledger_balance b where first_seq < seq limit 1`,
    edits: [
      `update @ledger_balance set first_seq = first_seq + 1
       where account = :account and seq = :seq`,
    ],
    invariant: "I2",
    names: "seq",
  },
  {
    title: "a balance that is not there",
    pick: `select b.account, b.seq from @ledger_balance b where seq > 80 limit 1 offset 2`,
    edits: ["delete from @ledger_balance where account = :account and seq = :seq"],
    invariant: "I2",
    names: "seq",
  },
  {
    title: "a balance that no entry has made",
    pick: `select b.account, e.seq from @ledger_balance b, @ledger_entry e
      where e.seq > 100 and not exists (select from @ledger_balance o join @ledger_batch t
        on o.seq > t.prev_seq and o.seq <= t.last_seq and e.seq > t.prev_seq and e.seq <= t.last_seq
        where o.account = b.account) limit 1`,
    edits: [
      `insert into @ledger_balance select book_id, account, :seq, :seq, debits_pending,
         debits_posted, credits_pending, credits_posted, bound, closed
       from @ledger_balance where account = :account order by seq desc limit 1`,
    ],
    invariant: "I2",
    names: "seq",
    message: /no entry has made/,
  },
  {
    title: "a balance from the future",
    pick: `select account, 1000000 as seq from @ledger_balance limit 1`,
    edits: [
      `insert into @ledger_balance select book_id, account, :seq, :seq, debits_pending,
         debits_posted, credits_pending, credits_posted + 9, bound, closed
       from @ledger_balance where account = :account order by seq desc limit 1`,
    ],
    invariant: "I2",
    names: "seq",
  },
  {
    title: "an account that went below its bound, by the entry that took it there",
    pick: `select v.account, a.side, min(v.seq) as seq from @ledger_balance v
      join @ledger_account a using (book_id, account)
      where a.opening_bound is null and case a.side
        when 2 then v.credits_posted - v.debits_posted - v.debits_pending
        else v.debits_posted - v.credits_posted - v.credits_pending end < 0
        and not exists (select from @ledger_entry e where e.kind = 7 and e.debit = v.account)
      group by v.account, a.side limit 1`,
    edits: [
      "update @ledger_account set opening_bound = 0 where account = :account",
      "update @ledger_entry set amount = 0 where seq = :account",
      "update @ledger_balance set bound = 0 where account = :account",
    ],
    invariant: "I3",
    message: /below its bound/,
  },
  {
    title: "a refusal that was none: the account was open",
    pick: `select seq, id from @ledger_entry where status = 54 and chain is null limit 1`,
    edits: ["update @ledger_entry set status = 45 where seq = :seq"],
    invariant: "I8",
    names: "seq",
    message: /not closed/,
  },
  {
    title: "a refusal that was none: there was enough",
    pick: `select seq, id from @ledger_entry where status in (54, 55) and chain is null
      and balancing is null and amount > 0 limit 1`,
    edits: ["update @ledger_entry set amount = 0 where seq = :seq"],
    invariant: "I8",
    names: "seq",
    message: /enough/,
  },
  {
    title: "a refusal that was none: the asset was there",
    pick: `select seq, id from @ledger_entry where status = 45 limit 1`,
    edits: [`update @ledger_entry set status = 32, named = '{"asset":"CNY/2"}' where seq = :seq`],
    invariant: "I8",
    names: "seq",
    message: /CNY\/2 was there/,
  },
  {
    title: "a refusal that is never remembered",
    pick: `select seq, id from @ledger_entry where status = 45 limit 1`,
    edits: ["update @ledger_entry set status = 2 where seq = :seq"],
    invariant: "I8",
    names: "seq",
    message: /never remembered/,
  },
  {
    title: "a refusal by a number that means nothing",
    pick: `select seq, id from @ledger_entry where status = 45 limit 1`,
    edits: ["update @ledger_entry set status = 999 where seq = :seq"],
    invariant: "I8",
    names: "seq",
  },
  {
    title: "a transfer made into a refusal",
    pick: `select seq, id from @ledger_entry where status = 0 and kind = 1 and amount > 0
      and chain is null limit 1`,
    edits: ["update @ledger_entry set status = 54 where seq = :seq"],
    invariant: "I2",
  },
  {
    title: "a hold posted after it had ended",
    pick: `select r.seq, r.id, h.seq as hold from @ledger_entry r
      join @ledger_entry h on h.seq = r.pending_seq
      where r.kind = 3 and r.status = 0 and r.at > h.at and h.timeout_ms is not null limit 1`,
    edits: [
      `update @ledger_entry set timeout_ms = 1, expires_at = at + interval '1 millisecond'
       where seq = :hold`,
    ],
    invariant: "I5",
    names: "seq",
  },
  {
    title: "a hold expired too early",
    pick: `select r.seq, r.id, h.seq as hold from @ledger_entry r
      join @ledger_entry h on h.seq = r.pending_seq where r.kind = 5 limit 1`,
    edits: [
      `update @ledger_entry set timeout_ms = 86400000, expires_at = at + interval '1 day'
       where seq = :hold`,
    ],
    invariant: "I5",
    names: "seq",
    message: /too early/,
  },
  {
    title: "a hold that should have expired, by the hold",
    pick: `select h.seq, h.id from @ledger_entry h where h.kind = 2 and h.status = 0
      and h.at < (select max(swept_until) from @ledger_batch) - interval '1 second' / 1000
      and not exists (select from @ledger_entry r where r.pending_seq = h.seq and r.status = 0)
      limit 1`,
    edits: [
      `update @ledger_entry set timeout_ms = 1, expires_at = at + interval '1 millisecond'
       where seq = :seq`,
    ],
    invariant: "I5",
    names: "seq",
    message: /nothing has resolved it/,
  },
  {
    title: "a time-out that does not end when it should",
    pick: `select h.seq, h.id from @ledger_entry h where h.timeout_ms is not null and status = 0
      limit 1`,
    edits: ["update @ledger_entry set timeout_ms = timeout_ms + 1 where seq = :seq"],
    invariant: "I5",
    names: "seq",
  },
  {
    title: "a hold resolved twice",
    pick: `select r.seq, r.id, o.pending_seq as other from @ledger_entry r
      join @ledger_entry o on o.seq > r.seq and o.kind = r.kind and o.status = 0
      where r.kind = 4 and r.status = 0 limit 1`,
    edits: [
      "drop index @ledger_entry_hold_is_resolved_once",
      "update @ledger_entry set pending_seq = :other where seq = :seq",
    ],
    invariant: "I5",
    names: "seq",
  },
  {
    title: "more posted than was held",
    pick: `select r.seq, r.id from @ledger_entry r where r.kind = 3 and r.status = 0 limit 1`,
    edits: ["update @ledger_entry set amount = amount + 1000 where seq = :seq"],
    invariant: "I5",
    names: "seq",
  },
  {
    title: "a transfer between accounts of two assets",
    pick: `select e.seq, e.id, a.account from @ledger_entry e
      join @ledger_account a on a.asset <> e.asset and a.account < e.seq
      where e.kind = 1 and e.status = 0 limit 1`,
    edits: ["update @ledger_entry set credit = :account where seq = :seq"],
    invariant: "I1",
    names: "seq",
  },
  {
    title: "a transfer from an account to itself",
    pick: `select e.seq, e.id from @ledger_entry e where e.kind = 1 and e.status = 0 limit 1`,
    edits: ["update @ledger_entry set credit = debit where seq = :seq"],
    invariant: "I1",
    names: "seq",
  },
  {
    title: "a chain that lacks a member",
    pick: `select e.seq, e.id from @ledger_entry e where e.chain_index = 2 and status = 0 limit 1`,
    edits: [
      `update @ledger_entry set chain = null, chain_index = null, chain_length = null
       where seq = :seq`,
    ],
    invariant: "I4",
  },
  {
    title: "a chain that is longer than it was",
    pick: `select e.seq, e.id, e.chain from @ledger_entry e
      where e.chain_index = 1 and status = 0 limit 1`,
    edits: ["update @ledger_entry set chain_length = chain_length + 1 where chain = ':chain'"],
    invariant: "I4",
  },
  {
    title: "an account that no entry has opened",
    pick: `select e.seq, a.asset from @ledger_entry e, @ledger_asset a
      where e.kind = 1 and e.seq > 50 limit 1`,
    edits: [
      `insert into @ledger_account (book_id, account, path, asset, side, opening_bound, opened_at)
       select book_id, :seq, 'made/up', :asset, 1, null, now() from @ledger_book`,
    ],
    invariant: "I8",
    names: "seq",
  },
  {
    title: "an account that is gone",
    pick: `select account as seq from @ledger_account order by account desc limit 1`,
    edits: ["delete from @ledger_account where account = :seq"],
    invariant: "I8",
    names: "seq",
  },
  {
    title: "an asset that is gone",
    pick: `select asset as seq from @ledger_asset limit 1`,
    edits: ["delete from @ledger_asset where asset = :seq"],
    invariant: "I8",
    names: "seq",
  },
  {
    title: "an entry past the head",
    pick: `select max(seq) + 5 as seq from @ledger_entry`,
    edits: [
      `insert into @ledger_entry (book_id, seq, at, id, kind, status)
       select book_id, :seq, now(), 'late', 1, 0 from @ledger_book`,
    ],
    invariant: "I6",
    names: "seq",
  },
  {
    title: "an entry before the first",
    pick: `select -3 as seq`,
    edits: [
      `insert into @ledger_entry (book_id, seq, at, id, kind, status)
       select book_id, :seq, now(), 'early', 1, 0 from @ledger_book`,
    ],
    invariant: "I6",
    names: "seq",
  },
  {
    title: "an entry that is gone",
    pick: `select e.seq from @ledger_entry e where seq > 60 and kind = 1 and status = 0 limit 1`,
    edits: ["delete from @ledger_entry where seq = :seq"],
    invariant: "I6",
    message: /do not fill/,
  },
  {
    title: "a batch that is gone",
    pick: `select last_seq as seq from @ledger_batch order by last_seq limit 1 offset 9`,
    edits: ["delete from @ledger_batch where last_seq = :seq"],
    invariant: "I6",
    message: /does not follow/,
  },
  {
    title: "a batch that claims everything",
    pick: `select last_seq as seq from @ledger_batch order by last_seq limit 1 offset 9`,
    edits: ["update @ledger_batch set last_seq = 90000000 where last_seq = :seq"],
    invariant: "I6",
    message: /more entries than a batch can have/,
  },
  {
    title: "an entry at another time than its batch, by the entry",
    pick: `select e.seq, e.id from @ledger_entry e where seq > 60 and kind = 1 limit 1`,
    edits: ["update @ledger_entry set at = at - interval '1 microsecond' where seq = :seq"],
    invariant: "I6",
    names: "seq",
  },
  {
    title: "a batch earlier than the one before",
    pick: `select prev_seq, last_seq as seq from @ledger_batch order by last_seq limit 1 offset 20`,
    edits: [
      `update @ledger_batch set at = at - interval '1 hour', swept_until = swept_until - interval
         '1 hour' where last_seq = :seq`,
      `update @ledger_entry set at = at - interval '1 hour' where seq > :prev_seq and seq <= :seq`,
    ],
    invariant: "I6",
    message: /earlier than the batch before/,
  },
  {
    title: "a unique index that is gone",
    pick: `select 1 as seq`,
    edits: ["alter table @ledger_entry drop constraint ledger_entry_id_is_used_once"],
    invariant: "I4",
    message: /ledger_entry_id_is_used_once/,
  },
];

test("computing the hashes of an honest book anew changes nothing", async () => {
  const { hash } = await head(made.test.database, made.book.id);
  const { report } = await verifyAfter(made, [], { rehash: true, expectHead: hash });
  expect(report.findings).toEqual([]);
});

describe("P4 a forged book does not verify:", () => {
  test.each(cases)("$title", async ({ pick, edits, invariant, names, message }) => {
    const row = await one(pick);
    const filled = edits.map((edit) =>
      edit.replaceAll(/(?<!:):(\w+)/g, (_, name: string) => String(row[name])),
    );
    const { report } = await verifyAfter(made, filled, { rehash: true });
    const found = report.findings.filter((finding) => finding.invariant === invariant);
    expect(report.findings.map((finding) => finding.invariant)).toContain(invariant);
    expect(report.verified).toBe(false);
    if (message !== undefined) {
      expect(found.map((finding) => finding.message).join("\n")).toMatch(message);
    }
    if (names !== undefined) expectNamed(found, row);
  });

  function expectNamed(found: readonly Finding[], { seq, id }: Row) {
    expect(found.map((finding) => finding.seq)).toContain(Number(seq));
    const named = found.filter((finding) => finding.seq === Number(seq));
    if (id !== undefined) expect(named.map((finding) => finding.id)).toContain(id);
  }
});

describe("P4 what a forger leaves no trace of", () => {
  test("a book cut off at a batch is told only by a hash written down before", async () => {
    const { seq } = await one(
      "select last_seq as seq from @ledger_batch order by last_seq desc limit 1 offset 10",
    );
    const cut = [
      `delete from @ledger_batch where last_seq > ${String(seq)}`,
      `delete from @ledger_entry where seq > ${String(seq)}`,
      `delete from @ledger_balance where seq > ${String(seq)}`,
      `delete from @ledger_account where account > ${String(seq)}`,
    ];
    const { hash } = await head(made.test.database, made.book.id);
    expect((await verifyAfter(made, cut)).report.verified).toBe(true);
    const { report } = await verifyAfter(made, cut, { expectHead: hash });
    expect(report.findings.map((finding) => finding.invariant)).toEqual(["I7"]);
  });
});
