/** Tables for a terminal: never wider than it, whatever the names. A Chinese sign is two columns wide. */
import stringWidth from "string-width";
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
    rows.reduce((widest, row) => Math.max(widest, stringWidth(row[place] ?? "")), title.length),
  );
  shrink(columns, widths, columnsMax);
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, place) => {
        const width = widths[place] ?? 0;
        const cell = cut(cells[place] ?? "", width);
        const rest = " ".repeat(Math.max(0, width - stringWidth(cell)));
        return align === "right" ? rest + cell : cell + rest;
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

const signs = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Of a path both ends say most. No sign is cut in two. */
export function cut(given: string, width: number): string {
  const text = shownInLine(given);
  if (stringWidth(text) <= width) return text;
  const all = [...signs.segment(text)].map(({ segment }) => segment);
  const front = within(all, Math.ceil((width - 1) / 2));
  const back = within(all.toReversed(), width - 1 - stringWidth(front.join("")));
  return [...front, "…", ...back.toReversed()].join("");
}

/** As many of them as have room in so many columns. */
function within(all: readonly string[], columns: number): string[] {
  let left = columns;
  const end = all.findIndex((sign) => (left -= stringWidth(sign)) < 0);
  return all.slice(0, end < 0 ? all.length : end);
}
