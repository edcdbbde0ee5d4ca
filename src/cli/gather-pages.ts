/** Lists on the command line: so many rows, from a place on. */
import type { List, Page } from "../client/index.ts";
import { type CommandContext, textOption } from "./command.ts";
import type { PageAsked } from "./asked-book.ts";
import { malformed, wholeOption } from "./read-options.ts";

const PAGE_MAX = 1_000;
const ROWS_MAX = 1_000_000;

export const listOptions = (rows: number) =>
  [
    { name: "limit", value: "N", doc: `rows, ${rows} if not given` },
    { name: "after", value: "CURSOR", doc: "go on where a list ended" },
  ] as const;

export interface ListAsked {
  readonly rows: number;
  readonly after: string | undefined;
}

/** Refuses: cli.option_malformed. */
export function listAsked(context: CommandContext, command: string, rows: number): ListAsked {
  const asked = wholeOption(context, "limit", { command, most: ROWS_MAX }) ?? rows;
  if (asked < 1) throw malformed(command, "--limit is at least 1");
  return { rows: asked, after: textOption(context, "after") };
}

/** Page after page, together no more rows than asked for; the last one's cursor is where to go on. */
export async function* gatherPages<T>(
  { rows, after }: ListAsked,
  read: (page: PageAsked) => Promise<Page<T>>,
  pageMax: number = PAGE_MAX,
): AsyncGenerator<Page<T>, void, undefined> {
  let left = rows;
  let cursor = after;
  do {
    const page = await read({ limit: Math.min(left, pageMax), cursor });
    yield page;
    left -= page.items.length;
    cursor = page.cursor;
  } while (cursor !== undefined && left > 0);
}

/** All of them at once, for an answer that is one object. */
export async function gathered<T>(
  asked: ListAsked,
  listOf: (options: { readonly limit: number }) => List<T>,
  pageMax?: number,
): Promise<{ readonly items: readonly T[]; readonly cursor: string | undefined }> {
  const items: T[] = [];
  let after: string | undefined;
  const read = ({ limit, cursor }: PageAsked) => listOf({ limit }).page(cursor);
  for await (const page of gatherPages(asked, read, pageMax)) {
    items.push(...page.items);
    after = page.cursor;
  }
  return { items, cursor: after };
}
