import type { Node } from "oxc-parser";
import { isTestCode } from "../house.ts";
import { calledName, keyName, literalText, sourcesOf, walk, type Source } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

export const errorsPage = "docs/reference/errors.md";

interface Declared {
  readonly code: string;
  readonly room: string;
  readonly reason: string;
  readonly path: string;
  readonly line: number;
}

/**
 * Codes agree everywhere: every one declared is documented and raised somewhere, and every one
 * documented, promised in a docstring or compared with is declared.
 */
export function errorCodes(tree: Tree): readonly Finding[] {
  const declared = sourcesOf(tree)
    .filter((source) => source.path.startsWith("src/") && !source.path.endsWith(".test.ts"))
    .flatMap(declaredIn);
  const codes = new Set(declared.map((one) => one.code));
  const rooms = new Set(declared.map((one) => one.room));
  return [
    ...misplaced(declared),
    ...againstPage(tree, declared, codes),
    ...neverRaised(tree, declared),
    ...sourcesOf(tree).flatMap((source) =>
      mentionsIn(source)
        .filter(({ code }) => rooms.has(code.split(".")[0] ?? "") && !codes.has(code))
        .map(({ code, line }) => ({
          path: source.path,
          line,
          message: `${code} is declared in no *.errors.ts`,
        })),
    ),
  ];
}

/** `defineErrors("room", { reason: … })`, read without running it. */
function declaredIn(source: Source): readonly Declared[] {
  const found: Declared[] = [];
  walk(source.program, (node) => {
    if (node.type !== "CallExpression" || calledName(node.callee) !== "defineErrors") return;
    const [roomNode, rows] = node.arguments;
    const room = roomNode === undefined ? undefined : literalText(roomNode);
    if (room === undefined || rows?.type !== "ObjectExpression") return;
    for (const row of rows.properties) {
      const reason = row.type === "Property" ? keyName(row.key) : undefined;
      if (reason === undefined) continue;
      const line = source.lineAt(row.start);
      found.push({ code: `${room}.${reason}`, room, reason, path: source.path, line });
    }
  });
  return found;
}

function misplaced(declared: readonly Declared[]): readonly Finding[] {
  const findings: Finding[] = [];
  const first = new Map<string, Declared>();
  for (const one of declared) {
    const { path, line } = one;
    if (!path.endsWith(".errors.ts")) {
      findings.push({ path, line, message: `${one.code} belongs in a *.errors.ts` });
    }
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(one.reason)) {
      findings.push({ path, line, message: `${one.code}: reasons are snake_case` });
    }
    const before = first.get(one.code);
    if (before === undefined) first.set(one.code, one);
    else findings.push({ path, line, message: `${one.code} is declared in ${before.path}, too` });
  }
  return findings;
}

function againstPage(
  tree: Tree,
  declared: readonly Declared[],
  codes: ReadonlySet<string>,
): readonly Finding[] {
  if (declared.length === 0) return [];
  const page = tree.get(errorsPage) ?? "";
  const documented = new Set<string>();
  const findings: Finding[] = [];
  page.split("\n").forEach((text, index) => {
    const code = /^### `([^`]+)`$/.exec(text)?.[1];
    if (code === undefined) return;
    documented.add(code);
    if (codes.has(code)) return;
    findings.push({ path: errorsPage, line: index + 1, message: `${code} exists no more` });
  });
  for (const { code, path, line } of declared) {
    if (documented.has(code)) continue;
    findings.push({ path, line, message: `${code} is not in ${errorsPage}: npm run generate` });
  }
  return findings;
}

/** A code that nothing raises is a promise about a situation that can't happen. */
function neverRaised(tree: Tree, declared: readonly Declared[]): readonly Finding[] {
  const spoken = new Set<string>();
  for (const source of sourcesOf(tree)) {
    const { path } = source;
    if (!path.startsWith("src/") || path.endsWith(".errors.ts") || isTestCode(path)) continue;
    walk(source.program, (node) => {
      const text = literalText(node);
      if (text !== undefined) spoken.add(text);
    });
  }
  return declared
    .filter(({ code, reason }) => !spoken.has(reason) && !spoken.has(code))
    .map(({ code, path, line }) => ({ path, line, message: `nothing raises ${code}` }));
}

interface Mention {
  readonly code: string;
  readonly line: number;
}

const codeShape = /^[a-z][a-z0-9]*\.[a-z][a-z0-9_]*$/;

/** Codes promised by a *Refuses* line, and codes compared with or expected as `code`. */
function mentionsIn(source: Source): readonly Mention[] {
  const found: Mention[] = [];
  for (const comment of source.comments) {
    const line = source.lineAt(comment.start);
    for (const code of refusedIn(comment.value)) found.push({ code, line });
  }
  walk(source.program, (node) => {
    for (const value of codePositions(node)) {
      const code = literalText(value);
      if (code === undefined || !codeShape.test(code)) continue;
      found.push({ code, line: source.lineAt(value.start) });
    }
  });
  return found;
}

/** The codes after "Refuses:", up to the sentence's end. */
function refusedIn(comment: string): readonly string[] {
  const joined = comment.replaceAll(/\s*\n\s*\*?\s*/g, " ");
  return [...joined.matchAll(/Refuses: ([^:]*?)(?:\.(?=\s|$)|$)/g)].flatMap((match) =>
    [...(match[1] ?? "").matchAll(/\b[a-z][a-z0-9]*\.[a-z][a-z0-9_]*\b/g)].map(([code]) => code),
  );
}

function codePositions(node: Node): readonly Node[] {
  if (node.type === "Property" && keyName(node.key) === "code") return [node.value];
  if (node.type === "BinaryExpression" && /^[!=]==$/.test(node.operator)) {
    if (calledName(node.left) === "code") return [node.right];
    if (calledName(node.right) === "code") return [node.left];
  }
  if (node.type === "SwitchStatement" && calledName(node.discriminant) === "code") {
    return node.cases.flatMap((one) => one.test ?? []);
  }
  return [];
}
