import type { Node } from "oxc-parser";
import { keyName, sourcesOf, type Source } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

/** Words that say nothing of what a thing is in the shop or the ledger. */
const banned = new Set(["manager", "helper", "util", "common", "service"]);

/** No banned word names a file or an exported symbol. Plurals count. */
export function words(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.keys()) {
    const word = bannedIn(path);
    if (word !== undefined) findings.push({ path, message: `"${word}" in a file's name` });
  }
  for (const source of sourcesOf(tree)) {
    for (const { name, line } of exportsOf(source)) {
      const word = bannedIn(name);
      if (word === undefined) continue;
      findings.push({ path: source.path, line, message: `"${word}" in the name ${name}` });
    }
  }
  return findings;
}

function bannedIn(name: string): string | undefined {
  const parts = name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return parts.find((part) => banned.has(part) || banned.has(part.replace(/s$/, "")));
}

interface Exported {
  readonly name: string;
  readonly line: number;
}

function exportsOf(source: Source): readonly Exported[] {
  return source.program.body.flatMap((node) => {
    if (node.type !== "ExportNamedDeclaration") return [];
    const declared = node.declaration === null ? [] : namesOf(node.declaration);
    const listed = node.specifiers.flatMap((one) => keyName(one.exported) ?? []);
    const line = source.lineAt(node.start);
    return [...declared, ...listed].map((name) => ({ name, line }));
  });
}

function namesOf(declaration: Node): readonly string[] {
  switch (declaration.type) {
    case "VariableDeclaration":
      return declaration.declarations.flatMap((one) => keyName(one.id) ?? []);
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return declaration.id === null ? [] : [declaration.id.name];
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return [declaration.id.name];
    default:
      return [];
  }
}
