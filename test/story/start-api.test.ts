import { expect, test } from "vitest";
import { freshDir, run } from "./command.ts";

const LATER_MS = 60_000;

/** What the line that announces it says. */
const found = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? "";

test(
  "the first start serves the API beside its page and shows one key, the second none",
  async () => {
    const { dir, remove } = freshDir();
    try {
      const first = run("--dir", dir, "--port", "0");
      const said = await first.said("your key, shown this once");
      const url = found(said, /the page is at (\S+)/);
      const key = found(said, /(lm_[a-z2-7]{12}_\S+)/);
      const headers = { authorization: `Bearer ${key}` };
      const asset = await fetch(`${url}v1/books/mine`, { method: "PUT", headers });
      expect(asset.status).toBe(201);
      expect((await fetch(`${url}v1/books`)).status).toBe(401);
      expect((await fetch(url)).headers.get("content-type")).toContain("text/html");
      expect((await fetch(`${url}reference`)).status).toBe(200);
      await first.said("Longmen is up");
      first.process.kill("SIGTERM");
      expect((await first.ended).code).toBe(0);

      const second = run("--dir", dir, "--port", "0");
      const again = await second.said("Longmen is up");
      expect(again).not.toContain("your key");
      const books = await fetch(`${found(again, /the page is at (\S+)/)}v1/books`, { headers });
      expect(await books.json()).toEqual({ items: ["mine", "retail"] });
      second.process.kill("SIGTERM");
      expect((await second.ended).code).toBe(0);
    } finally {
      remove();
    }
  },
  LATER_MS * 2,
);
