/** From the ledger's words onto the wire: bigints to strings, instants to RFC 3339 text. */
import { assert, type Instant, toRfc3339 } from "../base/index.ts";
import {
  type AccountView,
  type Answer,
  type Balance,
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

const ROOM_FOR_SEQ = Number.MAX_SAFE_INTEGER;

function balanceText(balance: Balance): string {
  return (
    `{"seq":${balance.seq},"debitsPending":"${balance.debitsPending}",` +
    `"debitsPosted":"${balance.debitsPosted}","creditsPending":"${balance.creditsPending}",` +
    `"creditsPosted":"${balance.creditsPosted}","bound":"${balance.bound}","closed":${balance.closed}}`
  );
}

/**
 * The answer to one request as JSON. Spelled out: it has no text of a stranger in it, and this is
 * the hottest line of the door.
 */
export function carriedText(answer: Created | Exists): string {
  assert(answer.seq <= ROOM_FOR_SEQ, "a seq is a safe integer");
  const { debit, credit } = answer;
  return (
    `{"status":"${answer.status}","seq":${answer.seq},"at":"${timeText(answer.at)}",` +
    `"amount":"${answer.amount}"` +
    (debit === undefined ? "" : `,"debit":${balanceText(debit)}`) +
    (credit === undefined ? "" : `,"credit":${balanceText(credit)}`) +
    "}"
  );
}

type CarriedChain = Exclude<ChainAnswer, Refused>;

export function carriedChainText({ status, answers }: CarriedChain): string {
  const seq = answers.at(-1)?.seq ?? 0;
  return `{"status":"${status}","seq":${seq},"answers":[${answers.map(carriedText).join(",")}]}`;
}

export function batchText(answers: readonly (Answer | ChainAnswer)[]): string {
  let seq = 0;
  const items = answers.map((answer) => {
    seq = Math.max(seq, seqOf(answer));
    if (answer.status === "refused") return refusedText(answer);
    return "answers" in answer ? carriedChainText(answer) : carriedText(answer);
  });
  return `{"seq":${seq},"items":[${items.join(",")}]}`;
}

function seqOf(answer: Answer | ChainAnswer): number {
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
