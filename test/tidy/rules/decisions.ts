import type { Finding, Tree } from "../tree.ts";

const folder = "docs/inside/decisions/";
export const DECISION_LINES_MAX = 60;
const headings = [
  "What we faced",
  "What we chose",
  "What it costs",
  "What would change our mind",
  "Measured",
];

/** A decision is one page in one form: numbered once, five headings in order, sixty lines. */
export function decisions(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  const numbers = new Map<string, string>();
  for (const [path, text] of tree) {
    if (!path.startsWith(folder)) continue;
    const number = /^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$/.exec(path.slice(folder.length))?.[1];
    if (number === undefined) {
      findings.push({ path, message: "decisions are named NNNN-title.md" });
      continue;
    }
    const before = numbers.get(number);
    if (before !== undefined) findings.push({ path, message: `${number} is ${before}, too` });
    numbers.set(number, path);
    findings.push(...judgeText(path, number, text));
  }
  return findings;
}

function judgeText(path: string, number: string, text: string): readonly Finding[] {
  const findings: Finding[] = [];
  const lines = text.trimEnd().split("\n");
  if (lines.length > DECISION_LINES_MAX) {
    findings.push({ path, message: `has ${lines.length} lines, over ${DECISION_LINES_MAX}` });
  }
  if (lines[0]?.startsWith(`# ${number} `) !== true) {
    findings.push({ path, line: 1, message: `begins with "# ${number} and its title"` });
  }
  const found = lines.filter((line) => line.startsWith("## ")).map((line) => line.slice(3));
  if (found.join("|") !== headings.join("|")) {
    findings.push({ path, message: `its headings are: ${headings.join(" · ")}` });
  }
  for (const heading of headings) {
    const start = lines.indexOf(`## ${heading}`);
    if (start === -1) continue;
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((line) => line.startsWith("## "));
    const body = (end === -1 ? rest : rest.slice(0, end)).join("").trim();
    if (body === "") findings.push({ path, line: start + 1, message: `"${heading}" is empty` });
  }
  return findings;
}
