/** Which codes routes may answer, in groups; each route lists its own, and a test holds it to them. */
import { accessErrors } from "../access/index.ts";
import { assert, baseErrors, type ErrorRow, httpStatusOf } from "../base/index.ts";
import { catalogErrors } from "../catalog/index.ts";
import { flowErrors } from "../flow/index.ts";
import { ledgerErrors, readingErrors, refusalErrors } from "../ledger/index.ts";
import { orderErrors } from "../order/index.ts";
import { paymentErrors } from "../payment/index.ts";
import { laneErrors, postgresErrors } from "../postgres/index.ts";
import { rulesErrors } from "../rules/index.ts";
import { scheduleErrors } from "../schedule/index.ts";
import { httpErrors, INTERNAL_CODE } from "./http.errors.ts";

type StoreCode = (typeof postgresErrors.codes)[number];

interface AnyErrorTable {
  readonly room: string;
  readonly rows: Readonly<Record<string, ErrorRow>>;
}

/** Every row that a code may have, wherever it is declared. */
const rows: ReadonlyMap<string, ErrorRow> = new Map(
  [
    accessErrors,
    baseErrors,
    catalogErrors,
    flowErrors,
    httpErrors,
    laneErrors,
    ledgerErrors,
    orderErrors,
    paymentErrors,
    postgresErrors,
    readingErrors,
    refusalErrors,
    rulesErrors,
    scheduleErrors,
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

/** What the store may say of itself while it is asked; starting and migrating are over by then. */
const store: readonly StoreCode[] = [
  "postgres.unreachable",
  "postgres.tls_failed",
  "postgres.connection_lost",
  "postgres.pool_exhausted",
  "postgres.too_many_connections",
  "postgres.login_refused",
  "postgres.database_missing",
  "postgres.permission_denied",
  "postgres.schema_missing",
  "postgres.version_unsupported",
  "postgres.setting_unsupported",
  "postgres.cancelled",
  "postgres.out_of_memory",
  "postgres.disk_full",
  "postgres.data_corrupted",
  "postgres.unfit",
];

/** Besides, of what writes: by the lane, or a book's first row. */
const storeWritten: readonly StoreCode[] = [
  "postgres.schema_newer",
  "postgres.schema_older",
  "postgres.read_only",
  "postgres.outcome_unknown",
  "postgres.lock_timeout",
  "postgres.deadlock",
  "postgres.serialization",
];

/** What any request may be told, whatever it asks. */
const anywhere = [INTERNAL_CODE, "http.request_malformed", "http.query_malformed"] as const;

const keyed = [
  "http.starting",
  "http.overloaded",
  "http.closing",
  "http.deadline_malformed",
  "access.key_missing",
  "access.key_unknown",
  "access.too_many_checks",
  ...store,
] as const;

const withBody = [
  "http.request_too_slow",
  "http.content_type_unsupported",
  "http.body_not_json",
  "http.body_malformed",
  "http.body_key_repeated",
  "http.body_too_deep",
  "http.body_too_large",
  "http.body_incomplete",
] as const;

const withFile = [
  "http.request_too_slow",
  "http.file_type_unsupported",
  "http.body_too_large",
  "http.upload_incomplete",
  "http.uploads_full",
] as const;

interface Shape {
  readonly hasParams: boolean;
  readonly hasKey: boolean;
  readonly hasBody: boolean;
  readonly streams: boolean;
  readonly reads: boolean;
}

/** What follows from a route's shape alone; a route lists what comes of its own work. */
export function codesOfShape(shape: Shape): readonly string[] {
  const { hasParams, hasKey, hasBody, streams, reads } = shape;
  return [
    ...anywhere,
    ...(hasParams ? ["http.path_malformed"] : []),
    ...(hasKey ? keyed : []),
    ...(hasKey && reads ? ["http.deadline_passed"] : []),
    ...(hasBody ? (streams ? withFile : withBody) : []),
  ];
}

export const inBook = [
  "access.not_permitted",
  "ledger.book_missing",
  "ledger.book_name_malformed",
  "ledger.closed",
] as const;

export const createsBook = [
  "access.not_permitted",
  "ledger.book_name_malformed",
  "ledger.closed",
  ...storeWritten,
] as const;

/** A key that is asked for only if it is shown. */
export const keyIfShown = [
  "access.key_unknown",
  "access.key_missing",
  "access.too_many_checks",
  ...store,
] as const;

export const paged = ["ledger.cursor_malformed", "ledger.limit_out_of_range"] as const;

/** Every unit of the lane; a chain and a batch may be too large for it besides. */
export const written = [
  "lane.overloaded",
  "lane.deadline_passed",
  "lane.outcome_unknown",
  "lane.fenced",
  "lane.closed",
  "lane.broken",
  "lane.unit_failed",
  ...storeWritten,
] as const;

export const posted = [
  ...inBook,
  ...written,
  "ledger.context_malformed",
  "order.id_reserved",
] as const;

/** Of a run that is named by its id. */
export const atRuns = [
  "access.not_permitted",
  "http.no_flows",
  "flow.run_id_malformed",
  "flow.run_missing",
] as const;

/** What changes runs: by the node's own lane, under its lease. */
export const writesRuns = [
  "access.not_permitted",
  "http.no_flows",
  ...written,
  "flow.closed",
  "flow.fenced",
  "flow.not_written",
] as const;

export const writesLeases = ["access.not_permitted", ...written, "flow.leases_closed"] as const;

/** In a shop: by its scopes, in a house that sells. */
export const inShop = [...inBook, "http.no_selling"] as const;

/** In a book that has a catalogue. */
export const inCatalog = [...inShop, "catalog.book_unknown"] as const;
/** What changes a catalogue. */
export const writesCatalog = [
  ...inCatalog,
  ...written,
  "catalog.definition_malformed",
  "catalog.version_conflict",
  "catalog.backdated",
] as const;

/** By the node's own lane, or in the engine's process. */
const ofEngine = [
  "rules.engine_missing",
  "rules.engine_busy",
  "rules.engine_died",
  "rules.engine_timeout",
  "rules.closed",
] as const;

/** Of a decision: what a rule may say to an input, or why it says nothing. */
export const decides = [
  ...ofEngine,
  ...written,
  "rules.set_missing",
  "rules.version_missing",
  "rules.none_live",
  "rules.input_refused",
  "rules.field_malformed",
  "rules.answer_null",
  "rules.output_refused",
  "rules.money_inexact",
  "rules.number_inexact",
  "rules.evaluation_failed",
  "rules.log_full",
] as const;

/** Of a rule set that is named. */
export const atRules = [...inShop, "rules.field_malformed", "rules.set_missing"] as const;
export const atVersion = [...atRules, "rules.version_missing"] as const;
/** What is done to a version. */
export const changesRules = [
  ...atVersion,
  ...written,
  "rules.transition_refused",
  "rules.changed_meanwhile",
  "rules.closed",
] as const;
export const runsRules = [...ofEngine, "rules.number_inexact"] as const;

/** What any act on an order may be refused by. */
export const acts = [
  ...inShop,
  ...written,
  // What an act starts is started in its commit, by a node that may start runs.
  "flow.fenced",
  "flow.closed",
  "order.command_malformed",
  "order.missing",
  "order.key_conflict",
  "order.not_possible",
  "order.busy",
  "order.books_refused",
] as const;

export const paysParts = [
  "payment.part_malformed",
  "payment.too_many_parts",
  "order.amount_differs",
  "order.funds_short",
  "order.purse_missing",
  "order.key_refused",
] as const;

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
