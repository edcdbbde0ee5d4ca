/** One way through a file that is imported: what is asked, counted and reported. */
import type { Instant, LongmenError } from "../base/index.ts";
import type { RowError } from "./csv-product.ts";
import type { KnownActor } from "./items.ts";
import type { BookMemory } from "./memory.ts";
import type { ProductType } from "./product-type.ts";
import type { CsvEncoding, CsvSource } from "./read-csv.ts";
import type { CatalogRoom } from "./room.ts";

export interface ImportOptions {
  /** Opens the file; called twice where all or nothing is wanted. `() => createReadStream(path)` */
  readonly open: () => CsvSource;
  /** `good` (default): what is right is imported. `all`: nothing is unless all rows are right. */
  readonly keep?: "good" | "all" | undefined;
  /** Looks at everything and writes nothing. */
  readonly dryRun?: boolean | undefined;
  readonly effectiveFrom?: Instant | undefined;
  readonly encoding?: CsvEncoding | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

export interface ImportProgress {
  readonly pass: "checking" | "importing";
  readonly rows: number;
  readonly products: number;
  readonly errors: number;
}

export interface ImportReport {
  readonly rows: number;
  readonly products: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Products that were left out. */
  readonly failed: number;
  readonly errorCount: number;
  /** The first thousand, in the order of the file. */
  readonly errors: readonly RowError[];
  /** False: nothing was written, since something was wrong or it was to be looked at only. */
  readonly written: boolean;
}

const ERRORS_KEPT = 1_000;

/** One way through the file. */
export interface Pass {
  readonly room: CatalogRoom;
  readonly book: BookMemory;
  readonly by: KnownActor;
  readonly options: ImportOptions;
  readonly writes: boolean;
  readonly types: Map<string, readonly [ProductType, number] | undefined>;
  /** All of the file: a product that comes twice would lose variants in silence. */
  readonly codes: Set<string>;
  /** What the file gives to whom: a look only sees what would be written. */
  readonly skus: Map<string, string>;
  /** Which price the file gives a plan, by a short hash. */
  readonly plans: Map<string, string>;
  /** Plans that were to be written and weren't: no row after them is sold by what stands in their place. */
  readonly failed: Map<string, LongmenError>;
  readonly counts: {
    rows: number;
    products: number;
    created: number;
    changed: number;
    unchanged: number;
    failed: number;
    errorCount: number;
  };
  readonly errors: RowError[];
}

export function note(pass: Pass, error: RowError): void {
  pass.counts.errorCount += 1;
  if (pass.errors.length < ERRORS_KEPT) pass.errors.push(error);
}

/** A product is left out, and the report says why. */
export function drop(pass: Pass, errors: readonly RowError[]): undefined {
  pass.counts.failed += 1;
  for (const error of errors) note(pass, error);
  return undefined;
}
