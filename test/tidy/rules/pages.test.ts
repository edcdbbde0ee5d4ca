import { describe, expect, test } from "vitest";
import { describeFinding, treeOf } from "../tree.ts";
import { changelog } from "./changelog.ts";
import { DECISION_LINES_MAX, decisions } from "./decisions.ts";
import { links } from "./links.ts";
import { map } from "./map.ts";

describe("the map", () => {
  test("names each path that does not exist", () => {
    const tree = treeOf({
      "MAP.md": "posted → `src/ledger/post.ts`\nheld → `src/ledger/gone.ts`, `LOST.md`\n",
      "src/ledger/post.ts": "",
    });
    expect(map(tree).map(describeFinding)).toEqual([
      "MAP.md:2  src/ledger/gone.ts does not exist",
      "MAP.md:2  LOST.md does not exist",
    ]);
  });

  test("takes folders for paths, and commands for commands", () => {
    const text = "`src/ledger/`, `npm test -- pure`, `order.paid`, `a → b`\n";
    expect(map(treeOf({ "MAP.md": text, "src/ledger/a.ts": "" }))).toEqual([]);
  });

  test("takes a pattern for what fits it", () => {
    const text = "`*.errors.ts`, `src/*/book.ts`, `*.flow.ts`, `src/flow/*`\n`src/ledger/`";
    const tree = treeOf({
      "MAP.md": text,
      "src/ledger/book.ts": "",
      "src/ledger/ledger.errors.ts": "",
    });
    expect(map(tree).map(describeFinding)).toEqual([
      "MAP.md:1  *.flow.ts does not exist",
      "MAP.md:1  src/flow/* does not exist",
    ]);
  });

  test("misses a room, and the map itself", () => {
    const tree = treeOf({ "MAP.md": "nothing\n", "src/flow/run.ts": "" });
    expect(map(tree).map(describeFinding)).toEqual(["MAP.md  says nothing of src/flow/"]);
    expect(map(treeOf({}))).toHaveLength(1);
  });
});

describe("the changelog", () => {
  const judge = (text: string) => changelog(treeOf({ "CHANGELOG.md": text })).map(describeFinding);

  test("wants something unreleased, in a known section", () => {
    expect(judge("# Changelog\n\n## Unreleased\n\n### Added\n\n- A door.\n")).toEqual([]);
    expect(judge("# Changelog\n\n## 0.1.0\n\n- A door.\n")).toHaveLength(1);
    expect(judge("## Unreleased\n\n### Added\n\n## 0.1.0\n\n- A door.\n")).toEqual([
      "CHANGELOG.md:1  Unreleased is empty",
    ]);
    expect(judge("## Unreleased\n\n### Misc\n\n- A door.\n")).toEqual([
      expect.stringContaining("CHANGELOG.md:3  Misc is none of"),
    ]);
    expect(changelog(treeOf({}))).toHaveLength(1);
  });
});

describe("links", () => {
  const judge = (text: string) =>
    links(
      treeOf({
        "docs/page.md": text,
        "docs/other.md": "# Two words, and more\n",
        "src/a.ts": "",
      }),
    ).map((finding) => finding.message);

  test("lead to files, folders and headings", () => {
    const text = "[a](other.md) [b](../src/a.ts) [c](../src/) [d](other.md#two-words-and-more)";
    expect(judge(`# Here\n${text} [e](#here) [f](https://example.org/x)`)).toEqual([]);
  });

  test.each([
    ["a missing file", "[a](gone.md)", "leads nowhere"],
    ["a missing heading", "[a](other.md#three)", "no such heading"],
    ["a missing heading of its own", "[a](#gone)", "no such heading"],
    ["a missing picture", '<img src="gone.svg">', "leads nowhere"],
    ["a reference", "[a]: gone.md", "leads nowhere"],
    ["a path out of the repository", "[a](../../other/x.md)", "out of the repository"],
    ["an absolute path", "[a](/docs/page.md)", "out of the repository"],
  ])("find %s", (_, text, message) => {
    expect(judge(text)).toEqual([expect.stringContaining(message)]);
  });

  test("are not looked for in code", () => {
    expect(judge("`[a](gone.md)`\n\n```md\n[a](gone.md)\n```\n")).toEqual([]);
  });
});

describe("decisions", () => {
  const good = [
    "# 0007 A title",
    ...["What we faced", "What we chose", "What it costs"].flatMap((h) => [`## ${h}`, "Words."]),
    ...["What would change our mind", "Measured"].flatMap((h) => [`## ${h}`, "Words."]),
  ].join("\n");
  const judge = (text: string, name = "0007-a-title.md") =>
    decisions(treeOf({ [`docs/inside/decisions/${name}`]: text })).map((one) => one.message);

  test("are content with one page in the known form", () => {
    expect(judge(good)).toEqual([]);
  });

  test.each([
    ["too long a page", `${good}\n${"more\n".repeat(DECISION_LINES_MAX)}`, "over 60"],
    ["a missing heading", good.replace("## Measured", "Measured"), "its headings are"],
    ["an empty part", good.replace("## Measured\nWords.", "## Measured"), '"Measured" is empty'],
    ["another number", good.replace("0007", "0008"), "begins with"],
  ])("refuse %s", (_, text, message) => {
    expect(judge(text)).toEqual([expect.stringContaining(message)]);
  });

  test("refuse a stray name, and a number twice", () => {
    expect(judge(good, "title.md")).toEqual([expect.stringContaining("NNNN-title.md")]);
    const twice = treeOf({
      "docs/inside/decisions/0007-a-title.md": good,
      "docs/inside/decisions/0007-other.md": good,
    });
    expect(decisions(twice)).toHaveLength(1);
  });
});
