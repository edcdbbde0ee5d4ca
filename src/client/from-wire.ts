/** From the wire, exactly: strings to bigints, RFC 3339 to instants. */
import type {
  AccountView,
  Answer,
  Balance,
  Change,
  ChainAnswer,
  Created,
  Entry,
  Exists,
  Head,
  Refused,
  StatementPage,
  Sums,
  TreeNode,
  TrialBalance,
  VerifyReport,
} from "./answer.ts";
import type * as Wire from "./api-types.ts";
import type { Bound, Chain, Instant, Posting, Request } from "./posting.ts";

let lastText: string | undefined;
let lastAt: Instant = Number.NaN;

/** Answers of one batch share their time, so the last one is kept. */
export function instantOf(text: string): Instant {
  if (text === lastText) return lastAt;
  lastAt = Date.parse(text);
  lastText = text;
  return lastAt;
}

function optionalInstant(text: string | undefined): Instant | undefined {
  return text === undefined ? undefined : instantOf(text);
}

function boundOf(text: string): Bound {
  return text === "none" ? text : BigInt(text);
}

function optionalAmount(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : BigInt(text);
}

function sumsOf(sums: {
  readonly debitsPending: string;
  readonly debitsPosted: string;
  readonly creditsPending: string;
  readonly creditsPosted: string;
}): Sums {
  return {
    debitsPending: BigInt(sums.debitsPending),
    debitsPosted: BigInt(sums.debitsPosted),
    creditsPending: BigInt(sums.creditsPending),
    creditsPosted: BigInt(sums.creditsPosted),
  };
}

export function balanceOf(wire: Wire.Balance): Balance {
  // Spelled out, as is carriedOf: they are made for every transfer, and spreads are objects more.
  return {
    seq: wire.seq,
    debitsPending: BigInt(wire.debitsPending),
    debitsPosted: BigInt(wire.debitsPosted),
    creditsPending: BigInt(wire.creditsPending),
    creditsPosted: BigInt(wire.creditsPosted),
    bound: boundOf(wire.bound),
    closed: wire.closed,
  };
}

/** Absent where the wire has nothing, so that answers can be compared and printed. */
function withBalances<T extends object>(
  told: T,
  { debit, credit }: { readonly debit?: Wire.Balance; readonly credit?: Wire.Balance },
): T & { readonly debit?: Balance; readonly credit?: Balance } {
  return {
    ...told,
    ...(debit === undefined ? {} : { debit: balanceOf(debit) }),
    ...(credit === undefined ? {} : { credit: balanceOf(credit) }),
  };
}

type Told = { -readonly [K in keyof (Created | Exists)]: (Created | Exists)[K] };

export function carriedOf(wire: Wire.Carried, request: Request): Created | Exists {
  const { status, seq, at, amount, debit, credit } = wire;
  const told: Told = { status, request, seq, at: instantOf(at), amount: BigInt(amount) };
  if (debit !== undefined) told.debit = balanceOf(debit);
  if (credit !== undefined) told.credit = balanceOf(credit);
  return told;
}

export function carriedChainOf(wire: Wire.CarriedChain, { requests }: Chain): ChainAnswer {
  const answers = requests.flatMap((request, index) => {
    const answer = wire.answers[index];
    return answer === undefined ? [] : [carriedOf(answer, request)];
  });
  return { status: wire.status, answers };
}

/** A refusal, alone as a problem or as an item of a batch. */
export function refusedOf(wire: {
  readonly code: string;
  readonly detail?: string;
  readonly seq?: number;
  readonly original?: string;
  readonly index?: number;
}): Refused & { readonly index?: number } {
  const { code, detail = "", seq, original, index } = wire;
  return {
    status: "refused",
    code,
    detail,
    ...(seq === undefined ? {} : { seq }),
    ...(original === undefined ? {} : { original }),
    ...(index === undefined ? {} : { index }),
  };
}

/** One item of a batch's answer, to the posting that stood in its place. */
export function answerOf(
  wire: Wire.BatchAnswer["items"][number],
  posting: Posting,
): Answer | ChainAnswer {
  if (wire.status === "refused") return refusedOf(wire);
  if ("answers" in wire) return carriedChainOf(wire, posting as Chain);
  return carriedOf(wire, posting as Request);
}

export function entryOf(wire: Wire.Entry): Entry {
  const { at, amount, requested, expiresAt, effectiveAt, ...rest } = wire;
  const amounts = { amount: optionalAmount(amount), requested: optionalAmount(requested) };
  const times = {
    expiresAt: optionalInstant(expiresAt),
    effectiveAt: optionalInstant(effectiveAt),
  };
  const entry: Entry = { ...rest, at: instantOf(at), ...amounts, ...times };
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined),
  ) as unknown as Entry;
}

export function accountOf(wire: Wire.Account): AccountView {
  return { ...wire, balance: balanceOf(wire.balance), available: BigInt(wire.available) };
}

export function changeOf({ entry, ...balances }: Wire.Change): Change {
  return withBalances({ entry: entryOf(entry) }, balances);
}

export function headOf({ at, created, ...head }: Wire.BookHead): Head {
  return { ...head, at: instantOf(at), created: { ...created, at: instantOf(created.at) } };
}

export function treeNodeOf({ sums, ...node }: Wire.TreeNode): TreeNode {
  if (sums === undefined) return node;
  return { ...node, sums: sums.map((sum) => ({ ...sum, ...sumsOf(sum) })) };
}

export function trialBalanceOf({ assets, ...told }: Wire.TrialBalance): TrialBalance {
  return { ...told, assets: assets.map((sum) => ({ ...sum, ...sumsOf(sum) })) };
}

export function statementOf(wire: Wire.Statement): StatementPage {
  return {
    ...wire,
    opening: balanceOf(wire.opening),
    closing: balanceOf(wire.closing),
    lines: wire.lines.map(({ entry, balance }) => {
      return { entry: entryOf(entry), balance: balanceOf(balance) };
    }),
  };
}

export function reportOf({ head, ...report }: Wire.VerifyReport): VerifyReport {
  return { ...report, head: { ...head, at: instantOf(head.at) } };
}
