import { expect, onTestFinished, test } from "vitest";
import { testServerUrl } from "../../postgres/testing.ts";
import { runCommandLine } from "../run-command-line.ts";
import { terminalOf } from "../terminal.ts";
import { freshSchema, houseWith } from "../testing/run-words.ts";

const LATER_MS = 110_000;
const LOOK_MS = 20;

/** `longmen start …` in this process, until it is stopped. */
function startIn(databaseUrl: string, schema: string, words: readonly string[]) {
  let said = "";
  const stopping = new AbortController();
  const ended = runCommandLine({
    house: houseWith({ databaseUrl, schema }, { sample: "no-file-here.csv" }),
    terminal: terminalOf({
      stdout: { write: (text) => (said += text) },
      stderr: { write: (text) => (said += text) },
    }),
    words: ["start", ...words],
    signal: stopping.signal,
  });
  const isUp = async () => {
    const until = Date.now() + LATER_MS;
    while (!said.includes("Longmen is up") && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return /the page is at (\S+)/.exec(said)?.[1] ?? said;
  };
  onTestFinished(() => stopping.abort());
  return { ended, isUp, stop: () => stopping.abort(), said: () => said };
}

test(
  "start --serve books nothing, shows what books there are, and ends when it is told to",
  async () => {
    const schema = freshSchema();
    const node = startIn(testServerUrl(), schema, ["--serve"]);
    const url = await node.isUp();
    const key = /everything: (lm_\S+)/.exec(node.said())?.[1] ?? "";
    const headers = { authorization: `Bearer ${key}` };
    const pageAt = async (path: string) => (await fetch(`${url}${path}`, { headers })).text();
    expect((await fetch(url)).status).toBe(401);
    expect(await pageAt("?lang=en")).toContain("There is no book yet");
    expect((await fetch(`${url}report.json`, { headers })).status).toBe(404);
    expect(node.said()).toContain(`${url}sign-in?code=`);

    const made = await fetch(`${url}v1/books/corner`, {
      method: "PUT",
      headers,
    });
    expect(made.status).toBe(201);
    const books = (await (await fetch(`${url}v1/books`, { headers })).json()) as object;
    expect(books).toEqual({ items: ["corner"] });
    const head = (await (await fetch(`${url}v1/books/corner`, { headers })).json()) as object;
    const page = await pageAt("?lang=zh");
    expect(page).toContain("/accounts?lang=zh&amp;book=corner");
    expect(page).toContain((head as { readonly hash?: string }).hash ?? "no head");
    expect(await pageAt("accounts?lang=en&book=corner")).toContain("No account has");
    expect(await pageAt("accounts?lang=en&book=other")).toContain("There is no book of this name");
    expect(await pageAt("accounts?lang=en")).toContain("There is no book of this name");

    node.stop();
    expect(await node.ended).toBe(0);
    expect(node.said()).not.toContain("selling");
    expect(node.said()).toMatch(/longmen: stopped\n$/);
  },
  LATER_MS,
);

test("a start that is refused has said no address that never was", async () => {
  const nobody = "postgres://longmen@127.0.0.1:1/longmen";
  const node = startIn(nobody, "longmen", ["--serve"]);
  expect(await node.ended).toBe(3);
  expect(node.said()).toContain("(postgres.");
  expect(node.said()).not.toContain("http://");
});
