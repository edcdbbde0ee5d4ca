import { expect, test } from "vitest";
import { asset } from "../base/index.ts";
import { emptyBalance } from "./account.ts";
import { ABSENT, type Account, BookMemory, Generations, MEMORY_LIMITS } from "./memory.ts";

test("keeps what is asked for, and lets go of what nobody asked for since it grew old", () => {
  const kept = new Generations<string, number>(3);
  for (const [i, key] of ["a", "b", "c"].entries()) kept.set(key, i);
  kept.rotateIfFull();
  expect(kept.get("a")).toBe(0);
  kept.set("d", 3);
  kept.set("e", 4);
  kept.rotateIfFull();
  expect(["a", "b", "c", "d", "e"].map((key) => kept.get(key))).toEqual([
    0,
    undefined,
    undefined,
    3,
    4,
  ]);
});

test("drops nothing before a generation is full, and never within a flush", () => {
  const kept = new Generations<number, number>(10);
  for (let i = 0; i < 9; i++) kept.set(i, i);
  for (let n = 0; n < 5; n++) kept.rotateIfFull();
  expect(kept.get(0)).toBe(0);
  for (let i = 0; i < 1_000; i++) kept.set(i, i);
  expect([0, 500, 999].map((i) => kept.get(i))).toEqual([0, 500, 999]);
});

test("holds at most two generations, however much comes by", () => {
  const kept = new Generations<number, number>(100);
  for (let i = 0; i < 10_000; i++) {
    kept.set(i, i);
    kept.rotateIfFull();
  }
  let held = 0;
  for (let i = 0; i < 10_000; i++) if (kept.get(i) !== undefined) held += 1;
  expect(held).toBeGreaterThanOrEqual(99);
  expect(held).toBeLessThanOrEqual(200);
});

test("what is deleted or cleared does not come back from the old generation", () => {
  const kept = new Generations<string, number>(1);
  kept.set("a", 1);
  kept.rotateIfFull();
  kept.set("a", 2);
  kept.delete("a");
  expect(kept.get("a")).toBeUndefined();
  kept.set("b", 1);
  kept.rotateIfFull();
  kept.clear();
  expect(kept.get("b")).toBeUndefined();
});

function accountOf(path: string): Account {
  const facts = { number: 1, asset: asset("CNY/2"), refusals: "forever", definedAt: 0 } as const;
  return {
    number: 2,
    path,
    asset: facts,
    side: "credit",
    openedAt: 0,
    openingBound: 0n,
    balance: emptyBalance(2, 0n),
    touchedIn: 0,
    firstSeq: 2,
  };
}

test("a value that is large takes the place of several, and gives it back", () => {
  const memory = new Generations<string, number>(4, (size) => size - 1);
  memory.set("large", 4);
  memory.rotateIfFull();
  memory.set("small", 1);
  expect(memory.get("large")).toBe(4);
  // Moved to the young ones it counts there, too.
  memory.rotateIfFull();
  memory.set("a", 1);
  memory.set("b", 1);
  memory.rotateIfFull();
  expect(memory.get("small")).toBe(1);
  memory.set("c", 2);
  memory.rotateIfFull();
  memory.set("d", 4);
  memory.rotateIfFull();
  expect(memory.get("large")).toBeUndefined();
});

test("keeps accounts of one path apart by asset, also when they grow old", () => {
  const memory = new BookMemory({ ...MEMORY_LIMITS, accounts: 2 });
  const [yuan, points] = [accountOf("ann"), accountOf("ann")];
  memory.setAccount("ann", "CNY/2", yuan);
  memory.setAccount("ann", "POINT/0", points);
  memory.rotate();
  expect(memory.account("ann", "CNY/2")).toBe(yuan);
  memory.setAccount("bob", "CNY/2", ABSENT);
  memory.rotate();
  expect(memory.account("ann", "CNY/2")).toBe(yuan);
  expect(memory.account("ann", "POINT/0")).toBeUndefined();
  expect(memory.account("bob", "CNY/2")).toBe(ABSENT);
});

const BURNT = {
  id: "x",
  kind: "transfer",
  burnt: "ledger.asset_missing",
  seq: 1,
  request: { id: "x", asset: "CNY/2", debit: "a", credit: "b", amount: 1n },
  asset: undefined,
  debit: undefined,
  credit: undefined,
  place: undefined,
  context: undefined,
} as const;

test("in doubt it forgets balances, holds, absences and refusals without a row, and keeps what never changes", () => {
  const memory = new BookMemory(MEMORY_LIMITS);
  const fill = () => {
    memory.setAccount("ann", "CNY/2", accountOf("ann"));
    memory.holds.set("h", ABSENT);
    memory.assets.set("USD/2", ABSENT);
    memory.ids.set("x", BURNT);
    memory.windowed.set("y", { ...BURNT, id: "y", seq: undefined });
  };
  const known = () => [
    memory.account("ann", "CNY/2"),
    memory.holds.get("h"),
    memory.assets.get("USD/2"),
    memory.row("x"),
    memory.row("y"),
  ];
  fill();
  memory.doubt();
  expect(known()).toEqual([undefined, undefined, undefined, BURNT, undefined]);
  fill();
  memory.forget();
  expect(known()).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("what stands in the books is told before what was refused without a row", () => {
  const memory = new BookMemory(MEMORY_LIMITS);
  const refused = { ...BURNT, seq: undefined };
  memory.windowed.set("x", refused);
  expect(memory.row("x")).toBe(refused);
  expect(memory.isSettled("x")).toBe(true);
  memory.ids.set("x", BURNT);
  expect(memory.row("x")).toBe(BURNT);
});
