/** All expressions of a graph with their places, and what can be said of them without running them. */
import { type Graph, type GraphNode, JDM_LIMITS, type Problem } from "./graph.ts";

export interface PlacedExpression {
  /** `unary`: a cell that judges its column's field. */
  readonly kind: "standard" | "unary";
  readonly text: string;
  readonly place: Omit<Problem, "problem">;
}

export const expressionsOf = ({ nodes }: Graph): readonly PlacedExpression[] =>
  nodes.flatMap((node) => expressionsOfNode(node));

function expressionsOfNode(node: GraphNode): readonly PlacedExpression[] {
  const place = { node: node.name };
  const standard = (text: string, at: PlacedExpression["place"] = place): PlacedExpression[] =>
    text.trim() === "" ? [] : [{ kind: "standard", text, place: at }];
  switch (node.kind) {
    case "expression":
      return [
        ...standard(node.inputField ?? ""),
        ...node.expressions.flatMap(({ key, value }) => standard(value, { ...place, column: key })),
      ];
    case "switch":
      return node.statements.flatMap(({ condition }, i) =>
        standard(condition, { ...place, row: i + 1 }),
      );
    case "decision":
      return standard(node.inputField ?? "");
    case "table":
      return [
        ...standard(node.inputField ?? ""),
        ...node.inputs.flatMap(({ field, name }) =>
          standard(field ?? "", { ...place, column: name }),
        ),
        ...node.rows.flatMap((row, i) => cellsOfRow(node, row, i)),
      ];
    case "input":
    case "output":
      return [];
  }
}

function cellsOfRow(
  { name: node, inputs, outputs }: Extract<GraphNode, { kind: "table" }>,
  row: Readonly<Record<string, string>>,
  i: number,
): readonly PlacedExpression[] {
  const cells: PlacedExpression[] = [];
  for (const { id, name: column, field } of inputs) {
    const text = row[id] ?? "";
    if (text.trim() === "") continue;
    const kind = field === undefined ? "standard" : "unary";
    cells.push({ kind, text, place: { node, row: i + 1, column } });
  }
  for (const { id, name: column } of outputs) {
    const text = row[id] ?? "";
    if (text.trim() === "") continue;
    cells.push({ kind: "standard", text, place: { node, row: i + 1, column } });
  }
  return cells;
}

const QUOTED = /"[^"]*"|'[^']*'/g;
const CHANCE = /\brand\s*\(/;

/** A template holds expressions, and its apostrophes begin no text: where one may stand, all of it is looked at. */
const codeIn = (text: string): string => (text.includes("`") ? text : text.replaceAll(QUOTED, ""));

/** What no engine needs to be asked for. */
export function checkText({ text, place }: PlacedExpression): Problem | undefined {
  if (text.length > JDM_LIMITS.expressionLength) {
    const problem = `it has ${text.length} characters, and ${JDM_LIMITS.expressionLength} are the most`;
    return { ...place, problem };
  }
  if (CHANCE.test(codeIn(text))) {
    const problem =
      "rand() gives another answer each time, so nothing could be repeated or explained";
    return { ...place, problem };
  }
  return undefined;
}
