import { parseSync, visitorKeys, type Comment, type Node, type Program } from "oxc-parser";
import { posix } from "node:path";
import type { Tree } from "./tree.ts";

/** A parsed TypeScript (or JavaScript) file. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  /** The line, from 1, of an offset into the text. */
  lineAt(offset: number): number;
}

/** Anything that makes one file need another: import, re-export, import(), import("…") as a type. */
export interface Import {
  readonly specifier: string;
  /** The path in the tree that a relative specifier means; undefined for packages. */
  readonly target: string | undefined;
  readonly line: number;
  /** `import()`: loaded on use, so the package may be absent. */
  readonly onUse: boolean;
}

const cache = new WeakMap<Tree, readonly Source[]>();
const isCode = /\.(ts|tsx|mjs)$/;

/** Every code file of the tree, parsed once however many rules look at it. */
export function sourcesOf(tree: Tree): readonly Source[] {
  const known = cache.get(tree);
  if (known !== undefined) return known;
  const sources = [...tree]
    .filter(([path]) => isCode.test(path))
    .map(([path, text]) => parseSource(path, text));
  cache.set(tree, sources);
  return sources;
}

export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text, { sourceType: "module" });
  if (parsed.errors.length > 0) {
    throw new Error(`${path} can't be parsed: ${parsed.errors[0]?.message ?? "unknown"}`);
  }
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const lineAt = (offset: number): number => {
    const next = starts.findIndex((start) => start > offset);
    return next === -1 ? starts.length : next;
  };
  const { program, comments } = parsed;
  const imports = importsOf(path, program, lineAt);
  return { path, text, program, comments, imports, lineAt };
}

function importsOf(
  path: string,
  program: Program,
  lineAt: (offset: number) => number,
): readonly Import[] {
  const found: Import[] = [];
  walk(program, (node) => {
    const literal = importedBy(node);
    if (literal === undefined) return;
    const specifier = literal.value;
    const relative = specifier.startsWith(".");
    found.push({
      specifier,
      target: relative ? posix.join(posix.dirname(path), specifier) : undefined,
      line: lineAt(node.start),
      onUse: node.type === "ImportExpression",
    });
  });
  return found;
}

function importedBy(node: Node): { value: string } | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "TSImportType":
      return node.source;
    case "ExportNamedDeclaration":
      return node.source ?? undefined;
    case "ImportExpression":
      return node.source.type === "Literal" && typeof node.source.value === "string"
        ? { value: node.source.value }
        : undefined;
    default:
      return undefined;
  }
}

/** Visits every node, parents before children; `ancestors` runs from the program to the parent. */
export function walk(
  program: Program,
  visit: (node: Node, ancestors: readonly Node[]) => void,
): void {
  const ancestors: Node[] = [];
  const step = (node: Node): void => {
    visit(node, ancestors);
    ancestors.push(node);
    for (const child of childrenOf(node)) step(child);
    ancestors.pop();
  };
  step(program);
}

function childrenOf(node: Node): readonly Node[] {
  const fields = node as unknown as Readonly<Record<string, unknown>>;
  const children: Node[] = [];
  for (const key of visitorKeys[node.type] ?? []) {
    const value = fields[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) children.push(child);
    }
  }
  return children;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

/** The text of a plain string or template literal, `${…}` standing for whatever is put in. */
export function literalText(node: Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type !== "TemplateLiteral") return undefined;
  return node.quasis.map((quasi) => quasi.value.cooked ?? quasi.value.raw).join("${}");
}

/** The last name of what is called: `query` of `client.query(…)`, `fail` of `fail(…)`. */
export function calledName(node: Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type === "MemberExpression" && node.property.type === "Identifier") {
    return node.property.name;
  }
  return undefined;
}

/** The plain name of an object's key. */
export function keyName(key: Node): string | undefined {
  if (key.type === "Identifier") return key.name;
  return literalText(key);
}
