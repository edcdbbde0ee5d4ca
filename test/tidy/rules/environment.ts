import type { Node } from "oxc-parser";
import { exceptions as houseExceptions, type Exceptions } from "../exceptions.ts";
import { sourcesOf, walk } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

const reader = "src/config.ts";

/** Configuration is read once, in one place: nothing else touches the environment. */
export function environment(
  tree: Tree,
  exceptions: Exceptions = houseExceptions,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const source of sourcesOf(tree)) {
    const { path } = source;
    if (path === reader || exceptions.environment.some((one) => one.path === path)) continue;
    walk(source.program, (node) => {
      if (!readsEnvironment(node)) return;
      const line = source.lineAt(node.start);
      findings.push({ path, line, message: `the environment is read by ${reader} alone` });
    });
  }
  return findings;
}

function readsEnvironment(node: Node): boolean {
  if (node.type === "MemberExpression" && node.object.type === "Identifier") {
    const property = node.property;
    const name = property.type === "Identifier" ? property.name : "";
    return node.object.name === "process" && name === "env";
  }
  if (node.type !== "ImportSpecifier" || node.imported.type !== "Identifier") return false;
  return node.imported.name === "env";
}
