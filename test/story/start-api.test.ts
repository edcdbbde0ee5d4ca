import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDir, run, runCommand } from "./command.ts";
import { cutTwoDays } from "./sample-days.ts";

const LATER_MS = 120_000;

/** What the line that announces it says. */
const found = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? "";

test(
  "the first start serves the API beside its page and shows one key, the second none",
  async () => {
    const { dir, remove } = freshDir();
    try {
      const words = ["--dir", dir, "--port", "0", "--data", cutTwoDays(dir), "--buyers", "10"];
      const first = run(...words);
      const said = await first.said("your key, shown this once");
      const url = found(said, /the page is at (\S+)/);
      const key = found(said, /(lm_[a-z2-7]{12}_\S+)/);
      const headers = { authorization: `Bearer ${key}` };
      const asset = await fetch(`${url}v1/books/mine`, { method: "PUT", headers });
      expect(asset.status).toBe(201);
      expect((await fetch(`${url}v1/books`)).status).toBe(401);
      expect((await fetch(url)).headers.get("content-type")).toContain("text/html");
      expect((await fetch(`${url}reference`)).status).toBe(200);
      expect(await first.said("Longmen is up")).toContain("show retail.nightly-verify");
      const nightly = await fetch(`${url}v1/schedules/retail.nightly-verify`, { headers });
      expect(await nightly.json()).toMatchObject({ state: "active" });
      first.process.kill("SIGTERM");
      expect((await first.ended).code).toBe(0);

      const second = run(...words);
      const again = await second.said("Longmen is up");
      expect(again).not.toContain("your key");
      const beside = await runCommand("book", "list", "--dir", dir).ended;
      expect(beside).toMatchObject({ code: 0, out: "lunch\nmine\nretail\n", err: "" });
      const third = await run("--serve", "--dir", dir, "--port", "0").ended;
      expect(third.err).toContain("(postgres.already_running)");
      expect(third.err).not.toContain("http://");
      const books = await fetch(`${found(again, /the page is at (\S+)/)}v1/books`, { headers });
      expect(await books.json()).toEqual({ items: ["lunch", "mine", "retail"] });
      second.process.kill("SIGTERM");
      const ended = await second.ended;
      expect(ended.code).toBe(0);
      expect(ended.err).toMatch(/longmen: stopped\n$/);
      expect(ended.err).toContain("selling, or checking, 5,217 lines");
      expect(ended.out).toContain("of it checking");
    } finally {
      remove();
    }
  },
  LATER_MS * 2,
);

test(
  "a start that is stopped while it sells says so, and the next one sells the rest",
  async () => {
    const { dir, remove } = freshDir();
    try {
      const words = ["--dir", dir, "--port", "0", "--data", cutTwoDays(dir), "--buyers", "10"];
      const first = run(...words);
      await first.said("selling, or checking");
      first.process.kill("SIGINT");
      const stopped = await first.ended;
      expect(stopped.code).toBe(130);
      expect(stopped.err).toContain("stopped; what was booked is kept, start again to go on");
      expect(stopped.out).toBe("");
      const second = await run("--exit", "--json", ...words).ended;
      expect(second.code).toBe(0);
      expect(JSON.parse(second.out)).toMatchObject({ agrees: true, verified: true });
    } finally {
      remove();
    }
  },
  LATER_MS * 2,
);

test(
  "a start without a page keeps nobody's first key; one that others can reach lets them sign in",
  async () => {
    const { dir, remove } = freshDir();
    try {
      const file = join(dir, "one.csv");
      const header = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID";
      writeFileSync(file, `${header}\n900001,85123A,2,2011-01-04 10:00:00,2.55,17850\n`);
      const words = ["--dir", dir, "--data", file, "--buyers", "10"];
      const alone = await run(...words, "--exit", "--json").ended;
      expect(alone.code).toBe(0);
      expect(alone.err).not.toContain("lm_");

      const open = run(...words, "--port", "0", "--host", "0.0.0.0");
      const said = await open.said("Longmen is up");
      const key = found(said, /everything: (lm_[a-z2-7]{12}_\S+)/);
      const link = new URL(found(said, /sign in to it, .*: (\S+)/));
      const url = `http://127.0.0.1:${link.port}/`;
      expect((await fetch(url)).status).toBe(401);
      expect((await fetch(`${url}report.json`)).status).toBe(401);
      const body = new URLSearchParams({ code: link.searchParams.get("code") ?? "" });
      const entered = await fetch(`${url}sign-in`, { method: "POST", body, redirect: "manual" });
      const cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
      expect(await (await fetch(url, { headers: { cookie } })).text()).toContain("5.10");
      const headers = { authorization: `Bearer ${key}` };
      const keys = (await (await fetch(`${url}v1/keys`, { headers })).json()) as {
        readonly items: readonly { readonly owner: string; readonly state: string }[];
      };
      const runs = keys.items.filter(({ owner }) => owner === "replay");
      expect(runs.map(({ state }) => state)).toEqual(["revoked", "revoked"]);
      open.process.kill("SIGTERM");
      expect((await open.ended).code).toBe(0);
    } finally {
      remove();
    }
  },
  LATER_MS * 2,
);
