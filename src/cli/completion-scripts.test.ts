import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { type Completed, completionScripts } from "./completion-scripts.ts";

const help = { name: "help", doc: "what it does", takes: "nothing" } as const;
const commands: readonly Completed[] = [
  {
    name: "restore",
    summary: "make a schema out of a backup's rows",
    words: [],
    options: [
      { name: "from", doc: "the file [or -]: whole", takes: "file" },
      { name: "schema", doc: "where to", takes: "text" },
      { name: "check", doc: "only prove it", takes: "nothing" },
      help,
    ],
  },
  { name: "keys", summary: "make keys", words: ["list", "create"], options: [help] },
];

/** What bash offers at the end of a line. */
function offered(...words: readonly string[]): readonly string[] {
  const script = completionScripts["bash"]?.(commands) ?? "";
  const line = ["longmen", ...words].map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _longmen; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync("bash", ["-c", `${script}\n${ask}`], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  return out.split("\n").filter(Boolean);
}

describe.skipIf(process.platform === "win32")("the Tab key in bash", () => {
  test("completes commands, their words, options and files", () => {
    expect(offered("")).toEqual(["restore", "keys", "--help", "--version"]);
    expect(offered("re")).toEqual(["restore"]);
    expect(offered("keys", "c")).toEqual(["create"]);
    expect(offered("restore", "--ch")).toEqual(["--check"]);
    const files = [...offered("restore", "--from", "completion-scripts.t")].sort();
    expect(files).toEqual(["completion-scripts.test.ts", "completion-scripts.ts"]);
  });

  test("offers nothing where it knows nothing, and runs nothing that stands in the line", () => {
    expect(offered("restore", "--schema", "")).toEqual([]);
    expect(offered("nonsense", "")).toEqual([]);
    expect(offered("restore", "$(echo --check)")).toEqual([]);
  });
});

describe("the scripts for other shells", () => {
  test("have every command and option, with quotes that hold", () => {
    const zsh = completionScripts["zsh"]?.(commands) ?? "";
    expect(zsh).toContain(String.raw`'restore:make a schema out of a backup'\''s rows'`);
    expect(zsh).toContain(String.raw`'--from[the file \[or -\]\: whole]:file:_files'`);
    expect(zsh).toContain("'1:word:(list create)'");
    const fish = completionScripts["fish"]?.(commands) ?? "";
    expect(fish).toContain(String.raw`-a restore -d 'make a schema out of a backup\'s rows'`);
    expect(fish).toContain("-n '__fish_seen_subcommand_from restore' -l from -r -F");
    expect(fish).toContain("-n '__fish_seen_subcommand_from keys' -f -a create");
  });
});
