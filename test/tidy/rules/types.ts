import { sourcesOf, walk } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

const silencer = /@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-(disable|enable)/;
/** One rule, by name, for one line, and why. */
const silencedWithReason = /^\s*oxlint-disable-next-line ([\w/-]+) -- \S.{10,}/;
/** A test may show that the compiler refuses something, saying what. */
const refusedByCompiler = /^\s*@ts-expect-error \S.{10,}/;
/** These are never silenced: each is a way to lose money quietly, or to lie about a type. */
const sacred = /no-(floating-promises|misused-promises|explicit-any|non-null-assertion|unsafe-)/;

/** Types narrow, never lie: no `any`, no `!`, and who tells a tool to look away says why. */
export function types(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  for (const source of sourcesOf(tree)) {
    const { path } = source;
    walk(source.program, (node) => {
      const line = source.lineAt(node.start);
      if (node.type === "TSAnyKeyword") {
        findings.push({ path, line, message: "`any`: say what it is, or `unknown`" });
      }
      if (node.type === "TSNonNullExpression") {
        findings.push({ path, line, message: "`!`: check it, or assert why it can't be missing" });
      }
    });
    for (const comment of source.comments) {
      if (!silencer.test(comment.value) || maySilence(path, comment.value)) continue;
      const line = source.lineAt(comment.start);
      findings.push({ path, line, message: `silences a tool: ${comment.value.trim()}` });
    }
  }
  return findings;
}

function maySilence(path: string, comment: string): boolean {
  if (refusedByCompiler.test(comment)) return path.endsWith(".test.ts");
  const rule = silencedWithReason.exec(comment)?.[1];
  return rule !== undefined && !sacred.test(rule);
}
