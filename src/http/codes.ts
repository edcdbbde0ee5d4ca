/** Which codes routes may answer, in groups; each route lists its own, and a test holds it to them. */
import { accessErrors } from "../access/index.ts";
import { assert, baseErrors, type ErrorRow, httpStatusOf } from "../base/index.ts";
import { ledgerErrors, readingErrors, refusalCodes, refusalErrors } from "../ledger/index.ts";
import { laneErrors, postgresErrors } from "../postgres/index.ts";
import { httpErrors, INTERNAL_CODE } from "./http.errors.ts";

interface AnyErrorTable {
  readonly room: string;
  readonly rows: Readonly<Record<string, ErrorRow>>;
}

/** Every row that a code may have, wherever it is declared. */
const rows: ReadonlyMap<string, ErrorRow> = new Map(
  [
    accessErrors,
    baseErrors,
    httpErrors,
    laneErrors,
    ledgerErrors,
    postgresErrors,
    readingErrors,
    refusalErrors,
  ].flatMap((table) => rowsOf(table)),
);

function rowsOf({ room, rows }: AnyErrorTable): (readonly [string, ErrorRow])[] {
  return Object.entries(rows).map(([reason, row]) => [`${room}.${reason}`, row] as const);
}

/** The status that a code is answered with. */
export function statusOfCode(code: string): number {
  if (code === INTERNAL_CODE) return 500;
  const row = rows.get(code);
  assert(row !== undefined, `the code ${code} has no row`);
  return httpStatusOf[row.kind];
}

/** A database that is away, full, or busy: any route that asks it may have to say so. */
const store = postgresErrors.codes.filter((code) => [409, 503].includes(statusOfCode(code)));

/** What any request may be told, whatever it asks. */
export const anywhere = [
  INTERNAL_CODE,
  "http.request_malformed",
  "http.request_too_slow",
  "http.path_malformed",
  "http.query_malformed",
  "http.overloaded",
  "http.closing",
] as const;

export const keyed = [
  "access.key_missing",
  "access.key_unknown",
  "access.too_many_checks",
  "access.not_permitted",
  ...store,
] as const;

export const inBook = [
  "ledger.book_missing",
  "ledger.book_name_malformed",
  "ledger.closed",
] as const;

export const withBody = [
  "http.content_type_unsupported",
  "http.body_not_json",
  "http.body_malformed",
  "http.body_key_repeated",
  "http.body_too_deep",
  "http.body_too_large",
  "http.body_incomplete",
] as const;

export const paged = ["ledger.cursor_malformed", "ledger.limit_out_of_range"] as const;

export const written = [...laneErrors.codes, "ledger.context_malformed", "ledger.busy"] as const;

const refusals = Object.keys(refusalCodes);
const ofChains = /^ledger\.chain_/;
const ofHolds = /^ledger\.(pending_|exceeds_pending_amount)/;
const ofAccounts =
  /^ledger\.(account_path_|side_|bound_|refusal_policy_|account_(exists|missing|closed|not_closed)|asset_exists)/;

export const ofTransfers = refusals.filter(
  (code) => !ofChains.test(code) && !ofHolds.test(code) && !ofAccounts.test(code),
);
export const ofResolutions = refusals.filter(
  (code) => !ofChains.test(code) && !ofAccounts.test(code),
);
export const ofAccountEvents = refusals.filter((code) =>
  /^ledger\.(id_|account_(?!s_)|side_|bound_|asset_|refusal_policy_)/.test(code),
);
export const ofEverything = refusals;

const BUG = {
  message: "A bug of Longmen. It is logged under the trace id; nothing more is told.",
  advice: "Whether anything was done, the id of the request tells: send it again, or look it up.",
};

/** The words of a code, for the reference. */
export function rowOfCode(code: string): {
  readonly message: string;
  readonly advice: string;
  readonly status: number;
} {
  const { message, advice } = rows.get(code) ?? BUG;
  return { message, advice, status: statusOfCode(code) };
}
