/** Holds every answer that a caller got against the replayed journal (P1, P2). */
import {
  type Answer,
  type Balance,
  type ChainAnswer,
  type Created,
  type Exists,
  type RefusalCode,
  type Refused,
  type Request,
  isRemembered,
} from "../../src/ledger/index.ts";
import { compareSums, holdOf, note, type Audit } from "./audit-state.ts";
import { isPlaceOf, isSameAs, kindOfRow, refusalOfRow, textOf } from "./audit-rows.ts";
import type { Attempt } from "./log-book.ts";
import { isChain, placesOf } from "./model.ts";
import { malformedChain } from "./model-rules.ts";
import { accountOf, sumsAt, type Place } from "./model-state.ts";

export function checkAnswers(it: Audit): void {
  const claimed = new Map<number, Attempt>();
  const told = firstTold(it);
  for (const attempt of it.attempts) {
    const { answer } = attempt;
    if (answer === undefined) continue;
    for (const [index, each] of donePartsOf(answer).entries()) {
      checkDone(it, attempt, each, claimed);
      checkSame(it, attempt, each, index);
    }
    if (answer.status === "refused") checkRefused(it, attempt, answer, told);
  }
  checkUnclaimed(it, claimed);
  checkSameAnswers(it);
}

/** What was accepted once is accepted for ever: the same posting is never refused beside that (P2). */
function checkSameAnswers(it: Audit): void {
  const accepted = new Set<string>();
  for (const { posting, answer } of it.attempts) {
    if (answer === undefined || answer.status === "refused") continue;
    // An opening that finds its account open under another id uses none: its own stays free.
    const usesItsId = ({ request, seq }: Created | Exists) =>
      request.id === undefined || it.rows[seq - 1]?.id === request.id;
    if (donePartsOf(answer).every(usesItsId)) accepted.add(textOf(posting));
  }
  for (const { posting, answer, node } of it.attempts) {
    if (answer?.status !== "refused" || !accepted.has(textOf(posting))) continue;
    const requests = isChain(posting) ? posting.requests : [posting];
    // Without an id, or under the window policy, a refusal is nothing that is kept.
    if (requests.some((request) => request.id === undefined || isWindowed(it, request))) continue;
    const message = `${node} refused with ${answer.code} what was accepted: ${textOf(posting)} (P2)`;
    it.findings.push({ message, seq: answer.seq, id: requests[0]?.id });
  }
}

/** By id: when a caller was told first that it is carried out. */
function firstTold(it: Audit): Map<string, number> {
  const told = new Map<string, number>();
  for (const { answer, answeredAt = Infinity } of it.attempts) {
    if (answer === undefined) continue;
    for (const { request, seq } of donePartsOf(answer)) {
      const { id } = request;
      if (id === undefined || it.rows[seq - 1]?.id !== id) continue;
      told.set(id, Math.min(answeredAt, told.get(id) ?? Infinity));
    }
  }
  return told;
}

function donePartsOf(answer: Answer | ChainAnswer): readonly (Created | Exists)[] {
  if (answer.status === "refused") return [];
  return "answers" in answer ? answer.answers : [answer];
}

/** Whoever was told that it is done finds it in the journal, as sent, and told so only once. */
function checkDone(
  it: Audit,
  attempt: Attempt,
  answer: Created | Exists,
  claimed: Map<number, Attempt>,
): void {
  const { seq, at, request, amount, status } = answer;
  const say = (message: string) => it.findings.push({ message, seq, id: request.id });
  const row = it.rows[seq - 1];
  const entry = it.model.state.entries[seq - 1];
  if (row === undefined || entry === undefined) {
    say(`${attempt.node} acknowledged ${request.id} at ${seq}, where nothing is (P1)`);
    return;
  }
  if (request.id !== undefined && request.id !== row.id && !isEnsuring(request)) {
    say(`${attempt.node} acknowledged ${request.id} at ${seq}, where ${row.id} is (P1)`);
  }
  if (refusalOfRow(row) !== undefined) say(`${request.id} was acknowledged, but is refused`);
  if (at !== row.at) say(`${request.id} was acknowledged for ${at}, but is of ${row.at}`);
  const isTransfer = ["transfer", "pending", "post", "void"].includes(kindOfRow(row));
  if (isTransfer && amount !== row.amount)
    say(`${request.id}: ${amount} told, ${row.amount} moved`);
  if (status === "created") {
    if (claimed.has(seq)) say(`entry ${seq} was acknowledged as created twice (P2)`);
    claimed.set(seq, attempt);
  }
  checkBalance(it, answer, entry.debit, answer.debit);
  checkBalance(it, answer, entry.credit, answer.credit);
}

/** Whoever hears that it is done asked for what is booked, as it was asked for then. */
function checkSame(it: Audit, { posting, node }: Attempt, answer: Created | Exists, index: number) {
  const { seq } = answer;
  const row = it.rows[seq - 1];
  const request = isChain(posting) ? posting.requests[index] : posting;
  const say = (message: string) => it.findings.push({ message, seq, id: request?.id });
  if (row === undefined) return;
  if (request === undefined) return say(`${node} answers for more than was asked (P1)`);
  // An opening that finds its account open says so, whoever opened it.
  const isElsewhere = isEnsuring(request) && request.id !== row.id;
  if (!isElsewhere && !isPlaceOf(placeOf(posting, index), row)) {
    say(`${request.id} was told as done in another chain (P2)`);
  }
  if (!isSameAs(request, row, it.model.state.byId.get(row.pending_id ?? ""))) {
    say(`${request.id} was told as done, though something else is (P2): ${textOf(request)}`);
  }
}

function isEnsuring(request: Request): boolean {
  return request.kind === "open" || request.kind === "asset";
}

/** The balance that came with the answer is what the account had at the seq that it names. */
function checkBalance(
  it: Audit,
  { seq, status }: Created | Exists,
  path: string | undefined,
  balance: Balance | undefined,
): void {
  const entry = it.model.state.entries[seq - 1];
  const account = accountOf(it.model.state, path ?? "", entry?.asset ?? "");
  if (account === undefined || balance === undefined) return;
  const asOf = status === "created" ? seq : balance.seq;
  compareSums(it, account, asOf, balance, sumsAt(account, asOf));
}

function checkRefused(
  it: Audit,
  attempt: Attempt,
  answer: Refused,
  told: ReadonlyMap<string, number>,
): void {
  const { posting, node, begunAt } = attempt;
  const index = "index" in answer ? (answer as Refused & { index: number }).index : undefined;
  const request = isChain(posting) ? posting.requests[index ?? 0] : posting;
  const say = (message: string) =>
    it.findings.push({ message: `${node}: ${message}`, seq: answer.seq, id: request?.id });
  if (answer.seq !== undefined) {
    const row = it.rows[answer.seq - 1];
    const kept = row === undefined ? undefined : refusalOfRow(row);
    const told = answer.code === "ledger.id_already_failed" ? answer.original : answer.code;
    if (row?.id !== request?.id || kept !== told) {
      say(`${request?.id} was refused with ${told}, kept at ${answer.seq} is ${row?.id} ${kept}`);
    }
    return;
  }
  if (request === undefined) return;
  const { code } = answer;
  if (isRemembered(code) || code === "ledger.id_already_failed") {
    const mayBeForgotten = request.id === undefined || isWindowed(it, request);
    if (!mayBeForgotten) say(`${request.id} was refused with ${code}, and nothing remembers it`);
    // Whatever a window may forget: what stands in the books is never denied.
    if ((told.get(request.id ?? "") ?? Infinity) < begunAt) {
      say(`${request.id} was refused with ${code}, though it was carried out before (P2)`);
    }
    return;
  }
  const place = placeOf(posting, index);
  if (!dependsOnChain(posting, request) && !speaksAgainst(it, request, place, posting, code)) {
    say(`${request.id} was refused with ${code}, but nothing speaks for that`);
  }
}

/** The id may have been burnt by a hold under the window policy, sent under it once. */
function isWindowed(it: Audit, request: Request): boolean {
  return it.variants.sentUnder(request.id).some((sent) => {
    if (sent.kind !== "pending" || sent.timeoutMs === undefined) return false;
    return it.model.state.assets.get(sent.asset)?.refusals === "window";
  });
}

function placeOf(posting: Attempt["posting"], index: number | undefined): Place | undefined {
  return isChain(posting) ? placesOf(posting)[index ?? 0] : undefined;
}

/** What a member finds may have been made by a member before it, which was taken back. */
function dependsOnChain(posting: Attempt["posting"], request: Request): boolean {
  if (!isChain(posting)) return false;
  const { pendingId } = request as { pendingId?: string };
  return posting.requests.some((other) => {
    if (other === request) return false;
    const { pendingId: others } = other as { pendingId?: string };
    const isAboutHold = pendingId !== undefined && (other.id === pendingId || others === pendingId);
    const isOfOneId = request.id !== undefined && other.id === request.id;
    return isAboutHold || isOfOneId || opensTheSame(other, request);
  });
}

function opensTheSame(one: Request, other: Request): boolean {
  if (one.asset !== other.asset) return false;
  if (one.kind === "open" && other.kind === "open") return one.path === other.path;
  return one.kind === "asset" && other.kind === "asset";
}

/** What is refused for ever must still be refusable at the end, for the same reason. */
function speaksAgainst(
  it: Audit,
  request: Request,
  place: Place | undefined,
  posting: Attempt["posting"],
  code: RefusalCode,
): boolean {
  const at = it.rows.at(-1)?.at ?? 0;
  if (isChain(posting) && malformedChain(posting).includes(code)) return true;
  if (isChain(posting) && code === "ledger.id_exists_with_different_chain") {
    // Half a repeat: another member is known already. Which one came first can't be told any more.
    const isKnown = ({ id, kind }: Request) =>
      id !== undefined && (it.model.state.byId.has(id) || kind === "open" || kind === "asset");
    if (it.model.state.chains.has(posting.chain) || posting.requests.some(isKnown)) return true;
  }
  it.model.askInPlace(request, at, place);
  return it.model.reasons.includes(code);
}

/** A row of which nobody was told must be of somebody whose answer was lost, not denied. */
function checkUnclaimed(it: Audit, claimed: Map<number, Attempt>): void {
  for (const row of it.rows) {
    if (kindOfRow(row) === "expire" || refusalOfRow(row) !== undefined) continue;
    if (claimed.has(Number(row.seq))) continue;
    const attempts = it.variants
      .matches(row, holdOf(it, row))
      .flatMap((variant) => variant.attempts);
    if (!attempts.some(({ silence }) => silence === "unknown")) {
      note(it, row, "is booked, but everybody who asked was told that nothing was done");
    }
  }
}
