/** From the ledger's words onto the wire: bigints to strings, instants to RFC 3339 text. */
import { assert, type Instant, toRfc3339 } from "../base/index.ts";
import {
  type AccountView,
  type Answer,
  type Balance,
  type Bound,
  type Change,
  type ChainAnswer,
  type Created,
  type Entry,
  type Exists,
  type Head,
  type Origin,
  type Refused,
  refusalRow,
  type TreeNode,
  type TrialBalance,
  type VerifyReport,
} from "../ledger/index.ts";

let lastAt = Number.NaN;
let lastAtText = "";

/** Answers of one flush share their time, so the text of the last one is kept. */
function timeText(at: Instant): string {
  if (at !== lastAt) {
    lastAtText = toRfc3339(at);
    lastAt = at;
  }
  return lastAtText;
}

const NO_BALANCES: Pick<Created, "debit" | "credit"> = { debit: undefined, credit: undefined };
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** What a template writes the same either way, as the kind that is written faster: a number. */
function written(amount: Bound): Bound | number {
  const isSmall = typeof amount === "bigint" && amount <= SAFE_MAX && amount >= -SAFE_MAX;
  return isSmall ? Number(amount) : amount;
}

function balanceText(balance: Balance): string {
  return (
    `{"seq":${balance.seq},"debitsPending":"${written(balance.debitsPending)}",` +
    `"debitsPosted":"${written(balance.debitsPosted)}",` +
    `"creditsPending":"${written(balance.creditsPending)}",` +
    `"creditsPosted":"${written(balance.creditsPosted)}",` +
    `"bound":"${written(balance.bound)}","closed":${balance.closed}}`
  );
}

/**
 * The answer to one request as JSON, with or without its balances. Spelled out: it has no text of a
 * stranger in it, and this is the hottest line of the door.
 */
export function carriedText(answer: Created | Exists, balances: boolean): string {
  assert(Number.isSafeInteger(answer.seq), "a seq is a safe integer");
  const { debit, credit } = balances ? answer : NO_BALANCES;
  return (
    `{"status":"${answer.status}","seq":${answer.seq},"at":"${timeText(answer.at)}",` +
    `"amount":"${written(answer.amount)}"` +
    (debit === undefined ? "" : `,"debit":${balanceText(debit)}`) +
    (credit === undefined ? "" : `,"credit":${balanceText(credit)}`) +
    "}"
  );
}

type CarriedChain = Exclude<ChainAnswer, Refused>;

export function carriedChainText({ status, answers }: CarriedChain, balances: boolean): string {
  const seq = answers.at(-1)?.seq ?? 0;
  const members = answers.map((answer) => carriedText(answer, balances));
  return `{"status":"${status}","seq":${seq},"answers":[${members.join(",")}]}`;
}

/** The answer to one posting of a batch as JSON. */
export function itemText(answer: Answer | ChainAnswer, balances: boolean): string {
  if (answer.status === "refused") return refusedText(answer);
  if ("answers" in answer) return carriedChainText(answer, balances);
  return carriedText(answer, balances);
}

export function seqOf(answer: Answer | ChainAnswer): number {
  if ("answers" in answer) return answer.answers.at(-1)?.seq ?? 0;
  return answer.seq ?? 0;
}

function refusedText(refused: Refused & { index?: number }): string {
  const { status, code, seq, original, index } = refused;
  return JSON.stringify({ status, code, detail: refusalRow(code).message, seq, original, index });
}

export function balanceOnWire(balance: Balance) {
  return {
    seq: balance.seq,
    debitsPending: balance.debitsPending.toString(),
    debitsPosted: balance.debitsPosted.toString(),
    creditsPending: balance.creditsPending.toString(),
    creditsPosted: balance.creditsPosted.toString(),
    bound: balance.bound.toString(),
    closed: balance.closed,
  };
}

export function accountOnWire({ path, asset, side, openedSeq, balance, available }: AccountView) {
  return {
    path,
    asset,
    side,
    openedSeq,
    balance: balanceOnWire(balance),
    available: available.toString(),
  };
}

const optionalTime = (at: Instant | undefined) => (at === undefined ? undefined : toRfc3339(at));

/** Members that are undefined are left out by JSON.stringify. */
export function entryOnWire(entry: Entry) {
  return {
    ...entry,
    at: toRfc3339(entry.at),
    amount: entry.amount?.toString(),
    requested: entry.requested?.toString(),
    expiresAt: optionalTime(entry.expiresAt),
    effectiveAt: optionalTime(entry.effectiveAt),
  };
}

export function changeOnWire({ entry, debit, credit }: Change) {
  return {
    entry: entryOnWire(entry),
    debit: debit && balanceOnWire(debit),
    credit: credit && balanceOnWire(credit),
  };
}

export function bookOnWire(name: string, { seq, at, hash }: Head, origin: Origin) {
  const created = { ...origin, at: toRfc3339(origin.at) };
  return { name, seq, at: toRfc3339(at), hash, created };
}

interface Sums {
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
}

function sumsOnWire(sums: Sums) {
  return {
    debitsPending: sums.debitsPending.toString(),
    debitsPosted: sums.debitsPosted.toString(),
    creditsPending: sums.creditsPending.toString(),
    creditsPosted: sums.creditsPosted.toString(),
  };
}

export function treeNodeOnWire({ path, hasChildren, complete, sums }: TreeNode) {
  return {
    path,
    hasChildren,
    complete,
    sums: sums?.map((sum) => ({ asset: sum.asset, accounts: sum.accounts, ...sumsOnWire(sum) })),
  };
}

export function trialBalanceOnWire({ seq, balanced, assets }: TrialBalance) {
  return {
    seq,
    balanced,
    assets: assets.map((sum) => ({
      asset: sum.asset,
      accounts: sum.accounts,
      ...sumsOnWire(sum),
      balanced: sum.balanced,
    })),
  };
}

export function reportOnWire(report: VerifyReport) {
  const { seq, at, hash } = report.head;
  return { ...report, head: { seq, at: toRfc3339(at), hash } };
}
