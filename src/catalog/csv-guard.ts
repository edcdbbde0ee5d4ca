/**
 * Spreadsheets run a cell that begins with one of `= + - @` as a formula, whoever wrote it. In an export such a text
 * begins with an apostrophe, by which they take it for text; an import takes one such apostrophe away again, so that
 * the two remain each other's opposite, also for texts that begin with apostrophes of their own.
 */
const FORMULA = /^'*[=+\-@]/;
const NUMBER = /^-[0-9]+(?:\.[0-9]+)?$/;

export function withGuard(cell: string): string {
  return FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
}

export function withoutGuard(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
