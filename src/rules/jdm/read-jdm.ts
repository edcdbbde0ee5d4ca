/** Reads a JDM file: its shape is checked here, its meaning in check-graph.ts and check-expressions.ts. */
import {
  type Column,
  type Edge,
  type Graph,
  type GraphNode,
  JDM_LIMITS,
  type Problem,
  type Row,
  type TableNode,
} from "./graph.ts";
import { isObject, isShallow } from "./json.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface ReadJdm {
  readonly graph: Graph;
  readonly problems: Problem[];
  /** Nodes that would run somebody's script, call out, or be anybody's. */
  readonly forbidden: readonly string[];
  /** The file's own, as it has them. */
  readonly tests: unknown;
}

/** Kinds that are known and not allowed. */
const FORBIDDEN = new Set(["functionNode", "customNode", "httpNode", "httpRequestNode"]);

export function readJdm(bytes: Uint8Array): ReadJdm {
  const problems: Problem[] = [];
  const none = { graph: { nodes: [], edges: [] }, problems, forbidden: [], tests: undefined };
  const file = parse(bytes, problems);
  if (file === undefined) return none;
  if ("blocks" in file) {
    problems.push({ problem: "it is a policy document; only decision graphs are known" });
    return none;
  }
  const rawNodes = listOf(file, "nodes", JDM_LIMITS.nodes, problems);
  const rawEdges = listOf(file, "edges", JDM_LIMITS.edges, problems);
  const forbidden: string[] = [];
  const nodes = rawNodes.flatMap((raw, i) => {
    const name = nameOf(raw, i);
    if (isForbidden(raw)) {
      forbidden.push(`node "${name}" (${String(raw["type"])})`);
      return [];
    }
    return readNode(raw, name, problems) ?? [];
  });
  const edges = rawEdges.flatMap((raw, i) => readEdge(raw, i, problems) ?? []);
  return { graph: { nodes, edges }, problems, forbidden, tests: file["tests"] };
}

/** A file as JSON; editors of some systems begin it with a byte order mark. Throws where it is none in UTF-8. */
export function valueOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

function parse(bytes: Uint8Array, problems: Problem[]): Fields | undefined {
  if (bytes.byteLength > JDM_LIMITS.bytes) {
    problems.push({
      problem: `it has ${bytes.byteLength} bytes, and ${JDM_LIMITS.bytes} are the most`,
    });
    return undefined;
  }
  try {
    const value = valueOf(bytes);
    const isFair = isShallow(value);
    if (isFair && isObject(value)) return value;
    problems.push({ problem: isFair ? "it is no JSON object" : "it is nested too deeply" });
  } catch (error) {
    problems.push({ problem: `it is no JSON in UTF-8: ${(error as Error).message}` });
  }
  return undefined;
}

function listOf(file: Fields, field: string, most: number, problems: Problem[]): readonly Fields[] {
  const list = file[field];
  if (!Array.isArray(list)) {
    problems.push({ problem: `"${field}" is no list` });
    return [];
  }
  if (list.length > most) {
    problems.push({ problem: `"${field}" has ${list.length} entries, and ${most} are the most` });
    return [];
  }
  return list.filter((one: unknown, i): one is Fields => {
    if (isObject(one)) return true;
    problems.push({ problem: `"${field}" entry ${i + 1} is no object` });
    return false;
  });
}

const nameOf = (raw: Fields, i: number): string => {
  const name = typeof raw["name"] === "string" && raw["name"] !== "" ? raw["name"] : raw["id"];
  return typeof name === "string" && name !== ""
    ? name.slice(0, JDM_LIMITS.nameLength)
    : `#${i + 1}`;
};

function isForbidden(raw: Fields): boolean {
  if (typeof raw["type"] === "string" && FORBIDDEN.has(raw["type"])) return true;
  // Wherever a source or a code sits in a node, somebody means it to run.
  const content = raw["content"];
  return isObject(content) && ("source" in content || "httpRequest" in content);
}

function readEdge(raw: Fields, i: number, problems: Problem[]): Edge | undefined {
  const { id, sourceId, targetId, sourceHandle } = raw;
  if (typeof sourceId !== "string" || typeof targetId !== "string") {
    problems.push({ problem: `edge ${i + 1} does not say from where to where` });
    return undefined;
  }
  const handle = typeof sourceHandle === "string" && sourceHandle !== "" ? sourceHandle : undefined;
  return {
    id: typeof id === "string" ? id : `#${i + 1}`,
    sourceId,
    targetId,
    sourceHandle: handle,
  };
}

function readNode(raw: Fields, name: string, problems: Problem[]): GraphNode | undefined {
  const { id, type } = raw;
  const say = (problem: string): undefined => void problems.push({ node: name, problem });
  if (typeof id !== "string" || id === "") return say("it has no id");
  const content = raw["content"] ?? {};
  if (!isObject(content)) return say("its content is no object");
  const base = { id, name };
  switch (type) {
    case "inputNode":
      return { ...base, kind: "input", schema: content["schema"] };
    case "outputNode":
      return { ...base, kind: "output", schema: content["schema"] };
    case "decisionTableNode":
      return readTable(base, content, problems);
    case "expressionNode":
      return readExpressions(base, content, problems);
    case "switchNode":
      return readSwitch(base, content, problems);
    case "decisionNode": {
      const { key } = content;
      if (typeof key !== "string" || key === "") return say("it names no rule set to decide with");
      return { ...base, kind: "decision", key, inputField: textIn(content, "inputField") };
    }
    default:
      return say(`${JSON.stringify(type) ?? "nothing"} is no kind of node that is known`);
  }
}

type Base = Pick<GraphNode, "id" | "name">;

const textIn = (content: Fields, field: string): string | undefined => {
  const text = content[field];
  return typeof text === "string" && text !== "" ? text : undefined;
};

function readTable(base: Base, content: Fields, problems: Problem[]): TableNode | undefined {
  const say = (problem: string): void => void problems.push({ node: base.name, problem });
  const hitPolicy = content["hitPolicy"] ?? "first";
  if (hitPolicy !== "first" && hitPolicy !== "collect") {
    say(`its hit policy ${JSON.stringify(hitPolicy)} is neither "first" nor "collect"`);
    return undefined;
  }
  const inputs = columnsOf(content["inputs"], "inputs", say);
  const outputs = columnsOf(content["outputs"], "outputs", say);
  const inputField = textIn(content, "inputField");
  for (const { name, field } of outputs) {
    if (field === undefined) say(`its output column "${name}" has no field`);
  }
  const rows = rowsOf(base.name, content["rules"], [...inputs, ...outputs], problems);
  const takesInputAsIs = isOnce(content) && inputField === undefined;
  const setsFields = isOnce(content) && textIn(content, "outputPath") === undefined;
  const isPlain = takesInputAsIs && setsFields && content["passThrough"] !== true;
  return {
    ...base,
    kind: "table",
    hitPolicy,
    inputs,
    outputs,
    rows,
    isPlain,
    setsFields,
    takesInputAsIs,
    inputField,
  };
}

const isOnce = ({ executionMode }: Fields): boolean =>
  executionMode === undefined || executionMode === "single";

function columnsOf(list: unknown, what: string, say: (problem: string) => void): readonly Column[] {
  if (!Array.isArray(list) || list.length > JDM_LIMITS.columns) {
    say(`its ${what} are no list of at most ${JDM_LIMITS.columns} columns`);
    return [];
  }
  const known = new Set<string>();
  return list.flatMap((one: unknown, i) => {
    const id = isObject(one) ? one["id"] : undefined;
    if (!isObject(one) || typeof id !== "string" || known.has(id)) {
      say(`column ${i + 1} of its ${what} has no id of its own`);
      return [];
    }
    known.add(id);
    const name = typeof one["name"] === "string" ? one["name"] : id;
    return [{ id, name, field: textIn(one, "field") }];
  });
}

function rowsOf(
  node: string,
  rules: unknown,
  columns: readonly Column[],
  problems: Problem[],
): readonly Row[] {
  if (!Array.isArray(rules) || rules.length > JDM_LIMITS.rows) {
    problems.push({ node, problem: `its rules are no list of at most ${JDM_LIMITS.rows} rows` });
    return [];
  }
  if (rules.length * columns.length > JDM_LIMITS.cells) {
    problems.push({ node, problem: `it has more than ${JDM_LIMITS.cells} cells` });
    return [];
  }
  rules.forEach((row: unknown, i) => {
    if (!isObject(row)) return void problems.push({ node, row: i + 1, problem: "it is no object" });
    for (const { id, name: column } of columns) {
      if (typeof row[id] === "string") continue;
      problems.push({ node, row: i + 1, column, problem: "there is no text in this cell" });
    }
  });
  return rules as readonly Row[];
}

function readExpressions(base: Base, content: Fields, problems: Problem[]): GraphNode | undefined {
  const list: unknown = content["expressions"] ?? [];
  if (!Array.isArray(list) || list.length > JDM_LIMITS.columns) {
    const problem = `its expressions are no list of at most ${JDM_LIMITS.columns}`;
    return void problems.push({ node: base.name, problem });
  }
  const expressions = list.flatMap((one: unknown, i) => {
    const { key, value } = isObject(one) ? one : {};
    if (typeof key === "string" && typeof value === "string") return [{ key, value }];
    problems.push({ node: base.name, row: i + 1, problem: "it is no key with an expression" });
    return [];
  });
  const isPlain = isOnce(content) && textIn(content, "outputPath") === undefined;
  return {
    ...{ ...base, kind: "expression", expressions, isPlain },
    inputField: textIn(content, "inputField"),
  };
}

function readSwitch(base: Base, content: Fields, problems: Problem[]): GraphNode | undefined {
  const list: unknown = content["statements"] ?? [];
  if (!Array.isArray(list) || list.length > JDM_LIMITS.columns) {
    const problem = `its statements are no list of at most ${JDM_LIMITS.columns}`;
    return void problems.push({ node: base.name, problem });
  }
  const statements = list.flatMap((one: unknown, i) => {
    const { id, condition = "" } = isObject(one) ? one : {};
    if (typeof id === "string" && typeof condition === "string") return [{ id, condition }];
    problems.push({ node: base.name, row: i + 1, problem: "it is no statement with an id" });
    return [];
  });
  return { ...base, kind: "switch", statements };
}
