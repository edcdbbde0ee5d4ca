/**
 * A version ready to decide. Three ways, all with the same answer: a graph that is one table of our kind answers from
 * its index, in this process; where a big table stands right behind the input, the engine is given only the rows
 * that can hit; everything else the engine has whole.
 */
import { demandedOf } from "./demanded.ts";
import type { Engines } from "./engine/engines.ts";
import type { Content } from "./engine/engine.ts";
import type { Graph, GraphNode, TableNode } from "./jdm/graph.ts";
import { isObject, type JsonObject } from "./jdm/json.ts";
import {
  findRows,
  type Found,
  indexTable,
  outputOf,
  type TableIndex,
  valuesOf,
} from "./table/table-index.ts";

/** A table that has the input as it came, and so can be asked before the engine is. */
interface IndexedNode {
  readonly node: TableNode;
  readonly index: TableIndex;
}

export interface Compiled {
  readonly whole: Content;
  readonly indexed: readonly IndexedNode[];
  /** The graph is input, one such table, output: its answer is the table's. */
  readonly isOneTable: boolean;
  /** Schemas that the input and the output must fit: of the contract and of the nodes. */
  readonly inputSchemas: readonly unknown[];
  readonly outputSchemas: readonly unknown[];
  /** Fields that must be there where no schema says so. */
  readonly demanded: readonly (readonly string[])[];
  /** Graphs with fewer rows, by which; oldest use first. */
  readonly cuts: Map<string, Content>;
}

export interface CompileInput {
  readonly hash: string;
  /** Of the file and its sub-decisions', in bytes. */
  readonly size: number;
  readonly jdm: unknown;
  readonly graph: Graph;
  readonly uses: Readonly<Record<string, unknown>>;
  readonly contract: { readonly input?: unknown; readonly output?: unknown };
}

export function compile({ hash, size, jdm, graph, uses, contract }: CompileInput): Compiled {
  const indexed = graph.nodes.flatMap((node) => {
    if (node.kind !== "table" || !node.takesInputAsIs || node.hitPolicy !== "first") return [];
    return isBehindInput(graph, node) ? [{ node, index: indexTable(node) }] : [];
  });
  const outputSchemas = schemasOf(graph, "output", contract.output);
  return {
    whole: { id: hash, of: hash, jdm, uses, size },
    indexed,
    isOneTable: isOneTable(graph),
    inputSchemas: schemasOf(graph, "input", contract.input),
    outputSchemas,
    demanded: outputSchemas.length === 0 ? demandedOf(graph) : [],
    cuts: new Map(),
  };
}

function isBehindInput({ nodes, edges }: Graph, { id }: GraphNode): boolean {
  const before = edges.filter((edge) => edge.targetId === id);
  const input = nodes.find(({ kind }) => kind === "input");
  return before.length === 1 && before[0]?.sourceId === input?.id;
}

function isOneTable({ nodes, edges }: Graph): boolean {
  const table = nodes.find((node) => node.kind === "table");
  const kinds = nodes.map(({ kind }) => kind).sort();
  if (table?.isPlain !== true || kinds.join() !== "input,output,table") return false;
  const ids = new Map(nodes.map(({ id, kind }) => [id, kind]));
  const ways = edges.map((one) => `${ids.get(one.sourceId)}>${ids.get(one.targetId)}`).sort();
  return ways.join() === "input>table,table>output";
}

/** An editor keeps a node's schema as text. */
export function schemaOf(raw: unknown): unknown {
  if (raw === undefined || raw === null || raw === "") return undefined;
  if (typeof raw !== "string") return raw;
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw;
  }
}

function schemasOf({ nodes }: Graph, kind: "input" | "output", own: unknown): readonly unknown[] {
  const ofNodes = nodes.map((node) => (node.kind === kind ? schemaOf(node.schema) : undefined));
  return [own, ...ofNodes].filter((schema) => schema !== undefined);
}

/** Fewer rows pay only where they are few; and a graph of them is made once. */
const CUT_ROWS_MAX = 64;
const CUT_FROM_ROWS = 128;
const CUTS_MAX = 200;

export interface Answer {
  readonly output: unknown;
  readonly trace?: unknown;
}

export interface RunOptions {
  readonly trace?: boolean | undefined;
  readonly apart?: boolean | undefined;
}

/** What the version says to this input. Refuses as `Engines.evaluate`. */
export function run(
  compiled: Compiled,
  engines: Engines,
  input: JsonObject,
  { trace = false, apart = false }: RunOptions = {},
): Answer | Promise<Answer | { readonly failed: string }> {
  const found = trace ? [] : compiled.indexed.map(({ index }) => lookUp(index, input));
  const [only] = found;
  if (compiled.isOneTable && only !== undefined) {
    const answer = answerOf(compiled.indexed[0]?.index, only);
    if (answer !== undefined) return answer;
  }
  const content = found.length === 0 ? compiled.whole : cutOf(compiled, found);
  return ask(engines, { content, input, trace }, apart);
}

async function ask(
  engines: Engines,
  request: { readonly content: Content; readonly input: JsonObject; readonly trace: boolean },
  apart: boolean,
): Promise<Answer | { readonly failed: string }> {
  const answer = await engines.evaluate(request, { apart });
  if ("failed" in answer) return answer;
  const { result, trace } = answer;
  return trace === undefined ? { output: result } : { output: result, trace };
}

function lookUp(index: TableIndex, input: JsonObject): Found | undefined {
  const values = valuesOf(index, input);
  return values === undefined ? undefined : findRows(index, values);
}

function answerOf(
  index: TableIndex | undefined,
  { rows, endsCertainly }: Found,
): Answer | undefined {
  if (index === undefined) return undefined;
  if (rows.length === 0) return { output: {} };
  const fields = rows.length === 1 && endsCertainly ? index.outputs[rows[0] ?? 0] : undefined;
  return fields === undefined ? undefined : { output: outputOf(fields) };
}

/** The graph with only the rows that were found, where those are few. */
function cutOf({ whole, indexed, cuts }: Compiled, found: readonly (Found | undefined)[]): Content {
  const kept = new Map<string, readonly number[]>();
  for (const [i, { node }] of indexed.entries()) {
    const rows = found[i]?.rows;
    const pays =
      node.rows.length >= CUT_FROM_ROWS && rows !== undefined && rows.length <= CUT_ROWS_MAX;
    if (pays) kept.set(node.id, rows);
  }
  if (kept.size === 0) return whole;
  const key = [...kept].map(([id, rows]) => `${id}:${rows.join(",")}`).join(";");
  const cut = cuts.get(key) ?? makeCut(whole, kept, key);
  cuts.delete(key);
  cuts.set(key, cut);
  for (const oldest of cuts.keys()) {
    if (cuts.size <= CUTS_MAX) break;
    cuts.delete(oldest);
  }
  return cut;
}

function makeCut(
  whole: Content,
  kept: ReadonlyMap<string, readonly number[]>,
  key: string,
): Content {
  const { nodes, ...rest } = whole.jdm as { readonly nodes: readonly unknown[] };
  const cut = nodes.map((node) => {
    if (!isObject(node) || !isObject(node["content"])) return node;
    const rows = kept.get(String(node["id"]));
    const rules = node["content"]["rules"];
    if (rows === undefined || !Array.isArray(rules)) return node;
    const few = rows.map((row) => rules[row] as unknown);
    return { ...node, content: { ...node["content"], rules: few } };
  });
  const jdm = { ...rest, nodes: cut };
  const size = JSON.stringify(jdm).length;
  return { id: `${whole.id}/${key}`, of: whole.id, jdm, uses: whole.uses, size };
}
