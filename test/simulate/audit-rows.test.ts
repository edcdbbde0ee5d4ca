import { expect, test } from "vitest";
import type { Request } from "../../src/ledger/index.ts";
import { Variants } from "./audit-rows.ts";
import type { Row } from "./journal.ts";
import { LogBook } from "./log-book.ts";

/** A post of 1, of a hold of 739. */
const POST: Row = {
  seq: 2n,
  at: 1_291_191_960_000,
  id: "post/1",
  kind: 3,
  status: 0,
  asset: "CNY/2",
  debit: "shop",
  credit: "tax",
  amount: 1n,
  requested: 1n,
  balancing: null,
  pending_id: "pending/1",
  timeout_ms: null,
  expires_at: null,
  code: null,
  chain: null,
  chain_index: null,
  chain_length: null,
  reference: null,
  metadata: null,
  effective_at: null,
  named: null,
};

const WHOLE: Request = { kind: "post", id: "post/1", pendingId: "pending/1" };
const PART: Request = { ...WHOLE, amount: 1n };

test.each([
  { sent: "a part", row: POST, is: PART },
  { sent: "no amount", row: { ...POST, amount: 739n, requested: null }, is: WHOLE },
])("of two ways in which an id was sent the row is the one with $sent", ({ row, is }) => {
  for (const order of [
    [WHOLE, PART],
    [PART, WHOLE],
  ]) {
    const log = new LogBook();
    for (const posting of order) log.begin(posting, "a node");
    const matches = new Variants(log.attempts).matches(row, undefined);
    expect(matches.map(({ request }) => request)).toEqual([is]);
  }
});
