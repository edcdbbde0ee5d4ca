/** JDM, the format of decisions that the ZEN engine and its editor have in common: nodes, edges, tables. */

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[];
}

export interface Edge {
  readonly id: string;
  readonly sourceId: string;
  readonly targetId: string;
  /** Of a switch: the statement that leads here. */
  readonly sourceHandle?: string | undefined;
}

interface NodeBase {
  readonly id: string;
  readonly name: string;
}

export interface SchemaNode extends NodeBase {
  readonly kind: "input" | "output";
  /** A JSON Schema, if it holds one. */
  readonly schema: unknown;
}

export interface Column {
  readonly id: string;
  readonly name: string;
  /** Of an input: an expression that its cells judge; without, each cell is an expression of its own. */
  readonly field: string | undefined;
}

export type Row = Readonly<Record<string, string>>;

export interface TableNode extends NodeBase {
  readonly kind: "table";
  readonly hitPolicy: "first" | "collect";
  readonly inputs: readonly Column[];
  readonly outputs: readonly Column[];
  readonly rows: readonly Row[];
  /** It has its input as it comes and answers just what its row says. */
  readonly isPlain: boolean;
  /** It runs once, and sets its fields at the top. */
  readonly setsFields: boolean;
  /** It has its input as it comes, once; what it makes of its answer is left open. */
  readonly takesInputAsIs: boolean;
  readonly inputField: string | undefined;
}

export interface ExpressionNode extends NodeBase {
  readonly kind: "expression";
  /** It runs once, and sets its fields at the top. */
  readonly isPlain: boolean;
  readonly expressions: readonly { readonly key: string; readonly value: string }[];
  readonly inputField: string | undefined;
}

export interface SwitchNode extends NodeBase {
  readonly kind: "switch";
  readonly statements: readonly { readonly id: string; readonly condition: string }[];
}

export interface DecisionNode extends NodeBase {
  readonly kind: "decision";
  readonly key: string;
  readonly inputField: string | undefined;
}

export type GraphNode = SchemaNode | TableNode | ExpressionNode | SwitchNode | DecisionNode;

/** Something wrong, and where. Rows count from 1, as people see them. */
export interface Problem {
  readonly node?: string | undefined;
  readonly row?: number | undefined;
  readonly column?: string | undefined;
  readonly problem: string;
}

export function textOf({ node, row, column, problem }: Problem): string {
  const places = [
    node === undefined ? undefined : `node "${node}"`,
    row === undefined ? undefined : `row ${row}`,
    column === undefined ? undefined : `column "${column}"`,
  ].filter((place) => place !== undefined);
  return places.length === 0 ? problem : `${places.join(", ")}: ${problem}`;
}

export const JDM_LIMITS = {
  bytes: 4 * 1024 * 1024,
  nodes: 200,
  edges: 1_000,
  columns: 100,
  rows: 20_000,
  cells: 400_000,
  expressionLength: 4_000,
  nameLength: 200,
} as const;

/** More are not told at once: who has so many has one mistake in the making. */
export const PROBLEMS_MAX = 100;
