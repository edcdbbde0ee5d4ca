import { expect, test } from "vitest";
import { brokenChains } from "./verify-chain.ts";
import type { JournalRow } from "./verify-journal.ts";

/** "a1/2 a2/2": members of chain a; "~": an opening without an id; "-": a lone entry; "!": refused. */
function rowsOf(text: string): JournalRow[] {
  return text.split(" ").map((word, i) => {
    const seq = i + 1;
    const [, chain, index, length, refused] = /^([a-z])(\d)\/(\d)(!?)$/.exec(word) ?? [];
    return {
      seq,
      kind: word === "~" ? 6 : 1,
      status: refused === "!" ? 54 : 0,
      asset: 1,
      debit: 1,
      credit: 2,
      amount: 1n,
      requested: undefined,
      balancing: undefined,
      pendingSeq: undefined,
      timeoutMs: undefined,
      expiresAt: undefined,
      chain,
      chainIndex: index === undefined ? undefined : Number(index),
      chainLength: length === undefined ? undefined : Number(length),
      id: () => (word === "~" ? `~open/${seq}` : `e${seq}`),
      named: () => undefined,
    };
  });
}

test.each([
  "- - -",
  "a1/1",
  "a1/2 a2/2 - b1/1",
  "~ a1/2 ~ ~ a2/2 ~",
  "a1/3! - b2/4!",
  "a1/2 a2/2 a1/2 a2/2",
])("%s is whole", (text) => {
  expect(brokenChains(rowsOf(text))).toEqual([]);
});

test.each([
  ["a1/2", 1, /ends before member 2/],
  ["a2/2", 1, /begins with member 2/],
  ["a1/3 a3/3", 2, /member 2 of chain a is missing/],
  ["a1/2 b2/2", 2, /member 2 of chain a is missing/],
  ["a1/2 a2/3", 2, /member 2 of chain a is missing/],
  ["a1/2 - a2/2", 2, /stands inside chain a/],
  ["a1/2 b1/1! a2/2", 2, /a refusal stands inside chain a/],
])("%s is broken at entry %d", (text, seq, message) => {
  const [first] = brokenChains(rowsOf(text));
  expect(first?.row.seq).toBe(seq);
  expect(first?.problem).toMatch(message);
});
