/** A catalogue as a file: CSV in, streamed and never held whole, and CSV out. */
import { Readable } from "node:stream";
import { Type } from "typebox";
import { inCatalog, written } from "./codes.ts";
import { enterSelling, looking, needing, sellerOf } from "./gate-catalog.ts";
import { instantAsked } from "./page-asked.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { ImportReport } from "./schemas-catalog.ts";
import { text } from "./schemas.ts";
import { csvUpload, whileUploading } from "./upload.ts";
import { reportOnWire } from "./wire-catalog.ts";

const group = "Catalogue";

const importCatalog = route({
  ...needing(["shop.define"]),
  group,
  method: "POST",
  path: "/v1/books/{book}/catalog/import",
  name: "importCatalog",
  summary: "Products, variants and prices from a CSV file",
  description:
    "The file as it is, up to 512 MiB, in UTF-8 or (charset=gb18030) GB18030; read as it comes. Rows that are wrong are in the report, the others stand; with dryRun=true nothing is written. Safe to repeat: what stands changes nothing. Nothing unless all of it is right: send it with dryRun=true, and once more where that finds no error. A body is read once and kept nowhere, so the server can't. It is answered at its end, half an hour after its beginning at most.",
  params: bookParam,
  query: {
    dryRun: Type.Optional(
      Type.Union([Type.Literal("true"), Type.Literal("false")], {
        description: "Looks at all of it and writes nothing.",
      }),
    ),
    effectiveFrom: Type.Optional(
      text(
        "RFC 3339: what differs is so from then on; at once when left out.",
        "2030-01-01T00:00:00Z",
      ),
    ),
  },
  body: csvUpload,
  streams: true,
  bodyMayMiss: true,
  answers: { 200: { description: "What came of it, row errors among it.", schema: ImportReport } },
  codes: [...inCatalog, ...written, "catalog.csv_header", "catalog.csv_unreadable"],
  example:
    "code,type,name,sku,price,currency,attr.colour\r\nCUP,cup,Heart cup,CUP-R,25.00,CNY/2,red\r\n",
  async handle(call) {
    const { catalog } = await enterSelling(call, ["shop.define"]);
    const { bytes, charset } = call.body;
    const options = {
      open: () => bytes,
      encoding: charset,
      dryRun: call.query.dryRun === "true",
      effectiveFrom: instantAsked("effectiveFrom", call.query.effectiveFrom),
    };
    const { book } = call.params;
    const report = await whileUploading(call, () =>
      catalog.importCsv(book, options, sellerOf(call)),
    );
    return json(reportOnWire(report));
  },
});

const exportCatalog = route({
  ...needing(looking),
  group,
  method: "GET",
  path: "/v1/books/{book}/catalog/export",
  name: "exportCatalog",
  summary: "Products as CSV, as the import takes it",
  description:
    "Excel reads Chinese of a file that begins with a mark of UTF-8: bom=1. The import takes both.",
  params: bookParam,
  query: {
    bom: Type.Optional(
      Type.Union([Type.Literal("1"), Type.Literal("0")], {
        description: "With a byte order mark before it; without when left out.",
      }),
    ),
    type: Type.Optional(text("Products of this type; of all when left out.", "cup")),
  },
  answers: { 200: { description: "The newest versions, streamed.", type: "text/csv" } },
  codes: inCatalog,
  async handle(call) {
    const { catalog } = await enterSelling(call, looking);
    const { type, bom } = call.query;
    const types = type === undefined ? undefined : [type];
    const pieces = catalog.exportCsv(call.params.book, { types });
    // What can be refused is refused before the first byte.
    const first = await pieces.next();
    call.reply.header("content-type", "text/csv; charset=utf-8; header=present");
    call.reply.header("content-disposition", 'attachment; filename="catalog.csv"');
    return Readable.from(whole(bom === "1" ? MARK : "", first, pieces));
  },
});

/** By it Excel knows UTF-8. */
const MARK = "\uFEFF";

async function* whole(
  mark: string,
  first: IteratorResult<string, unknown>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield mark + first.value;
  yield* rest;
}

export const catalogFileRoutes: readonly Route[] = [importCatalog, exportCatalog];
