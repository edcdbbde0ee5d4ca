import type { Node } from "oxc-parser";
import { isTestCode } from "../house.ts";
import { exceptions as houseExceptions, type Exceptions } from "../exceptions.ts";
import { calledName, keyName, sourcesOf, walk, type Source } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

export const FILE_LINES_MAX = 500;
export const TEST_FILE_LINES_MAX = 600;
export const FUNCTION_LINES_MAX = 60;

const measured = /\.(ts|tsx|mjs|sql|css)$/;

/** Files and functions stay small; what doesn't is listed by name with its exact size. */
export function sizes(tree: Tree, exceptions: Exceptions = houseExceptions): readonly Finding[] {
  const files = [...tree]
    .filter(([path]) => measured.test(path))
    .map(([path, text]) => ({ path, name: "", lines: countLines(text), max: fileMax(path) }));
  const functions = sourcesOf(tree).flatMap(functionsOf);
  return [
    ...judge(
      files,
      exceptions.longFiles.map((one) => ({ ...one, name: "" })),
    ),
    ...judge(functions, exceptions.longFunctions),
  ];
}

interface Measured {
  readonly path: string;
  /** Empty for a whole file. */
  readonly name: string;
  readonly line?: number;
  readonly lines: number;
  readonly max: number;
}

interface Listed {
  readonly path: string;
  readonly name: string;
  readonly lines: number;
}

function judge(things: readonly Measured[], listed: readonly Listed[]): readonly Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<Listed>();
  for (const thing of things) {
    const entry = listed.find((one) => one.path === thing.path && one.name === thing.name);
    if (entry !== undefined) seen.add(entry);
    const message = verdict(thing, entry);
    if (message === undefined) continue;
    const what = thing.name === "" ? "this file" : thing.name;
    const line = thing.line === undefined ? {} : { line: thing.line };
    findings.push({ path: thing.path, ...line, message: `${what} ${message}` });
  }
  for (const entry of listed) {
    if (seen.has(entry)) continue;
    const what = `${entry.path} ${entry.name}`.trim();
    findings.push({
      path: "test/tidy/exceptions.ts",
      message: `${what} is gone: strike it off the list`,
    });
  }
  return findings;
}

function verdict(thing: Measured, entry: Listed | undefined): string | undefined {
  const has = `has ${thing.lines} lines`;
  if (entry === undefined) {
    return thing.lines > thing.max ? `${has}, over ${thing.max}` : undefined;
  }
  if (thing.lines <= thing.max) return `${has}: strike it off test/tidy/exceptions.ts`;
  if (thing.lines > entry.lines) return `${has}, and may only fall from ${entry.lines}`;
  if (thing.lines < entry.lines) return `${has}: lower its number in test/tidy/exceptions.ts`;
  return undefined;
}

function fileMax(path: string): number {
  return isTestCode(path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
}

function countLines(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

function functionsOf(source: Source): readonly Measured[] {
  const found: Measured[] = [];
  walk(source.program, (node, ancestors) => {
    const isFunction =
      node.type === "FunctionDeclaration" ||
      node.type === "FunctionExpression" ||
      node.type === "ArrowFunctionExpression";
    if (!isFunction) return;
    const parent = ancestors.at(-1);
    // A describe only groups tests: each test inside is measured by itself.
    if (parent?.type === "CallExpression" && isDescribe(parent.callee)) return;
    const line = source.lineAt(node.start);
    found.push({
      path: source.path,
      name: functionName(node, parent) ?? `the function at line ${line}`,
      line,
      lines: source.lineAt(node.end - 1) - line + 1,
      max: FUNCTION_LINES_MAX,
    });
  });
  return found;
}

function isDescribe(callee: Node): boolean {
  if (callee.type === "CallExpression") return isDescribe(callee.callee);
  if (callee.type === "MemberExpression") return isDescribe(callee.object);
  return calledName(callee) === "describe";
}

function functionName(node: Node, parent: Node | undefined): string | undefined {
  if (node.type === "FunctionDeclaration" && node.id !== null) return node.id.name;
  if (parent?.type === "VariableDeclarator") return keyName(parent.id);
  if (parent?.type === "Property" || parent?.type === "MethodDefinition") {
    return keyName(parent.key);
  }
  if (parent?.type === "CallExpression" && parent.arguments[0] !== undefined) {
    const title = keyName(parent.arguments[0]);
    return title === undefined ? undefined : `${calledName(parent.callee) ?? "call"}("${title}")`;
  }
  return undefined;
}
