/** A catalogue as CSV, out of and into the server as it comes: for files, not for memory. */
import type * as Told from "./api-types.ts";
import { timeOf } from "./ask.ts";
import { askOnce, csvOf } from "./ask-once.ts";
import { type Question, toldBy, type Wire } from "./attempt.ts";
import type { CallOptions } from "./outcome-unknown.ts";

/** A text, bytes, a file of a browser's form (Blob), or a stream. */
export type CsvSource = string | Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;

export interface ImportCsvOptions extends CallOptions {
  /** Looks at everything and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Of bytes and streams; utf-8 when left out. */
  readonly charset?: "utf-8" | "gb18030" | undefined;
}

/** As long as a server takes a file. */
const IMPORT_MS = 30 * 60_000;

/**
 * Answers when the server has read all of it. Sent once: where it breaks off, what came before stands, and the
 * whole file can be sent again.
 */
export async function importCsv(
  wire: Wire,
  book: string,
  source: CsvSource,
  options: ImportCsvOptions,
): Promise<Told.CatalogImport> {
  const { dryRun = false, charset = "utf-8" } = options;
  const question: Question = {
    ...{ name: "importCatalog", params: { book }, repeatable: false },
    query: { dryRun: dryRun ? "true" : undefined },
    file: { body: source, type: `text/csv; charset=${charset}` },
  };
  const deadlineMs = timeOf(options.deadlineMs ?? IMPORT_MS);
  return askOnce(wire, question, { ...options, deadlineMs }, async (response) => {
    const told = toldBy(question, response, await response.text());
    if (!told.ok) throw told.problem;
    return told.body as Told.CatalogImport;
  });
}

export interface ExportCsvOptions extends CallOptions {
  /** With a byte order mark before it: Excel reads Chinese only then. */
  readonly bom?: boolean | undefined;
}

/** Answers once the first bytes are there; the deadline is for these. */
export function exportCsv(
  wire: Wire,
  book: string,
  options: ExportCsvOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const query = { bom: options.bom === true ? "1" : undefined };
  const question: Question = { name: "exportCatalog", params: { book }, query, repeatable: true };
  const deadlineMs = timeOf(options.deadlineMs ?? wire.deadlineMs);
  return csvOf(wire, question, { ...options, deadlineMs });
}
