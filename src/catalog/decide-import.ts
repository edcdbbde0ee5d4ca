/** What one product of a file comes to: compared with what stands, and with the rest of the file. */
import { fail } from "../base/index.ts";
import { canonical, sha256 } from "./canonical.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { type CsvProduct, readTyped, type RowError, rowError } from "./csv-product.ts";
import type { Pass } from "./import-pass.ts";
import type { Product } from "./product.ts";
import { type Draft, type Head, type Planned, planVersion } from "./save-item.ts";
import { draftOf, sellingProblems } from "./save-product.ts";

/** As the database has it, for a batch. */
export interface Standing {
  readonly heads: ReadonlyMap<string, Head>;
  readonly planHeads: ReadonlyMap<string, Head>;
  /** Plans that are in effect when what is imported comes into effect. */
  readonly priced: ReadonlySet<string>;
  readonly owners: ReadonlyMap<string, string>;
}

/** A version and how it is committed. */
export interface Change {
  readonly draft: Draft;
  readonly planned: Planned;
}

export interface Decided {
  readonly csv: CsvProduct;
  readonly isNew: boolean;
  /** The product, and the plans that are named like its SKUs. Empty: it says so already. */
  readonly own: readonly Change[];
  /** Plans that others may use, too. */
  readonly shared: readonly Change[];
  /** Plans that it has no price without unless the file writes them, in whichever row. */
  readonly leansOn: readonly string[];
}

/**
 * Refuses by value what is wrong with the rows, by throwing what planVersion refuses. In the order of the
 * file: who comes first has the SKU and says the plan's price.
 */
export function decideImport(pass: Pass, csv: CsvProduct, standing: Standing): Decided | RowError {
  const { heads, planHeads, priced, owners } = standing;
  const head = heads.get(csv.code);
  const product = productOfCsv(pass, csv, head);
  if ("error" in product) return product;
  const state = csv.state ?? head?.state ?? "draft";
  const isWritten = (plan: string): boolean => csv.plans.has(plan) || pass.plans.has(plan);
  const hasPrice = (plan: string): boolean => priced.has(plan) || isWritten(plan);
  const problems = state === "published" ? sellingProblems(product, hasPrice) : [];
  if (problems.length > 0) {
    const error = fail(catalogErrors, "not_publishable", { code: csv.code, problems });
    return rowError(csv.line, "price", error);
  }
  const news = [...csv.plans].filter(([code]) => !pass.plans.has(code));
  const clash = clashOf(pass, csv, product);
  if (clash !== undefined) return clash;
  const { effectiveFrom } = pass.options;
  const change = (draft: Draft, own: Head | undefined): Change => {
    const { room, book, by } = pass;
    const now = room.time.earliest();
    return { draft, planned: planVersion(draft, { book, now, by, head: own, owners }) };
  };
  const skus = new Set(product.variants.map(({ sku }) => sku));
  const plans = news.map(([code, body]) => {
    const own = planHeads.get(code);
    const version = own?.version ?? 0;
    return change({ kind: "plan", code, version, effectiveFrom, state: "published", body }, own);
  });
  const edit = { code: csv.code, version: head?.version ?? 0, effectiveFrom };
  const itself = change(draftOf(pass.book, edit, product, state), head);
  const changes = [...plans, itself].filter(({ planned }) => planned.saved.changed);
  const isOwn = ({ draft }: Change): boolean => draft.kind === "product" || skus.has(draft.code);
  const named = product.variants.flatMap(({ plan }) => plan ?? product.plan ?? []);
  const lent = named.filter((plan) => !priced.has(plan) && isWritten(plan));
  // Last of all: what was refused says no plan's price and has no SKU.
  claim(pass, csv, product);
  return {
    ...{ csv, isNew: head === undefined, leansOn: [...csv.plans.keys(), ...lent] },
    own: changes.filter(isOwn),
    shared: changes.filter((one) => !isOwn(one)),
  };
}

/** By the version of the type that it stands by if it says the same there, else by the newest. */
function productOfCsv(pass: Pass, csv: CsvProduct, head: Head | undefined): Product | RowError {
  const code = String(csv.given["type"]);
  if (head !== undefined) {
    const stands = JSON.parse(head.body) as Product;
    const pinned = pass.book.types.get(`${stands.type}/${stands.typeVersion}`);
    if (pinned !== undefined && stands.type === code) {
      const product = readTyped(csv, pinned, stands.typeVersion);
      if (!("error" in product) && canonical(product) === head.body) return product;
    }
  }
  const newest = pass.types.get(code);
  if (newest !== undefined) return readTyped(csv, ...newest);
  const error = fail(catalogErrors, "missing", { kind: "type", code, book: pass.book.book });
  return rowError(csv.line, "type", error);
}

/** One SKU is of one product, one plan has one price, over the whole file. */
function clashOf(pass: Pass, csv: CsvProduct, { variants }: Product): RowError | undefined {
  for (const { sku } of variants) {
    if ((pass.skus.get(sku) ?? csv.code) === csv.code) continue;
    const error = fail(catalogErrors, "sku_taken", { sku, book: pass.book.book });
    return rowError(csv.line, "sku", error);
  }
  for (const [code, plan] of csv.plans) {
    const hash = shortHash(plan);
    if ((pass.plans.get(code) ?? hash) === hash) continue;
    const value = canonical(plan.scheme);
    const expected = `the price of ${code} in the rows before`;
    return rowError(csv.line, "price", fail(catalogErrors, "csv_value", { value, expected }));
  }
  return undefined;
}

function claim(pass: Pass, csv: CsvProduct, { variants }: Product): void {
  for (const { sku } of variants) pass.skus.set(sku, csv.code);
  for (const [code, plan] of csv.plans) pass.plans.set(code, shortHash(plan));
}

const shortHash = (value: unknown): string =>
  sha256(canonical(value)).toString("base64").slice(0, 16);
