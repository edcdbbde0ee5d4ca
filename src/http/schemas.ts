/**
 * The shapes of the wire. What has a name is one component of /openapi.json, and its name is part of
 * the API. Nothing is converted: amounts are strings, times RFC 3339 text, seqs numbers.
 */
import { Type, type TObject, type TProperties, type TSchema } from "typebox";
import { BATCH_MAX } from "./limits.ts";

/** An object that takes no other fields than these. */
export function closed<const P extends TProperties>(fields: P, options: object = {}): TObject<P> {
  return Type.Object(fields, { additionalProperties: false, ...options });
}

/** The same, as a component of that name. */
export function named<const P extends TProperties>(name: string, fields: P): TObject<P> {
  return closed(fields, { "x-name": name });
}

/** Text in a place of the URL, with what it means. */
export const text = (description: string, example: string) =>
  Type.String({ description, examples: [example] });
/** A whole number in the query: text, since a URL has nothing else. */
export const digits = (description: string, example: string) =>
  Type.String({ description, pattern: "^(0|[1-9][0-9]{0,15})$", examples: [example] });

export const Amount = Type.String({
  description: 'Minor units, as a string: "1999" of CNY/2 is 19.99 yuan.',
  pattern: "^(0|[1-9][0-9]{0,18})$",
  examples: ["1999"],
});
/** A sum of many accounts may be longer than any amount. */
export const Sum = Type.String({ pattern: "^(0|[1-9][0-9]{0,38})$", examples: ["1999"] });
export const Signed = Type.String({ pattern: "^(0|-?[1-9][0-9]{0,38})$", examples: ["-1999"] });
export const Time = Type.String({
  description: "RFC 3339 with its offset; answers are in UTC, with milliseconds.",
  pattern:
    "^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,3}0{0,6})?([Zz]|[+-]\\d\\d:\\d\\d)$",
  examples: ["2026-11-21T07:29:16.000Z"],
});
export const Seq = Type.Integer({ minimum: 0, description: "Place in the book's order." });
export const Id = Type.String({ description: "1 to 64 letters, digits and . _ : / @ # + -" });
export const Path = Type.String({
  description: "Where the account is: shop/stock",
  examples: ["shop/stock"],
});
export const AssetCode = Type.String({ description: "With its scale.", examples: ["CNY/2"] });
export const Side = Type.Union([Type.Literal("debit"), Type.Literal("credit")]);
export const Bound = Type.Union([Type.Literal("none"), Amount], {
  description: "How far below zero it may go: minor units, or none for freely.",
});
export const Policy = Type.Union([Type.Literal("forever"), Type.Literal("window")]);
export const Balancing = Type.Union([
  Type.Literal("debit"),
  Type.Literal("credit"),
  Type.Literal("both"),
]);

export const Balance = named("Balance", {
  seq: Seq,
  debitsPending: Amount,
  debitsPosted: Amount,
  creditsPending: Amount,
  creditsPosted: Amount,
  bound: Bound,
  closed: Type.Boolean(),
});

/** Created now (201), or before (200): its seq, time and amount are then the first ones. */
export const Carried = named("Carried", {
  status: Type.Union([Type.Literal("created"), Type.Literal("exists")]),
  seq: Seq,
  at: Time,
  amount: Amount,
  debit: Type.Optional(Balance),
  credit: Type.Optional(Balance),
});

export const Retry = Type.Union([
  Type.Literal("never"),
  Type.Literal("same_request"),
  Type.Literal("later"),
]);

const problemFields = {
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  code: Type.String({ description: "Stable: room.reason." }),
  advice: Type.Optional(Type.String()),
  retry: Retry,
  retryAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
  seq: Type.Optional(Seq),
  original: Type.Optional(Type.String()),
  index: Type.Optional(Type.Integer({ minimum: 0 })),
  pointer: Type.Optional(Type.String({ description: "JSON pointer to the place in the body." })),
  pointers: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: BATCH_MAX,
      description:
        "Of a batch: every item that is not permitted for this very reason, one place each. All others may be sent again at once.",
    }),
  ),
  details: Type.Optional(
    Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
      description: "Of what a shop refuses: what its words speak of. Amounts are decimal strings.",
    }),
  ),
  words: Type.Optional(
    closed(
      { en: Type.String(), zh: Type.String() },
      { description: "Of what a buyer hears: what happened, and what to do now." },
    ),
  ),
  mistakes: Type.Optional(
    Type.Array(
      closed({
        at: Type.String({
          description: "A pointer into the body; of a rule its node, row, column.",
        }),
        en: Type.String(),
        zh: Type.Optional(Type.String()),
      }),
      {
        description: "Of a definition, a rule or options: everything that is wrong, by its place.",
      },
    ),
  ),
  traceId: Type.String(),
};

export const Problem = named("Problem", problemFields);

export const CarriedChain = named("CarriedChain", {
  status: Type.Union([Type.Literal("created"), Type.Literal("exists")]),
  seq: Seq,
  answers: Type.Array(Carried),
});

/** An item of a batch that was not carried out: a problem without the request's own trace. */
export const RefusedItem = named("RefusedItem", {
  status: Type.Literal("refused"),
  code: Type.String(),
  detail: Type.String(),
  seq: Type.Optional(Seq),
  original: Type.Optional(Type.String()),
  index: Type.Optional(Type.Integer({ minimum: 0 })),
});

export const BatchAnswer = named("BatchAnswer", {
  seq: Seq,
  items: Type.Array(Type.Union([Carried, CarriedChain, RefusedItem])),
});

export const BookHead = named("BookHead", {
  name: Type.String(),
  seq: Seq,
  at: Time,
  hash: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  created: closed(
    { at: Time, by: Type.Optional(Type.String()), request: Type.Optional(Type.String()) },
    { description: "When, by which owner and key, in which trace from where." },
  ),
});

export const Asset = named("Asset", {
  asset: AssetCode,
  scale: Type.Integer({ minimum: 0, maximum: 18 }),
  refusals: Policy,
  seq: Seq,
});

export const Account = named("Account", {
  path: Path,
  asset: AssetCode,
  side: Side,
  openedSeq: Seq,
  balance: Balance,
  available: Signed,
});

export const Entry = named("Entry", {
  seq: Seq,
  at: Time,
  id: Id,
  kind: Type.String(),
  refused: Type.Optional(Type.String()),
  asset: Type.Optional(AssetCode),
  debit: Type.Optional(Path),
  credit: Type.Optional(Path),
  amount: Type.Optional(Amount),
  requested: Type.Optional(Amount),
  balancing: Type.Optional(Balancing),
  pendingSeq: Type.Optional(Seq),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1 })),
  expiresAt: Type.Optional(Time),
  code: Type.Optional(Type.Integer({ minimum: 0 })),
  chain: Type.Optional(Id),
  chainIndex: Type.Optional(Type.Integer({ minimum: 1 })),
  chainLength: Type.Optional(Type.Integer({ minimum: 1 })),
  reference: Type.Optional(Type.String()),
  metadata: Type.Optional(Type.String({ description: "JSON text, as it was sent." })),
  effectiveAt: Type.Optional(Time),
  by: Type.Optional(Type.String()),
  request: Type.Optional(Type.String()),
  rule: Type.Optional(Type.String()),
  named: Type.Optional(Type.String()),
  archived: Type.Optional(
    Type.Literal(true, {
      description: "Its reference, metadata, by, request and rule are in an archive alone.",
    }),
  ),
});

export const Change = named("Change", {
  entry: Entry,
  debit: Type.Optional(Balance),
  credit: Type.Optional(Balance),
});

const sums = {
  debitsPending: Sum,
  debitsPosted: Sum,
  creditsPending: Sum,
  creditsPosted: Sum,
};

export const TreeNode = named("TreeNode", {
  path: Path,
  hasChildren: Type.Boolean(),
  complete: Type.Boolean({ description: "False: too much is below to be summed on the way." }),
  sums: Type.Optional(
    Type.Array(named("TreeSum", { asset: AssetCode, accounts: Type.Integer(), ...sums })),
  ),
});

export const TrialBalance = named("TrialBalance", {
  seq: Seq,
  balanced: Type.Boolean(),
  assets: Type.Array(
    named("AssetSum", {
      asset: AssetCode,
      accounts: Type.Integer(),
      ...sums,
      balanced: Type.Boolean(),
    }),
  ),
});

export const Statement = named("Statement", {
  path: Path,
  asset: AssetCode,
  opening: Balance,
  lines: Type.Array(named("StatementLine", { entry: Entry, balance: Balance })),
  closing: Balance,
  cursor: Type.Optional(Type.String()),
});

export const Verification = named("Verification", {
  id: Type.String(),
  node: Type.String({ description: "The node that runs it and keeps its report: ask there." }),
  state: Type.Union([Type.Literal("running"), Type.Literal("done"), Type.Literal("failed")]),
  done: Type.Integer({ minimum: 0 }),
  total: Type.Integer({ minimum: 0 }),
  startedAt: Time,
  problem: Type.Optional(Type.String({ description: "Why it failed: a code." })),
  report: Type.Optional(
    named("VerifyReport", {
      verified: Type.Boolean(),
      book: Type.String(),
      head: closed({ seq: Seq, at: Time, hash: Type.String() }),
      entries: Type.Integer(),
      batches: Type.Integer(),
      accounts: Type.Integer(),
      findings: Type.Array(
        named("Finding", {
          invariant: Type.String(),
          message: Type.String(),
          seq: Type.Optional(Seq),
          id: Type.Optional(Id),
          account: Type.Optional(Path),
          asset: Type.Optional(AssetCode),
        }),
      ),
      findingsCount: Type.Integer(),
      archivedThrough: Type.Optional(Seq),
      seconds: Type.Number(),
    }),
  ),
});

export const Key = named("Key", {
  keyId: Type.String(),
  owner: Type.String(),
  ownerKind: Type.Union([Type.Literal("person"), Type.Literal("service")]),
  scopes: Type.Array(Type.String()),
  note: Type.Optional(Type.String()),
  state: Type.Union([Type.Literal("live"), Type.Literal("expired"), Type.Literal("revoked")]),
  createdAt: Time,
  expiresAt: Type.Optional(Time),
  rotatedAt: Type.Optional(Time),
  formerUntil: Type.Optional(Time),
  revokedAt: Type.Optional(Time),
});

export const KeyWithToken = named("KeyWithToken", {
  key: Key,
  token: Type.String({ description: "Shown once. Longmen keeps only its hash." }),
});

export const KeyReplayed = named("KeyReplayed", {
  key: Key,
  replayed: Type.Literal(true),
  advice: Type.String({ description: "How to come by a token." }),
});

export const KeyEvent = named("KeyEvent", {
  number: Type.Integer(),
  at: Time,
  what: Type.String(),
  keyId: Type.String(),
  owner: Type.String(),
  graceMs: Type.Optional(Type.Integer()),
  by: Type.String(),
  from: Type.String(),
  request: Type.String(),
});

/** A page of something, as every list is answered. */
export function pageOf<T extends TSchema>(name: string, item: T) {
  return named(name, { items: Type.Array(item), cursor: Type.Optional(Type.String()) });
}
