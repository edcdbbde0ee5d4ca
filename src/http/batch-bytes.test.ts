import fc from "fast-check";
import { expect, test } from "vitest";
import type { Answer, Balance, ChainAnswer, Created } from "../ledger/index.ts";
import { batchBytes } from "./batch-bytes.ts";
import { itemText, seqOf } from "./wire-out.ts";

type ItemAnswer = Answer | ChainAnswer;

const balance: Balance = {
  seq: 7,
  debitsPending: 0n,
  debitsPosted: 1_999n,
  creditsPending: 0n,
  creditsPosted: 1_000_000_000_000n,
  bound: 0n,
  closed: false,
};
const created: Created = {
  status: "created",
  request: { id: "sale-1", asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: 1n },
  seq: 7,
  at: Date.UTC(2026, 10, 21),
  amount: 1n,
  debit: balance,
  credit: { ...balance, bound: "none" },
};

/** Each item spelled out on its own. */
function spelled(answers: readonly ItemAnswer[], balances: boolean): string {
  const seq = Math.max(0, ...answers.map(seqOf));
  return `{"seq":${seq},"items":[${answers.map((each) => itemText(each, balances)).join(",")}]}`;
}

/** A union in one field is none of two objects to the compiler. */
type AnyCarried = Omit<Created, "status"> & { readonly status: "created" | "exists" };

function expectSpelled(told: readonly (ItemAnswer | AnyCarried)[]): void {
  const answers = told as readonly ItemAnswer[];
  for (const balances of [true, false]) {
    expect(batchBytes(answers, balances).toString()).toBe(spelled(answers, balances));
  }
}

test("a thousand answers that differ in digits, across every width", () => {
  const answers = Array.from({ length: 1_000 }, (_, place) => {
    const moved = BigInt(place) * 1_000_003n;
    const debit = { ...balance, seq: 95 + place, debitsPosted: moved };
    return {
      ...created,
      seq: 95 + place,
      debit,
      credit: { ...debit, creditsPosted: 2n ** 53n + moved },
    };
  });
  expectSpelled(answers);
});

test("none; refusals and chains between; accounts of one side only", () => {
  expectSpelled([]);
  const refused: Answer = {
    status: "refused",
    code: "ledger.debit_account_exceeds_bound",
    seq: 12,
  };
  const chain: ChainAnswer = { status: "created", answers: [created, { ...created, seq: 8 }] };
  const opened = { ...created, credit: undefined, amount: 0n };
  const credited = { ...created, debit: undefined };
  expectSpelled([
    created,
    created,
    refused,
    created,
    chain,
    created,
    opened,
    opened,
    credited,
    created,
  ]);
  expectSpelled(Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? refused : chain)));
});

const sum = fc.oneof(
  { weight: 5, arbitrary: fc.bigInt(0n, 120n) },
  fc.constantFrom(0n, 9n, 10n, 2n ** 31n - 1n, 2n ** 31n, 10n ** 15n - 1n, 10n ** 15n, 2n ** 53n),
  fc.bigInt(0n, 2n ** 63n - 1n),
);
const seq = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const anyBalance = fc.record({
  seq,
  debitsPending: sum,
  debitsPosted: sum,
  creditsPending: sum,
  creditsPosted: sum,
  bound: fc.oneof(sum, fc.constant("none" as const)),
  closed: fc.boolean(),
});
const carried = fc.record({
  status: fc.constantFrom<("created" | "exists")[]>("created", "exists"),
  request: fc.constant(created.request),
  seq,
  at: fc.constantFrom(created.at, created.at + 1),
  amount: sum,
  debit: fc.option(anyBalance, { nil: undefined, freq: 9 }),
  credit: fc.option(anyBalance, { nil: undefined, freq: 9 }),
});

test("whatever the answers are, the bytes are those of each spelled out", () => {
  fc.assert(
    fc.property(fc.array(carried, { maxLength: 40 }), (answers) => expectSpelled(answers)),
    { numRuns: 300 },
  );
  // Neighbours that are nearly alike, as those of one batch are.
  const alike = fc.tuple(carried, fc.array(fc.record({ seq, amount: sum, debit: anyBalance })));
  fc.assert(
    fc.property(alike, ([first, others]) => {
      expectSpelled([first, ...others.flatMap((other) => [{ ...first, ...other }, first])]);
    }),
    { numRuns: 300 },
  );
});
