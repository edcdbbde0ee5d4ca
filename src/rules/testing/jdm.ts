/** Decisions made on the spot, for tests. */

export interface JdmTable {
  readonly inputs: readonly (string | undefined)[];
  readonly outputs: readonly string[];
  /** Cells of inputs, then of outputs. */
  readonly rows: readonly (readonly string[])[];
  readonly more?: Readonly<Record<string, unknown>>;
}

interface JdmNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: unknown;
}

export const node = (id: string, type: string, content: unknown = {}): JdmNode => ({
  id,
  name: id,
  type,
  content,
});

export const edge = (sourceId: string, targetId: string, sourceHandle?: string) => ({
  id: `${sourceId}-${targetId}`,
  type: "edge",
  sourceId,
  targetId,
  ...(sourceHandle === undefined ? {} : { sourceHandle }),
});

export function tableContent({ inputs, outputs, rows, more = {} }: JdmTable): unknown {
  const columns = inputs.map((field, i) => ({
    id: `i${i}`,
    name: field ?? `condition ${i}`,
    ...(field === undefined ? {} : { field }),
  }));
  const results = outputs.map((field, i) => ({ id: `o${i}`, name: field, field }));
  const rules = rows.map((cells, r) => ({
    _id: `r${r}`,
    ...Object.fromEntries(columns.map(({ id }, i) => [id, cells[i] ?? ""])),
    ...Object.fromEntries(results.map(({ id }, i) => [id, cells[columns.length + i] ?? ""])),
  }));
  return { hitPolicy: "first", inputs: columns, outputs: results, rules, ...more };
}

/** Input, nodes in a line, output. */
export function lineOf(...middle: readonly JdmNode[]) {
  const nodes = [node("in", "inputNode"), ...middle, node("out", "outputNode")];
  const edges = nodes.slice(1).map(({ id }, i) => edge(nodes[i]?.id ?? "", id));
  return { nodes, edges };
}

export const tableJdm = (table: JdmTable) =>
  lineOf(node("table", "decisionTableNode", tableContent(table)));

export const expressionJdm = (expressions: Readonly<Record<string, string>>) =>
  lineOf(
    node("work", "expressionNode", {
      expressions: Object.entries(expressions).map(([key, value]) => ({ id: key, key, value })),
    }),
  );

export const bytesOf = (jdm: unknown): Uint8Array => Buffer.from(JSON.stringify(jdm));
