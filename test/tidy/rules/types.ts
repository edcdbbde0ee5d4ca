import { exceptions as houseExceptions, type Exceptions } from "../exceptions.ts";
import { sourcesOf, walk } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

const silencer = /@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-disable/;

/** Types narrow, never lie: no `any`, no `!`, and nobody tells the tools to look away. */
export function types(tree: Tree, exceptions: Exceptions = houseExceptions): readonly Finding[] {
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
    if (exceptions.silenced.some((one) => one.path === path)) continue;
    for (const comment of source.comments) {
      if (!silencer.test(comment.value)) continue;
      const line = source.lineAt(comment.start);
      findings.push({ path, line, message: `silences a tool: ${comment.value.trim()}` });
    }
  }
  return findings;
}
