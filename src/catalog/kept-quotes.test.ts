import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KeptQuotes, REST_MS } from "./kept-quotes.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const BODY = JSON.stringify({
  lines: [],
  list: "0",
  discount: "0",
  total: "0",
  catalogVersion: "1",
});
const QUOTE = { quoteId: "q1", book: "shop", body: BODY, contentHash: Buffer.alloc(32) };

test("lets go of its quotes when none was asked for in a while, and keeps again after", () => {
  const quotes = new KeptQuotes();
  const kept = () => quotes.find("shop", "q1") !== undefined;
  quotes.keep(QUOTE);
  // Each time that it is asked for, it stays for as long again.
  for (let asked = 0; asked < 3; asked++) {
    vi.advanceTimersByTime(REST_MS - 1);
    expect(kept()).toBe(true);
  }
  vi.advanceTimersByTime(REST_MS);
  expect(kept()).toBe(false);
  quotes.keep(QUOTE);
  expect(kept()).toBe(true);
  vi.advanceTimersByTime(REST_MS);
  expect(kept()).toBe(false);
});
