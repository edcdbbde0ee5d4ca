/** Tables for a terminal: never wider than it, whatever the names. */
import { columnsOf, filled, fitting } from "./columns.ts";
import { shownInLine } from "./shown.ts";
import { TERMINAL_COLUMNS } from "./terminal.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** May be cut where the table would be too wide, down to so many signs. */
  readonly least?: number;
}

const GAP = "  ";

/** Lines of cells under their titles. Cut cells have an ellipsis in their middle. */
export function table(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  columnsMax: number = TERMINAL_COLUMNS,
): string {
  const rows = cells.map((row) => row.map(shownInLine));
  const widths = columns.map(({ title }, place) =>
    rows.reduce((widest, row) => Math.max(widest, columnsOf(row[place] ?? "")), columnsOf(title)),
  );
  shrink(columns, widths, columnsMax);
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, place) => {
        const width = widths[place] ?? 0;
        const cell = cut(cells[place] ?? "", width);
        return filled(cell, width, align === "right" ? "start" : "end");
      })
      .join(GAP)
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map(line).join("\n");
}

/** The widest that may be cut gives way first. */
function shrink(columns: readonly Column[], widths: number[], columnsMax: number): void {
  const gaps = GAP.length * (columns.length - 1);
  let over = widths.reduce((sum, width) => sum + width, gaps) - columnsMax;
  while (over > 0) {
    let widest = -1;
    for (const [place, { least }] of columns.entries()) {
      const width = widths[place] ?? 0;
      if (least !== undefined && width > least && width > (widths[widest] ?? 0)) widest = place;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
}

/** Of a path both ends say most. */
export function cut(given: string, width: number): string {
  const text = shownInLine(given);
  if (columnsOf(text) <= width) return text;
  const signs = Array.from(text);
  const front = fitting(signs, Math.ceil((width - 1) / 2)).join("");
  const back = fitting(signs.toReversed(), width - 1 - columnsOf(front)).toReversed();
  return `${front}…${back.join("")}`;
}
