/** `longmen catalog import | export`: streamed, with a bar while a person looks. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { CatalogImport, Shop } from "../../client/index.ts";
import { type CommandContext, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { answer, wordsAfter } from "../payload-option.ts";
import { malformed, timeOption } from "../read-options.ts";
import { barText } from "../terminal.ts";
import { fileOf } from "./read-file.ts";

const COMMAND = "catalog";
const ERRORS_SHOWN = 20;

export function importFile(context: CommandContext) {
  const [path = ""] = wordsAfter(context, COMMAND, ["FILE"]);
  const { options, terminal, signal } = context;
  const charset = textOption(context, "charset") ?? "utf-8";
  if (charset !== "utf-8" && charset !== "gb18030") {
    throw malformed(COMMAND, "--charset is utf-8 or gb18030");
  }
  const keep = textOption(context, "keep") ?? "good";
  if (keep !== "good" && keep !== "all") throw malformed(COMMAND, "--keep is all or good");
  const dryRun = options["dry-run"] === true;
  const effectiveFrom = timeOption(context, "from");
  return async ({ catalog }: Shop): Promise<ExitCode> => {
    const { size } = await fileOf(COMMAND, path, (at) => stat(at));
    // For all or nothing it is looked at first.
    let looks = dryRun || keep === "all";
    const open = () => {
      const bytes = bytesOf(context, path, { size, label: looks ? "checking" : "importing" });
      looks = dryRun;
      return bytes;
    };
    const report = await catalog.importCsv(open, {
      ...{ charset, dryRun, keep, effectiveFrom, signal },
    });
    terminal.bar(undefined);
    const isKeptOut = !dryRun && !report.written;
    const out = isKeptOut ? "\nnothing was imported: --keep all wants every row to be right" : "";
    const code = answer(context, report, reportText(report) + out);
    return report.errorCount === 0 ? code : exitCodes.incomplete;
  };
}

/** How much of it was taken is how far it is: the server sets the pace. */
function bytesOf(
  { terminal }: CommandContext,
  path: string,
  { size, label }: { readonly size: number; readonly label: string },
) {
  let done = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      yield chunk;
      done += chunk.length;
      const kib = (bytes: number) => Math.ceil(bytes / 1_024).toLocaleString("en");
      terminal.bar(barText(label, done, size, `${kib(done)} of ${kib(size)} KiB`));
    }
  }
  return Readable.toWeb(Readable.from(counted())) as ReadableStream<Uint8Array>;
}

function reportText(report: CatalogImport): string {
  const { rows, created, changed, unchanged, failed, errorCount, errors, written } = report;
  const what = written ? "imported" : "would be imported";
  const head = `${rows} rows ${what}: ${created} products new, ${changed} changed, ${unchanged} as they were, ${failed} left out`;
  const shown = errors.slice(0, ERRORS_SHOWN).map(({ line, column, en, code }) => {
    return `  line ${line}${column === undefined ? "" : `, ${column}`}: ${en} (${code})`;
  });
  const more = errorCount - shown.length;
  return [head, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}

export function exportFile(context: CommandContext) {
  const {
    terminal,
    words: [, type, more],
  } = context;
  if (more !== undefined) throw malformed(COMMAND, "export takes one TYPE, or none");
  const { output } = terminal;
  return async ({ catalog }: Shop): Promise<ExitCode> => {
    const bom = context.options["bom"] === true;
    const bytes = await catalog.exportCsv({ bom, type, signal: context.signal });
    const isJson = context.options["json"] === true;
    if (isJson || output === undefined || terminal.isScreen) {
      // What reads a body as text takes the mark off.
      const whole = await new Response(bytes).arrayBuffer();
      const csv = new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
      if (isJson) terminal.answer(JSON.stringify({ csv }));
      else terminal.file(csv);
      return exitCodes.done;
    }
    for await (const chunk of bytes) {
      if (!output.write(chunk)) await new Promise((resolve) => output.once("drain", resolve));
    }
    return exitCodes.done;
  };
}
