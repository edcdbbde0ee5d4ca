import type { Node } from "oxc-parser";
import { isTestCode } from "../house.ts";
import { exceptions as houseExceptions, type Exceptions } from "../exceptions.ts";
import { calledName, keyName, literalText, sourcesOf, walk, type Source } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

/**
 * Only the lane commits. Outside src/postgres nobody begins or ends a transaction, and a statement
 * that writes is only ever *described*: as a lane's writer (its `write` member) or as a statement of
 * a `*.sql.ts`, to be put into a flush. Whoever runs one by itself writes behind the lane's back.
 */
export function commits(tree: Tree, exceptions: Exceptions = houseExceptions): readonly Finding[] {
  const sources = sourcesOf(tree)
    .filter(({ path }) => path.startsWith("src/") && !isTestCode(path))
    .filter(({ path }) => !path.startsWith("src/postgres/"));
  const writing = new Set(sources.flatMap(writingStatements));
  return sources.flatMap((source) => findingsIn(source, writing, exceptions));
}

function findingsIn(
  source: Source,
  writing: ReadonlySet<string>,
  exceptions: Exceptions,
): readonly Finding[] {
  const findings: Finding[] = [];
  const permitted = exceptions.transactions.some((one) => one.path === source.path);
  walk(source.program, (node, ancestors) => {
    const message =
      (permitted ? undefined : (transactionOf(node) ?? controlOf(node, ancestors))) ??
      writeOf(source, node, ancestors) ??
      (permitted ? undefined : runOf(node, writing));
    if (message === undefined) return;
    findings.push({ path: source.path, line: source.lineAt(node.start), message });
  });
  return findings;
}

/** The names under which a file declares statements that write: `const addLine = sql.named(…)`…``. */
function writingStatements(source: Source): readonly string[] {
  const names: string[] = [];
  walk(source.program, (node, ancestors) => {
    if (!isWriting(statementText(node))) return;
    const declared = ancestors.findLast((ancestor) => ancestor.type === "VariableDeclarator");
    const name = declared === undefined ? undefined : keyName(declared.id);
    if (name !== undefined && isTagged(node, ancestors)) names.push(name);
  });
  return names;
}

/** `database.run(addLine, …)`: known by its name, however it was imported. */
function runOf(node: Node, writing: ReadonlySet<string>): string | undefined {
  if (node.type !== "CallExpression" || !runners.has(calledName(node.callee) ?? "")) {
    return undefined;
  }
  const statement = node.arguments[0];
  const name = statement === undefined ? undefined : calledName(statement);
  if (name === undefined || !writing.has(name)) return undefined;
  return `writes go through the lane: put ${name} into a flush instead of running it`;
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
  if (text === undefined || !control.test(text)) return undefined;
  if (!isSent(node, ancestors) && !isTagged(node, ancestors)) return undefined;
  return `only the lane commits: "${text.slice(0, 30)}"`;
}

const writes =
  /\b(insert\s+into|delete\s+from|merge\s+into|update\s+(only\s+)?\S+(\s+as\s+\S+|\s+\S+)?\s+set\b)/;
const startsWriting = /^(insert|delete|merge|update) /;

function writeOf(source: Source, node: Node, ancestors: readonly Node[]): string | undefined {
  if (!isWriting(statementText(node))) return undefined;
  if (isSent(node, ancestors)) return "writes go through the lane: describe it as a writer";
  const described =
    source.path.endsWith(".sql.ts") || ancestors.some((ancestor) => isWriteMember(ancestor));
  return described ? undefined : "writes are described in a lane's writer or a *.sql.ts";
}

function isWriting(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (/^(truncate|copy) /.test(text)) return true;
  return (startsWriting.test(text) || text.startsWith("with ")) && writes.test(text);
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

/** Handed as text to something that sends it: `client.query("…")`. */
function isSent(node: Node, ancestors: readonly Node[]): boolean {
  const parent = ancestors.at(-1);
  if (parent?.type !== "CallExpression" || parent.callee === node) return false;
  return runners.has(calledName(parent.callee) ?? "");
}

/** A statement by the house's tag: `sql.named(…)`…``. */
function isTagged(node: Node, ancestors: readonly Node[]): boolean {
  const parent = ancestors.at(-1);
  if (parent?.type !== "TaggedTemplateExpression" || parent.quasi !== node) return false;
  return baseName(parent.tag) === "sql";
}

function baseName(node: Node): string | undefined {
  if (node.type === "CallExpression") return baseName(node.callee);
  if (node.type === "MemberExpression") return baseName(node.object);
  return calledName(node);
}
