/** `longmen archive`: what is old of a book goes into a file, proved; the book stays whole in what counts. */
import { fail, parseRfc3339, toRfc3339 } from "../../base/index.ts";
import {
  archiveBook,
  type ArchiveReport,
  type ArchiveStep,
  type Entry,
  putBackArchive,
  readArchive,
} from "../../ledger/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { bookRooms, openHouse } from "../open-house.ts";
import { operator } from "../operator.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";
import { counted } from "../replay/report.ts";
import { barText } from "../terminal.ts";

export const archive: Command = {
  name: "archive",
  summary: "put what is old of a book into a file, and make room",
  words: "[show FILE | put-back FILE]",
  help: `
Puts what is old into a file, proves it, and makes the tables slim. Balances,
repeats, hashes go on as before. Stopped at any point, run it again: it goes on.

  longmen archive --before 2026-01-01 --to retail-2025.lma --dry-run
  longmen archive --before 2026-01-01 --to retail-2025.lma
  longmen archive show retail-2025.lma --id sale-17   with every word it had
  longmen archive put-back retail-2025.lma            undoes the newest`,
  options: [
    { name: "book", value: "NAME", doc: `the book, ${RETAIL_BOOK} if not given` },
    {
      name: "before",
      value: "TIME",
      doc: "2026-01-31, or with T12:00:00Z; a day ago at least",
    },
    { name: "to", value: "FILE", doc: "the file to make; never written over" },
    { name: "dry-run", doc: "only tell how much there is" },
    { name: "id", value: "ID", doc: "show: the entries of this id or chain alone" },
    jsonOption,
  ],
  run(context) {
    const [verb, file, ...rest] = context.words;
    if (verb === undefined) return make(context);
    if (file === undefined || rest.length > 0) throw malformed(`${verb} takes one FILE`);
    if (verb === "show") return showEntries(context, file);
    if (verb === "put-back") return putBack(context, file);
    throw malformed(`${verb} is neither show nor put-back`);
  },
};

function malformed(problem: string) {
  return fail(cliErrors, "option_malformed", { problem, command: "archive" });
}

const stepWords: Readonly<Record<ArchiveStep, string>> = {
  verifying: "verifying",
  writing: "writing",
  proving: "proving",
  slimming: "slimming",
};

async function make(context: CommandContext) {
  const { terminal, options, signal } = context;
  if (options["id"] !== undefined) throw malformed("--id goes with show");
  const to = textOption(context, "to");
  const time = textOption(context, "before");
  if (to === undefined || time === undefined) throw malformed("say --before TIME and --to FILE");
  const before = parseRfc3339(/^\d{4}-\d{2}-\d{2}$/.test(time) ? `${time}T00:00:00Z` : time);
  const dryRun = options["dry-run"] === true;
  const opened = await openHouse(context, { beside: true, looks: dryRun ? bookRooms : undefined });
  try {
    const book = textOption(context, "book") ?? RETAIL_BOOK;
    const { by, request } = operator();
    const report = await archiveBook(opened.database, book, {
      before,
      to,
      dryRun,
      context: { by, request },
      signal,
      faults: opened.config.faults,
      log: opened.log,
      onProgress: (step, done, total) => {
        const remark = counted(total, "entry", "entries");
        terminal.bar(barText(stepWords[step], done, total, remark));
      },
    });
    terminal.bar(undefined);
    terminal.answer(options["json"] === true ? jsonText(report) : archiveText(report));
    return exitCodes.done;
  } finally {
    await opened.close();
  }
}

function jsonText({ at, ...report }: ArchiveReport): string {
  return JSON.stringify({ ...report, ...(at === undefined ? {} : { at: toRfc3339(at) }) });
}

/** The outcome for people. */
function archiveText(report: ArchiveReport): string {
  const { book, outcome, entries, afterSeq, throughSeq, at, hash, seconds } = report;
  if (outcome === "nothing")
    return `Book ${book}: nothing is older than that, or all of it is archived already`;
  const until = at === undefined ? "" : `, up to ${toRfc3339(at)}`;
  const size = `  ${counted(entries, "entry", "entries")}, seq ${afterSeq + 1} to ${throughSeq}${until}`;
  if (outcome === "planned") {
    const { wordBytes = 0, balances = 0 } = report;
    return [
      `Book ${book}: this would be archived`,
      size,
      `  ${wordBytes.toLocaleString("en")} bytes of words would leave the journal,`,
      `  and ${counted(balances, "balance")} of the past`,
    ].join("\n");
  }
  const { file, fileBytes = 0, fileSha256 } = report;
  return [
    `Book ${book}: archived in ${file}, proved, in ${seconds.toFixed(1)} s`,
    size,
    `  ${fileBytes.toLocaleString("en")} bytes, SHA-256`,
    `  ${fileSha256}`,
    `  head at its end`,
    `  ${hash}`,
    `Keep the file: what it has is nowhere else.`,
  ].join("\n");
}

async function putBack(context: CommandContext, from: string) {
  const { terminal, options, signal } = context;
  takesNone(context, "put-back", ["before", "to", "dry-run", "id"]);
  const opened = await openHouse(context, { beside: true });
  try {
    const report = await putBackArchive(
      opened.database,
      textOption(context, "book") ?? RETAIL_BOOK,
      {
        from,
        signal,
        faults: opened.config.faults,
        log: opened.log,
        onProgress: (done, total) => {
          terminal.bar(barText("putting", done, total, counted(total, "entry", "entries")));
        },
      },
    );
    terminal.bar(undefined);
    const { book, file, afterSeq, throughSeq } = report;
    const text = `Book ${book}: what ${file} has is back, seq ${afterSeq + 1} to ${throughSeq}`;
    terminal.answer(options["json"] === true ? JSON.stringify(report) : text);
    return exitCodes.done;
  } finally {
    await opened.close();
  }
}

function takesNone({ options }: CommandContext, verb: string, others: readonly string[]): void {
  for (const name of others) {
    if (options[name] !== undefined) throw malformed(`${verb} takes no --${name}`);
  }
}

/** What fits into a pipe is written; who closes it ends the command. */
async function showEntries(context: CommandContext, file: string) {
  const { terminal, signal } = context;
  takesNone(context, "show", ["before", "to", "book", "dry-run"]);
  const id = textOption(context, "id");
  for await (const entry of readArchive(file)) {
    signal.throwIfAborted();
    if (id === undefined || entry.id === id || entry.chain === id) terminal.answer(lineOf(entry));
  }
  return exitCodes.done;
}

function lineOf(entry: Entry): string {
  const times = { at: entry.at, expiresAt: entry.expiresAt, effectiveAt: entry.effectiveAt };
  const shown: Record<string, unknown> = { ...entry };
  for (const [name, time] of Object.entries(times)) {
    if (time !== undefined) shown[name] = toRfc3339(time);
  }
  return JSON.stringify(shown, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}
