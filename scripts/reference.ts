import { globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { httpStatusOf, type ErrorRow } from "../src/base/index.ts";
import { type RefusalCode, refusalCodes, refusalRow } from "../src/ledger/index.ts";
import { apiFiles } from "./api-types.ts";
import { renderOrderMachine } from "./order-machine.ts";

/** A file that is made from the code: of docs/reference, or the client's types; a tidy test compares it with what is there. */
export interface ReferencePage {
  readonly path: string;
  render(root: string): Promise<string>;
}

/** What `npm run generate` writes, in order. */
export const referencePages: readonly ReferencePage[] = [
  { path: "docs/reference/errors.md", render: renderErrors },
  { path: "docs/reference/refusals.md", render: () => Promise.resolve(refusalsPage()) },
  { path: "docs/reference/order-machine.md", render: renderOrderMachine },
  ...apiFiles(),
];

interface AnyErrorTable {
  readonly room: string;
  readonly rows: Readonly<Record<string, ErrorRow>>;
}

/** One page for every error that anything in Longmen raises, by room, from all `*.errors.ts`. */
async function renderErrors(root: string): Promise<string> {
  const tables: AnyErrorTable[] = [];
  for (const file of globSync("src/**/*.errors.ts", { cwd: root }).sort()) {
    const door = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>;
    tables.push(...Object.values(door).filter(isErrorTable));
  }
  return errorsPage(tables);
}

function isErrorTable(value: unknown): value is AnyErrorTable {
  return typeof value === "object" && value !== null && "room" in value && "rows" in value;
}

const introduction = `# Errors

*Made by \`npm run generate\` from every \`src/**/*.errors.ts\`; change it there.*

Every error has a stable code, \`room.reason\`. Its *kind* decides the HTTP status; *retry* says
whether asking again can help: \`never\` (change the request), \`same_request\` (send the very same
again: it is safe and answers the same) or \`later\` (wait first). Words in braces are filled in.
A book's refusals are answers and not thrown; they are listed here with the rest, and
[by precedence](refusals.md) on a page of their own. \`http.internal\` (500) is none of them: a bug of
Longmen, logged under the answer's trace id and told to nobody else.
`;

/** Renders the page from the tables alone. */
export function errorsPage(tables: readonly AnyErrorTable[]): string {
  const byRoom = new Map<string, readonly [string, ErrorRow][]>();
  for (const { room, rows } of tables) {
    byRoom.set(room, [...(byRoom.get(room) ?? []), ...Object.entries(rows)]);
  }
  const sections = [...byRoom]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([room, rows]) =>
      [`## ${room}`, ...rows.map(([reason, row]) => entry(`${room}.${reason}`, row))].join("\n\n"),
    );
  return `${[introduction.trimEnd(), kinds(), ...sections].join("\n\n")}\n`;
}

function kinds(): string {
  const rows = Object.entries(httpStatusOf).map(([kind, status]) => `| ${kind} | ${status} |`);
  return ["| kind | HTTP |", "|---|---|", ...rows].join("\n");
}

function entry(code: string, row: ErrorRow): string {
  return [
    `### \`${code}\``,
    row.message,
    `*${row.kind} (${httpStatusOf[row.kind]}) · retry: ${row.retry}* — ${row.advice}`,
  ].join("\n\n");
}

const refusalsIntroduction = `# Refusals of a book, by precedence

*Made by \`npm run generate\` from \`src/ledger/refusal.ts\` and its words; change it there.*

What a request is answered when it isn't carried out: \`{ status: "refused", code }\`. Of several
reasons the first of this list is given. The number stands in \`ledger_entry.status\` and is never
used again. **Burnt**: the refusal depends on the state of the books, so it is kept in the journal and
the id is spent; any later request with that id is answered \`ledger.id_already_failed\` with this code
as its \`original\`. The others say the same of the same request for ever and keep nothing. Requests
without an id (openings, assets) burn nothing. What to do about each: [errors](errors.md).
[How a book remembers](../concepts/ledger.md#what-is-remembered-of-a-refusal).
`;

/** Every refusal in the order in which reasons are looked for. */
export function refusalsPage(): string {
  const rows = (Object.keys(refusalCodes) as RefusalCode[]).map((code) => {
    const { number, remembered } = refusalCodes[code];
    const link = `[\`${code}\`](errors.md#${code.replace(".", "")})`;
    return `| ${number} | ${link} | ${remembered ? "burnt" : ""} | ${refusalRow(code).message} |`;
  });
  return [refusalsIntroduction, "| | code | id | when |", "|---|---|---|---|", ...rows, ""].join(
    "\n",
  );
}
