/** A catalogue as CSV, out of and into the server as it comes: for files, not for memory. */
import type * as Told from "./api-types.ts";
import { timeOf } from "./ask.ts";
import { askOnce, csvOf } from "./ask-once.ts";
import { type Question, toldBy, type Wire } from "./attempt.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import type { Instant } from "./posting.ts";
import { clientProblem } from "./problem.ts";
import { timeText } from "./to-wire.ts";

/** A text, bytes, a file of a browser's form (Blob), or a stream. */
export type CsvBytes = string | Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;
/** Or what opens it: asked anew each time that it is sent. */
export type CsvSource = CsvBytes | (() => CsvBytes);

export interface ImportCsvOptions extends CallOptions {
  /** Looks at everything and writes nothing. */
  readonly dryRun?: boolean | undefined;
  /**
   * `good` (default): what is right is imported. `all`: nothing is unless all rows are right. For that it is sent twice,
   * so a stream needs what opens it; what somebody else changes between the two is a row error, and the rest stands.
   */
  readonly keep?: "good" | "all" | undefined;
  /** What differs is so from then on; at once when left out. */
  readonly effectiveFrom?: Instant | undefined;
  /** Of bytes and streams; utf-8 when left out. */
  readonly charset?: "utf-8" | "gb18030" | undefined;
}

/** As long as a server takes a file. */
const IMPORT_MS = 30 * 60_000;

/**
 * Answers when the server has read all of it. Sent once, or looked at and sent: where it breaks off, what came before
 * stands, and the whole file can be sent again.
 */
export async function importCsv(
  wire: Wire,
  book: string,
  source: CsvSource,
  options: ImportCsvOptions,
): Promise<Told.CatalogImport> {
  const { dryRun = false, keep = "good" } = options;
  const until = performance.now() + timeOf(options.deadlineMs ?? IMPORT_MS);
  if (keep === "all" && !dryRun) {
    if (source instanceof ReadableStream) {
      const what = 'a stream is read once: for keep "all" give what opens it';
      throw clientProblem("request_malformed", { what, pointer: "source" });
    }
    const looked = await send(wire, book, source, { ...options, dryRun: true, until });
    if (looked.errorCount > 0) return looked;
  }
  return send(wire, book, source, { ...options, dryRun, until });
}

function send(
  wire: Wire,
  book: string,
  source: CsvSource,
  options: ImportCsvOptions & { readonly until: number },
): Promise<Told.CatalogImport> {
  const { dryRun = false, charset = "utf-8", effectiveFrom, until } = options;
  const question: Question = {
    ...{ name: "importCatalog", params: { book }, repeatable: false },
    query: {
      dryRun: dryRun ? "true" : undefined,
      effectiveFrom:
        effectiveFrom === undefined ? undefined : timeText(effectiveFrom, "effectiveFrom"),
    },
    file: {
      body: typeof source === "function" ? source() : source,
      type: `text/csv; charset=${charset}`,
    },
  };
  const deadlineMs = Math.max(until - performance.now(), 1);
  return askOnce(wire, question, { ...options, deadlineMs }, async (response) => {
    const told = toldBy(question, response, await response.text());
    if (!told.ok) throw told.problem;
    return told.body as Told.CatalogImport;
  });
}

export interface ExportCsvOptions extends CallOptions {
  /** With a byte order mark before it: Excel reads Chinese only then. */
  readonly bom?: boolean | undefined;
  /** Of this type only. */
  readonly type?: string | undefined;
}

/** Answers once the first bytes are there; the deadline is for these. */
export function exportCsv(
  wire: Wire,
  book: string,
  options: ExportCsvOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const query = { bom: options.bom === true ? "1" : undefined, type: options.type };
  const question: Question = { name: "exportCatalog", params: { book }, query, repeatable: true };
  const deadlineMs = timeOf(options.deadlineMs ?? wire.deadlineMs);
  return csvOf(wire, question, { ...options, deadlineMs });
}
