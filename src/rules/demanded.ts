/**
 * Which fields an answer must have where no contract says so. The engine leaves a null at the top of an answer out, and
 * null is what a division by zero becomes: it would be gone without a trace. So what the last node sets for every
 * input must be there; who means nothing by nothing says so in a contract.
 */
import type { Graph, GraphNode, TableNode } from "./jdm/graph.ts";

/** One list for each node that may be the last; the fields of one of them must be there. Empty: nothing is known. */
export function demandedOf({ nodes, edges }: Graph): readonly (readonly string[])[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  // A switch may lead to an output on one way and to more work on another: then it is the last on the one.
  const isLast = ({ id, kind }: GraphNode): boolean => {
    if (kind === "output") return false;
    const after = edges.filter(({ sourceId }) => sourceId === id);
    const isEnd = after.some(({ targetId }) => byId.get(targetId)?.kind === "output");
    return isEnd || after.length === 0;
  };
  const last = nodes.filter(isLast).map(fieldsOf);
  const known = last.filter((fields) => fields !== undefined);
  return known.length === last.length ? known : [];
}

function fieldsOf(node: GraphNode): readonly string[] | undefined {
  if (node.kind === "expression" && node.isPlain)
    return node.expressions.map(({ key }) => topOf(key)).filter((field) => field !== "");
  if (node.kind !== "table" || node.hitPolicy !== "first" || !node.setsFields) return undefined;
  return node.outputs
    .filter(({ id }) => isAlwaysSet(node, id))
    .map(({ field = "" }) => topOf(field));
}

const isAlwaysSet = ({ rows }: TableNode, column: string): boolean =>
  rows.every((row) => !["", "null"].includes((row[column] ?? "").trim()));

const topOf = (path: string): string => path.split(".")[0] ?? path;

/** The first field that is missing, or undefined. */
export function missingOf(
  demanded: readonly (readonly string[])[],
  output: unknown,
): string | undefined {
  const isThere = (field: string): boolean =>
    typeof output === "object" && output !== null && Object.hasOwn(output, field);
  if (demanded.length === 0 || demanded.some((fields) => fields.every(isThere))) return undefined;
  return demanded.flat().find((field) => !isThere(field));
}
