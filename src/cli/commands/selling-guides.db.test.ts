/** The guides of catalogue and rules: their commands do what the guides say. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { house } from "../testing/selling-house.ts";
import { type Ran, runWords } from "../testing/run-words.ts";

const guideOf = (name: string) =>
  readFile(join(import.meta.dirname, `../../../docs/guides/${name}.md`), "utf8");

/** Runs every `longmen …` of a guide, on files that the guide itself shows. */
async function runGuide(name: string): Promise<readonly (Ran & { readonly line: string })[]> {
  const guide = await guideOf(name);
  const dir = await mkdtemp(join(tmpdir(), "longmen-guide-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  // On a node: each command on the database itself opens a house of its own, which other tests do.
  const { node, keyOf } = await house({ book: false });
  const url = await node();
  const [ann, bob] = [
    { url, key: await keyOf("ann") },
    { url, key: await keyOf("bob") },
  ];
  for (const [, file = "", text = ""] of guide.matchAll(/`([\w.-]+)`:\n\n```\w+\n([\s\S]*?)```/g)) {
    await writeFile(join(dir, file), text);
  }
  const ran: (Ran & { readonly line: string })[] = [];
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  for (const line of blocks
    .join("\n")
    .split("\n")
    .filter((one) => one.includes("longmen "))) {
    const [, asBob, said = ""] = /^(LONGMEN_KEY=\$BOB )?longmen (.*?)(?: +#.*)?$/.exec(line) ?? [];
    const words = wordsOf(said.replace(" --url $LONGMEN", "")).map((word) =>
      /^[\w.-]+\.(json|csv)$/.test(word) ? join(dir, word) : word,
    );
    ran.push({ line, ...(await runWords(asBob === undefined ? ann : bob, words)) });
  }
  return ran;
}

/** As a shell takes them apart. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
  return words.map(([, single, double, bare]) => single ?? double ?? bare ?? "");
}

const codeSaid = (line: string): number => Number(/exit code (\d)/.exec(line)?.[1] ?? "0");

test.each(["catalog", "rules"])("every command of the guide %s ends as it says", async (name) => {
  const ran = await runGuide(name);
  expect(ran.length).toBeGreaterThan(8);
  for (const { line, code, err } of ran) {
    expect({ line, code, err: code === codeSaid(line) ? "" : err }).toEqual({
      ...{ line, code: codeSaid(line), err: "" },
    });
  }
  const told = ran.map(({ out }) => out).join("\n");
  if (name === "catalog") {
    for (const text of [
      "CUP-R CUP-B",
      "line 3, price:",
      "total 22.00 GBP/2",
      "不能购买",
      "MUG-R",
    ]) {
      expect(told).toContain(text);
    }
  } else {
    for (const text of ["2 of 2 tests pass", '{"amount":80}', "amount: 80 → 70"]) {
      expect(told).toContain(text);
    }
  }
});
