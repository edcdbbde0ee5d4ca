/** What a graph must be to be decided with: connected, without circles, every name known. */
import type { Edge, Graph, GraphNode, Problem } from "./graph.ts";

/** All at once; pure. */
export function checkGraph({ nodes, edges }: Graph): readonly Problem[] {
  const byId = new Map<string, GraphNode>();
  const problems: Problem[] = [];
  for (const node of nodes) {
    if (byId.has(node.id)) problems.push({ node: node.name, problem: `another node has its id` });
    byId.set(node.id, node);
  }
  const inputs = nodes.filter(({ kind }) => kind === "input").length;
  if (inputs !== 1) problems.push({ problem: `it has ${inputs} input nodes, and needs one` });
  const sound = edges.filter((edge) => isSound(edge, byId, problems));
  problems.push(...circles(sound, byId));
  for (const node of nodes) {
    if (node.kind === "table" && node.rows.length === 0) {
      problems.push({ node: node.name, problem: "its table has no rows" });
    }
    problems.push(...overlaps(node));
  }
  return problems;
}

/**
 * The engine sets the fields of a table in no order, and shares objects between them: `r` and `r.y` of one node give
 * one answer or another, or a ring, on which it dies.
 */
function overlaps(node: GraphNode): readonly Problem[] {
  const fields = fieldsOf(node).filter((field) => field !== "");
  const inside = fields.filter((one, i) =>
    fields.some((other, k) => i !== k && `${one}.`.startsWith(`${other}.`)),
  );
  return inside.map((field) => ({
    node: node.name,
    problem: `it sets ${field} twice, or within another field that it sets`,
  }));
}

function fieldsOf(node: GraphNode): readonly string[] {
  if (node.kind === "table") return node.outputs.map(({ field = "" }) => field.trim());
  return node.kind === "expression" ? node.expressions.map(({ key }) => key.trim()) : [];
}

function isSound(
  { id, sourceId, targetId, sourceHandle }: Edge,
  byId: ReadonlyMap<string, GraphNode>,
  problems: Problem[],
): boolean {
  const source = byId.get(sourceId);
  const target = byId.get(targetId);
  if (source === undefined || target === undefined) {
    const missing = source === undefined ? sourceId : targetId;
    problems.push({ problem: `edge ${id} hangs on ${missing}, which is no node` });
    return false;
  }
  if (target.kind === "input") {
    problems.push({ node: target.name, problem: `edge ${id} leads into the input` });
    return false;
  }
  if (source.kind === "output") {
    problems.push({ node: source.name, problem: `edge ${id} leads out of an output` });
    return false;
  }
  if (source.kind !== "switch") return true;
  const knows = source.statements.some((one) => one.id === sourceHandle);
  if (!knows) problems.push({ node: source.name, problem: `edge ${id} leaves it by no statement` });
  return knows;
}

/** Takes away what nothing leads into, again and again; what stays goes round. */
function circles(edges: readonly Edge[], byId: ReadonlyMap<string, GraphNode>): readonly Problem[] {
  const incoming = new Map<string, number>([...byId.keys()].map((id) => [id, 0]));
  const outgoing = new Map<string, string[]>();
  for (const { sourceId, targetId } of edges) {
    incoming.set(targetId, (incoming.get(targetId) ?? 0) + 1);
    outgoing.set(sourceId, [...(outgoing.get(sourceId) ?? []), targetId]);
  }
  const free = [...incoming].filter(([, count]) => count === 0).map(([id]) => id);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    incoming.delete(id);
    for (const target of outgoing.get(id) ?? []) {
      const left = (incoming.get(target) ?? 0) - 1;
      incoming.set(target, left);
      if (left === 0) free.push(target);
    }
  }
  if (incoming.size === 0) return [];
  const names = [...incoming.keys()].map((id) => `"${byId.get(id)?.name ?? id}"`);
  return [{ problem: `nodes lead in a circle: ${names.join(", ")}` }];
}
