import { posix } from "node:path";
import { exists, type Finding, type Tree } from "../tree.ts";

const looksLikePath = /^\.?[\w@*.-]+(\/[\w@*.-]+)*\/?$/;

/** MAP.md leads somewhere: every path it names exists, and every room is on it. */
export function map(tree: Tree): readonly Finding[] {
  const text = tree.get("MAP.md");
  if (text === undefined) return [{ path: "MAP.md", message: "is missing" }];
  const findings: Finding[] = [];
  const named = new Set<string>();
  text.split("\n").forEach((line, index) => {
    for (const path of pathsIn(line)) {
      named.add(path);
      if (path.includes("*") ? matches(tree, path) : exists(tree, path)) continue;
      findings.push({ path: "MAP.md", line: index + 1, message: `${path} does not exist` });
    }
  });
  for (const room of roomsIn(tree)) {
    const onIt = [...named].some((path) => path.startsWith(`src/${room}/`));
    if (!onIt) findings.push({ path: "MAP.md", message: `says nothing of src/${room}/` });
  }
  return findings;
}

/** Paths are written as code: a word with a slash, or a file of the root by its name. */
function pathsIn(line: string): readonly string[] {
  const spans = [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  return spans.filter((span) => {
    if (!looksLikePath.test(span)) return false;
    return span.includes("/") || /\.(md|json|ts|mjs)$/.test(span);
  });
}

/** A pattern leads somewhere when one file fits it; without a slash, when one file's name does. */
function matches(tree: Tree, pattern: string): boolean {
  const anywhere = pattern.includes("/") ? pattern : `**/${pattern}`;
  return [...tree.keys()].some((path) => posix.matchesGlob(path, anywhere));
}

function roomsIn(tree: Tree): readonly string[] {
  const found = [...tree.keys()].flatMap((path) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(found)].sort();
}
