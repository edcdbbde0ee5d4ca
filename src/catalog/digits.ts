/**
 * Patterns for numbers written as text: JSON Schema compares numbers only, and a decimal here is text,
 * since a float would not be exact. A range becomes rows of digit classes of one length.
 */
type Cells = readonly string[];

const between = (low: number, high: number): string => {
  if (low === high) return `${low}`;
  return low === 0 && high === 9 ? "[0-9]" : `[${low}-${high}]`;
};

const anyOf = (count: number): Cells => new Array<string>(count).fill("[0-9]");

function atLeast(text: string): Cells[] {
  if (/^0*$/.test(text)) return [anyOf(text.length)];
  const first = Number(text[0]);
  const rows = atLeast(text.slice(1)).map((rest) => [`${first}`, ...rest]);
  if (first < 9) rows.push([between(first + 1, 9), ...anyOf(text.length - 1)]);
  return rows;
}

function atMost(text: string): Cells[] {
  if (/^9*$/.test(text)) return [anyOf(text.length)];
  const first = Number(text[0]);
  const rows = atMost(text.slice(1)).map((rest) => [`${first}`, ...rest]);
  if (first > 0) rows.push([between(0, first - 1), ...anyOf(text.length - 1)]);
  return rows;
}

/** All texts of digits between two of the same length. */
export function digitRows(low: string, high: string): Cells[] {
  if (low === "") return [[]];
  const [from, to] = [Number(low[0]), Number(high[0])];
  const isWhole = /^0*$/.test(low.slice(1)) && /^9*$/.test(high.slice(1));
  if (isWhole) return [[between(from, to), ...anyOf(low.length - 1)]];
  if (from === to) {
    return digitRows(low.slice(1), high.slice(1)).map((rest) => [`${from}`, ...rest]);
  }
  const rows = [
    ...atLeast(low.slice(1)).map((rest) => [`${from}`, ...rest]),
    ...atMost(high.slice(1)).map((rest) => [`${to}`, ...rest]),
  ];
  if (to - from > 1) rows.push([between(from + 1, to - 1), ...anyOf(low.length - 1)]);
  return rows;
}

const NOTHING = "(?!)";
const anchored = (rows: readonly string[]): string =>
  rows.length === 0 ? `^${NOTHING}$` : `^(?:${rows.join("|")})$`;

function put(cells: Cells, at: number, mark: string): string {
  return `${cells.slice(0, at).join("")}${mark}${cells.slice(at).join("")}`;
}

function unsigned(low: bigint, high: bigint, scale: number): string[] {
  const found: string[] = [];
  const longest = high.toString().length;
  for (let length = scale + 1; length <= Math.max(longest, scale + 1); length++) {
    const least = length === scale + 1 ? 0n : 10n ** BigInt(length - 1);
    const most = 10n ** BigInt(length) - 1n;
    const from = low > least ? low : least;
    const to = high < most ? high : most;
    if (from > to) continue;
    const text = (value: bigint): string => value.toString().padStart(length, "0");
    for (const cells of digitRows(text(from), text(to))) {
      found.push(scale === 0 ? cells.join("") : put(cells, length - scale, "\\."));
    }
  }
  return found;
}

/** The pattern of decimals with exactly `scale` decimals, from `low` to `high` (both in their last decimal). */
export function decimalPattern(low: bigint, high: bigint, scale: number): string {
  const rows = high < 0n ? [] : unsigned(low > 0n ? low : 0n, high, scale);
  const deepest = low < 0n ? -low : 0n;
  const least = high < 0n ? -high : 1n;
  if (deepest >= least) rows.push(...unsigned(least, deepest, scale).map((row) => `-${row}`));
  return anchored(rows);
}

/** The pattern of texts `yyyy-mm-dd` between two of them; the calendar is another matter. */
export function dateRangePattern(low: string, high: string): string {
  if (low > high) return anchored([]);
  const rows = digitRows(low.replaceAll("-", ""), high.replaceAll("-", ""));
  return anchored(rows.map((row) => `${put(row.slice(0, 6), 4, "-")}-${row.slice(6).join("")}`));
}

const LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
/** Days that the calendar has. */
export const CALENDAR_PATTERN = `^(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|${LEAP}-02-29)$`;
