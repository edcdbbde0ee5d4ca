/** `longmen verify`: is every balance the fold of its history, and every hash right? */
import { open } from "node:fs/promises";
import { fail } from "../../base/index.ts";
import { archiveErrors, type VerifyReport } from "../../ledger/index.ts";
import { bookOption, withBook } from "../asked-book.ts";
import { cliErrors } from "../cli.errors.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { namedNode } from "../connect-node.ts";
import { exitCodes } from "../exit-codes.ts";
import { counted } from "../replay/report.ts";
import { reportJson } from "../report-json.ts";
import { barText } from "../terminal.ts";

export const verify: Command = {
  name: "verify",
  summary: "check every balance, bound and hash of a book",
  help: `
Folds the whole history of a book and compares it with every balance, bound and
hash. Works on a live book; with --url a running node does it. Exit code 0 when
all is right, 4 when not.

  longmen verify
  longmen verify --expect-head HASH   fails, too, if history was rewritten since
  longmen verify --archive FILE FILE  proves archives, alone and with the book`,
  words: "[FILE …]",
  options: [
    bookOption,
    {
      name: "expect-head",
      value: "HASH",
      doc: "a head, all 64 digits, that the chain must pass through",
    },
    { name: "archive", doc: "the words behind it are files that longmen archive made" },
    jsonOption,
  ],
  asksNodes: true,
  async run(context) {
    const { terminal, options, signal } = context;
    const archives = filesOf(context);
    const expectHead = expectedHead(context);
    if (namedNode(context.house.loadConfig(context.flags)) === undefined)
      await demandFiles(archives);
    return withBook(context, async (book) => {
      const report = await book.verify({
        expectHead,
        archives,
        signal,
        onProgress: (done, total) => {
          terminal.bar(barText("verifying", done, total, counted(total, "entry", "entries")));
        },
      });
      terminal.bar(undefined);
      terminal.answer(
        options["json"] === true ? JSON.stringify(reportJson(report)) : verifyText(report),
      );
      return report.verified ? exitCodes.done : exitCodes.wrong;
    });
  },
};

/** Refuses: cli.option_malformed. */
function filesOf({ options, words }: CommandContext): readonly string[] | undefined {
  if ((options["archive"] === true) === words.length > 0) {
    return words.length > 0 ? words : undefined;
  }
  const problem =
    words.length > 0 ? `"${words[0]}" stands without --archive` : "--archive names no file";
  throw fail(cliErrors, "option_malformed", { problem, command: "verify" });
}

/**
 * A path that is mistyped says nothing about the books: it is no finding of theirs.
 * Refuses: ledger.archive_file_missing.
 */
async function demandFiles(files: readonly string[] = []): Promise<void> {
  for (const file of files) {
    try {
      const opened = await open(file);
      try {
        // A folder can be opened, and not be read.
        await opened.read(Buffer.alloc(1), 0, 1, 0);
      } finally {
        await opened.close();
      }
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw fail(archiveErrors, "archive_file_missing", { file, problem }, error);
    }
  }
}

const HEAD = /^[0-9a-f]{64}$/i;

/** Half a head is in no chain: it would read as history rewritten. Refuses: cli.head_malformed. */
function expectedHead(context: CommandContext): string | undefined {
  const value = textOption(context, "expect-head");
  if (value !== undefined && !HEAD.test(value)) throw fail(cliErrors, "head_malformed", { value });
  return value;
}

function archiveLines({ archivedThrough, archives = [] }: VerifyReport): string[] {
  if (archivedThrough === undefined) return [];
  return [
    `  archived up to seq ${archivedThrough}: what stays of it is what was archived`,
    ...archives.map(
      ({ file, proved }) => `  ${file}: ${proved ? "proved" : "not proved by any file given"}`,
    ),
  ];
}

/** The outcome of verify for people. */
export function verifyText(report: VerifyReport): string {
  const { book, entries, batches, accounts, seconds, head, findings, findingsCount } = report;
  const size = [
    counted(entries, "entry", "entries"),
    counted(batches, "batch", "batches"),
    counted(accounts, "account"),
  ].join(", ");
  const verdict = report.verified
    ? "every balance, bound and hash is right"
    : counted(findingsCount, "finding");
  return [
    `Book ${book}: ${verdict}`,
    `  ${size} in ${seconds.toFixed(1)} s`,
    `  head ${head.hash}`,
    ...archiveLines(report),
    ...findings.map(({ invariant, message }) => `  ${invariant}: ${message}`),
    ...(findingsCount > findings.length ? [`  and ${findingsCount - findings.length} more`] : []),
  ].join("\n");
}
