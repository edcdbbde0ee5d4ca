import type { Node } from "oxc-parser";
import { isTestCode } from "../house.ts";
import { exceptions as houseExceptions, type Exceptions } from "../exceptions.ts";
import { calledName, keyName, literalText, sourcesOf, walk, type Source } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

/**
 * Only the lane commits. Outside src/postgres nobody begins or ends a transaction, and a statement
 * that writes is only ever *described*, as a lane's writer (a `write` member) or in a `*.sql.ts`
 * as text for a flush: what a room can run by itself (`sql.named`, `.query`) reads.
 */
export function commits(tree: Tree, exceptions: Exceptions = houseExceptions): readonly Finding[] {
  return sourcesOf(tree)
    .filter(({ path }) => path.startsWith("src/") && !isTestCode(path))
    .filter(({ path }) => !path.startsWith("src/postgres/"))
    .flatMap((source) => findingsIn(source, exceptions));
}

function findingsIn(source: Source, exceptions: Exceptions): readonly Finding[] {
  const findings: Finding[] = [];
  const permitted = exceptions.transactions.some((one) => one.path === source.path);
  walk(source.program, (node, ancestors) => {
    const message =
      (permitted ? undefined : transactionOf(node)) ??
      controlOf(node, ancestors) ??
      writeOf(source, node, ancestors);
    if (message === undefined) return;
    findings.push({ path: source.path, line: source.lineAt(node.start), message });
  });
  return findings;
}

/** `.transaction(…)`, unless its options say that it only reads. */
function transactionOf(node: Node): string | undefined {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression") return undefined;
  if (calledName(node.callee) !== "transaction") return undefined;
  const options = node.arguments[1];
  if (options?.type === "ObjectExpression" && options.properties.some(saysReadOnly)) {
    return undefined;
  }
  return "only the lane commits: submit a unit instead of opening a transaction";
}

function saysReadOnly(property: Node): boolean {
  if (property.type !== "Property" || keyName(property.key) !== "readOnly") return false;
  return property.value.type === "Literal" && property.value.value === true;
}

const control =
  /^(begin|commit|rollback|abort|savepoint|start\s+transaction|prepare\s+transaction)\b/;

function controlOf(node: Node, ancestors: readonly Node[]): string | undefined {
  const text = statementText(node);
  if (text === undefined || !control.test(text) || !isRun(node, ancestors)) return undefined;
  return `only the lane commits: "${text.slice(0, 30)}"`;
}

const writes =
  /\b(insert\s+into|delete\s+from|merge\s+into|update\s+(only\s+)?\S+(\s+as\s+\S+|\s+\S+)?\s+set\b)/;
const startsWriting = /^(insert\s+into|delete\s+from|merge\s+into|truncate\s|update\s|copy\s)/;

function writeOf(source: Source, node: Node, ancestors: readonly Node[]): string | undefined {
  const text = statementText(node);
  if (text === undefined) return undefined;
  const starts = startsWriting.test(text) && (/^(truncate|copy)/.test(text) || writes.test(text));
  if (!starts && !(text.startsWith("with ") && writes.test(text))) return undefined;
  if (isRun(node, ancestors)) return "writes go through the lane: describe it as a writer";
  const described =
    source.path.endsWith(".sql.ts") || ancestors.some((ancestor) => isWriteMember(ancestor));
  return described ? undefined : "writes are described in a lane's writer or a *.sql.ts";
}

function isWriteMember(node: Node): boolean {
  return node.type === "Property" && keyName(node.key) === "write";
}

/** The statement a literal holds: lower case, without comments and outer space. */
function statementText(node: Node): string | undefined {
  return literalText(node)
    ?.replaceAll(/\/\*[\s\S]*?\*\//g, " ")
    .replaceAll(/--[^\n]*/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

const runners = new Set(["query", "run", "one", "maybe", "exec", "execute"]);

/** Handed to something that sends it by itself: `sql.named(…)`…`` or `client.query("…")`. */
function isRun(node: Node, ancestors: readonly Node[]): boolean {
  const parent = ancestors.at(-1);
  if (parent?.type === "TaggedTemplateExpression" && parent.quasi === node) {
    return baseName(parent.tag) === "sql";
  }
  if (parent?.type !== "CallExpression") return false;
  if (parent.callee === node) return false;
  return runners.has(calledName(parent.callee) ?? "");
}

function baseName(node: Node): string | undefined {
  if (node.type === "CallExpression") return baseName(node.callee);
  if (node.type === "MemberExpression") return baseName(node.object);
  return calledName(node);
}
