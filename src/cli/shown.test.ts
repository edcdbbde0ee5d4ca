import { expect, test } from "vitest";
import type { OrderView } from "../client/index.ts";
import { viewText } from "./selling/orders-text.ts";
import { shown, shownInLine } from "./shown.ts";
import { table } from "./table.ts";
import { terminalOf } from "./terminal.ts";

const HOSTILE = "\u001b]0;pwned\u0007\u001b[2J\u009b2J\r\u202egnp.exe\u2028x";
const CONTROLS = /[\p{Cc}\u2028-\u202e]/u;

/** What two streams were written. */
function streams(isTTY: boolean) {
  const out: string[] = [];
  const err: string[] = [];
  const stdout = { write: (text: string) => out.push(text), isTTY };
  const terminal = terminalOf({ stdout, stderr: { write: (text) => err.push(text), isTTY } });
  return { terminal, out: () => out.join(""), err: () => err.join("") };
}

test("whatever others wrote, no answer, word or bar of a command moves the cursor of who reads it", () => {
  const { terminal, out, err } = streams(true);
  terminal.answer(`before ${HOSTILE} behind`);
  terminal.file(HOSTILE);
  terminal.say(HOSTILE);
  expect(out().replaceAll("\n", "")).not.toMatch(CONTROLS);
  expect(err().replaceAll("\n", "")).not.toMatch(CONTROLS);
  expect(out()).toContain("before \\u001b]0;pwned\\u0007\\u001b[2J");
  terminal.bar(`50 % ${HOSTILE}`);
  // The bar's own wipe stands before it.
  expect(err().split("50 %")[1]).not.toMatch(CONTROLS);
});

test("lines, tabs and what JSON says stay as they were", () => {
  const { terminal, out } = streams(true);
  terminal.answer("a\tb\r\nc\n");
  expect(out()).toBe("a\tb\r\nc\n");
  const told = { reason: HOSTILE, path: "user/安" };
  expect(JSON.parse(shown(JSON.stringify(told)))).toEqual(told);
});

test("a file goes to the byte where nobody looks", () => {
  const { terminal, out } = streams(false);
  terminal.file(`${HOSTILE}\n`);
  expect(out()).toBe(`${HOSTILE}\n`);
});

test("nothing in a cell or a line begins another", () => {
  expect(shownInLine("paid\n1,000.00")).toBe("paid\\u000a1,000.00");
  const told = table([{ title: "WHO" }, { title: "KEY" }], [[`ann\n${HOSTILE}`, "k\t1"]]);
  expect(told.split("\n")).toHaveLength(2);
  expect(told.replace("\n", "")).not.toMatch(CONTROLS);
});

test("an order's view tells a buyer's reason in one line", () => {
  const now = { asset: "GBP/2", total: 1n, paid: 0n, refunded: 0n, expiresAt: 0, version: 2 };
  const order = { ...now, id: "o-1", state: "cancelled", buyer: "ann" } as const;
  const step = { version: 2, act: "cancel", state: "cancelled", at: 0, moves: [], postings: [] };
  const said = { ...step, chain: "c/o-1/2", reason: `no\nthanks ${HOSTILE}` };
  const timeline = [said] as unknown as OrderView["timeline"];
  const lists = { lines: [], payments: [], refunds: [], timeline };
  const view: OrderView = { order, quote: "q", ...lists, more: false };
  const text = viewText(view);
  expect(text.replaceAll("\n", "")).not.toMatch(CONTROLS);
  expect(text).toContain('"no\\u000athanks');
});
