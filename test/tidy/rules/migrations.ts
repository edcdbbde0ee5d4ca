import type { Finding, Tree } from "../tree.ts";

const PATH = /^src\/[^/]+\/migrations\/(\d{4})-[^/]+\.sql$/;
const WORD = /^-- (?:compatible|breaking|needs \d{4})\n/;
/** Applied before there was a word for it; what was applied is never edited. */
const BEFORE = [
  "src/ledger/migrations/0002-who-made-a-book.sql",
  "src/ledger/migrations/0003-archive.sql",
];

/**
 * Every migration says whether older nodes may stay beside it, so that nobody decides it by leaving a
 * line out. A room's first makes its tables: no older node can mind.
 */
export function migrations(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    const number = PATH.exec(path)?.[1];
    if (number === undefined || number === "0001" || BEFORE.includes(path)) continue;
    if (WORD.test(text)) continue;
    const message = "its first line says who may stay: -- compatible, -- breaking or -- needs 0003";
    findings.push({ path, message });
  }
  return findings;
}
