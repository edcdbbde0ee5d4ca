import type { Finding, Tree } from "../tree.ts";

const path = "CHANGELOG.md";
const sections = new Set(["Added", "Changed", "Fixed", "Migrations"]);

/** There is always an Unreleased section with something to say, in the four known parts. */
export function changelog(tree: Tree): readonly Finding[] {
  const text = tree.get(path);
  if (text === undefined) return [{ path, message: "is missing" }];
  const lines = text.split("\n");
  const start = lines.indexOf("## Unreleased");
  if (start === -1) return [{ path, message: 'has no "## Unreleased" section' }];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith("## "));
  const body = end === -1 ? rest : rest.slice(0, end);
  const findings: Finding[] = body.flatMap((line, index) => {
    const name = /^### (.+)$/.exec(line)?.[1];
    if (name === undefined || sections.has(name)) return [];
    return [
      { path, line: start + index + 2, message: `${name} is none of: ${[...sections].join(", ")}` },
    ];
  });
  if (!body.some((line) => line.startsWith("- "))) {
    findings.push({ path, line: start + 1, message: "Unreleased is empty" });
  }
  return findings;
}
