/**
 * Import of a catalogue. In prose: groups of rows are read one after another and checked; every few hundred of
 * them are looked up at once, compared with what stands, and what differs is committed, a unit for each product
 * with its prices. So a product is imported whole or not at all, and memory holds a batch and the file's codes.
 */
import { fail, LongmenError } from "../base/index.ts";
import { unit } from "../postgres/index.ts";
import { canonical, sha256 } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { liveVersions } from "./catalog.sql.ts";
import { type CsvProduct, readCsvProduct, rowError } from "./csv-product.ts";
import type { Header } from "./csv-columns.ts";
import { type Actor, KINDS } from "./items.ts";
import { type Change, type Decided, decideImport, type Standing } from "./decide-import.ts";
import { drop, type ImportOptions, type ImportReport, note, type Pass } from "./import-pass.ts";
import type { Product } from "./product.ts";
import { readProductType } from "./product-type.ts";
import { type CsvGroup, readGroups } from "./read-csv.ts";
import { type CatalogRoom, checkActor, commitUnit } from "./room.ts";
import { conflictOf, type Head, headsOf, ownersOf } from "./save-item.ts";

const BATCH_PRODUCTS = 500;
/** See `Catalog.importCsv`. */
export async function importCsv(
  room: CatalogRoom,
  book: string,
  options: ImportOptions,
  by: Actor,
): Promise<ImportReport> {
  const actor = checkActor(by);
  const memory = await room.memory.current(book);
  const begin = (writes: boolean): Pass => ({
    ...{ room, book: memory, by: actor, options, writes, types: new Map(), codes: new Set() },
    ...{ skus: new Map(), plans: new Map(), failed: new Map(), errors: [] },
    counts: {
      rows: 0,
      products: 0,
      created: 0,
      changed: 0,
      unchanged: 0,
      failed: 0,
      errorCount: 0,
    },
  });
  const { keep = "good", dryRun = false } = options;
  if (dryRun || keep === "all") {
    const looked = await runPass(begin(false));
    if (dryRun || looked.errorCount > 0) return looked;
  }
  const report = await runPass(begin(true));
  await room.memory.refreshed(book);
  return report;
}

async function runPass(pass: Pass): Promise<ImportReport> {
  const { options, counts } = pass;
  let header: Header | undefined;
  let batch: CsvGroup[] = [];
  const flush = async (): Promise<void> => {
    const groups = batch;
    batch = [];
    if (header !== undefined && groups.length > 0) await importBatch(pass, header, groups);
    const { rows, products, errorCount: errors } = counts;
    options.onProgress?.({ pass: pass.writes ? "importing" : "checking", rows, products, errors });
  };
  const groups = readGroups(options.open(), options.encoding ?? "utf-8", {
    onHeader: (found) => {
      header = found;
    },
    onFault: ({ line, error }) => {
      counts.rows += 1;
      note(pass, rowError(line, undefined, error));
    },
  });
  for await (const group of groups) {
    counts.rows += group.rows.length;
    counts.products += 1;
    batch.push(group);
    if (batch.length >= BATCH_PRODUCTS) await flush();
  }
  await flush();
  pass.errors.sort((a, b) => a.line - b.line);
  return { ...counts, errors: pass.errors, written: pass.writes };
}

async function importBatch(pass: Pass, header: Header, groups: readonly CsvGroup[]): Promise<void> {
  await loadTypes(pass, header, groups);
  const read = groups.flatMap((group) => readGroup(pass, header, group) ?? []);
  const standing = await standingOf(pass, read);
  const decided = read.flatMap((csv) => decide(pass, csv, standing) ?? []);
  if (pass.writes) {
    const shared = decided.flatMap((one) => one.shared);
    await Promise.all(
      shared.map(async (change) => {
        const error = await commit(pass, change.draft.code, [change]);
        if (error !== undefined) pass.failed.set(change.draft.code, error);
      }),
    );
  }
  // Who leans on a plan that is written with another's product waits for that one, which stands before it.
  const writing = new Map<string, Promise<void>>();
  const imported = decided.map((one) => {
    const before = one.leansOn.flatMap((plan) => writing.get(plan) ?? []);
    const done = Promise.all(before).then(() => importProduct(pass, one));
    for (const { draft } of one.own) if (draft.kind === "plan") writing.set(draft.code, done);
    return done;
  });
  await Promise.all(imported);
}

type Variants = readonly { readonly sku: string; readonly plan?: string }[];

async function standingOf(pass: Pass, read: readonly CsvProduct[]): Promise<Standing> {
  const { room, book: memory } = pass;
  const { book } = memory;
  const variantsOf = ({ given }: CsvProduct) => given["variants"] as Variants;
  const plans = read.flatMap((csv) => [
    ...[csv.given["plan"] as string | undefined, ...variantsOf(csv).map(({ plan }) => plan)],
    ...csv.plans.keys(),
  ]);
  const named = [...new Set(plans.filter((plan) => plan !== undefined))];
  const heads = await headsOf(
    room,
    book,
    "product",
    read.map(({ code }) => code),
  );
  const planHeads = await headsOf(room, book, "plan", named);
  const skus = read.flatMap((csv) => variantsOf(csv).map(({ sku }) => sku));
  const owners = await ownersOf(room, book, skus);
  await room.memory.typesOf(
    memory,
    [...heads.values()].map(({ body }) => JSON.parse(body) as Product),
  );
  return { heads, planHeads, priced: await pricedOf(pass, planHeads), owners };
}

/** Mostly the newest version holds; of what begins later, an earlier one may. */
async function pricedOf(
  { room, book: { book }, options }: Pass,
  planHeads: ReadonlyMap<string, Head>,
): Promise<ReadonlySet<string>> {
  const at = options.effectiveFrom ?? room.time.now();
  const codes = [...planHeads.keys()];
  const later = codes.filter((code) => (planHeads.get(code)?.effectiveFrom ?? at) > at);
  if (later.length === 0) return new Set(codes);
  const asked = { book, kind: KINDS.plan, codes: later, at };
  const rows = await room.database.run(liveVersions, asked);
  const held = new Set(rows.filter((row) => row.effectiveFrom <= at).map(({ code }) => code));
  const isLater = new Set(later);
  return new Set(codes.filter((code) => !isLater.has(code) || held.has(code)));
}

/** The newest version of each type that the rows name. */
async function loadTypes(pass: Pass, header: Header, groups: readonly CsvGroup[]): Promise<void> {
  const place = header.places.get("type") ?? 0;
  const codes = new Set(groups.map(({ rows }) => rows[0]?.cells[place] ?? ""));
  const missing = [...codes].filter((code) => !pass.types.has(code) && !code.includes("\0"));
  if (missing.length === 0) return;
  const heads = await headsOf(pass.room, pass.book.book, "type", missing);
  for (const code of missing) {
    const head = heads.get(code);
    const type = head === undefined ? undefined : readProductType(JSON.parse(head.body));
    pass.types.set(
      code,
      head === undefined || type === undefined ? undefined : [type, head.version],
    );
  }
}

function readGroup(pass: Pass, header: Header, group: CsvGroup): CsvProduct | undefined {
  const { line, brokenAt } = group;
  const cells = group.rows[0]?.cells ?? [];
  if (pass.codes.has(group.code)) {
    return drop(pass, [
      rowError(line, "code", fail(catalogErrors, "csv_split", { code: group.code })),
    ]);
  }
  pass.codes.add(group.code);
  if (brokenAt !== undefined) {
    const error = fail(catalogErrors, "csv_row_missing", { code: group.code, line: brokenAt });
    return drop(pass, [rowError(line, "code", error)]);
  }
  const typeCode = cells[header.places.get("type") ?? 0] ?? "";
  const type = pass.types.get(typeCode);
  if (type === undefined) {
    const { book } = pass.book;
    const error = fail(catalogErrors, "missing", { kind: "type", code: typeCode, book });
    return drop(pass, [rowError(line, "type", error)]);
  }
  const read = readCsvProduct(group, header, type[0]);
  return "code" in read ? read : drop(pass, read);
}

/** Undefined: it is left out, and the report says why. */
function decide(pass: Pass, csv: CsvProduct, standing: Standing): Decided | undefined {
  try {
    const decided = decideImport(pass, csv, standing);
    return "error" in decided ? drop(pass, [decided]) : decided;
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    return drop(pass, [rowError(csv.line, undefined, error)]);
  }
}

async function importProduct(
  pass: Pass,
  { csv, isNew, own, shared, leansOn }: Decided,
): Promise<void> {
  const { counts, failed } = pass;
  const broken = leansOn.map((code) => failed.get(code)).find((error) => error !== undefined);
  const error = broken ?? (pass.writes ? await commit(pass, csv.code, own) : undefined);
  if (error !== undefined) {
    for (const { draft } of own) if (draft.kind === "plan") failed.set(draft.code, error);
    return drop(pass, [rowError(csv.line, undefined, error)]);
  }
  if (own.length + shared.length === 0) counts.unchanged += 1;
  else if (isNew) counts.created += 1;
  else counts.changed += 1;
}

/** All of these versions or none; answers why not. */
async function commit(
  { room, book: { book } }: Pass,
  name: string,
  changes: readonly Change[],
): Promise<LongmenError | undefined> {
  const last = changes.at(-1);
  if (last === undefined) return undefined;
  const { kind, code, version } = last.planned.saved;
  const start = unit(`catalog/import/${kind}/${name}/${version}/${book}`);
  const made = changes.reduce((grown, { planned }) => planned.add(grown), start);
  const outcome = await commitUnit(room, made, async () => {
    const there = (await headsOf(room, book, kind, [code])).get(code);
    return there?.version === version && there.bodyHash.equals(sha256(canonical(last.draft.body)));
  });
  return outcome === "committed" ? undefined : conflictOf(room, book, last.draft, outcome.by);
}
