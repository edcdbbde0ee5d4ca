/**
 * Every refusal of refusal.ts in words: what happened, and what the caller can do. The engine answers
 * the code as a value and never throws it; doors print these words and take the HTTP status from the
 * kind. In order of precedence, and complete: a code without its row does not compile.
 *
 * None is worth sending again unchanged: what speaks against the request itself will always do so,
 * and what speaks against the state of the books has burnt the id (P2). Where another time may bring
 * another answer, the advice says to ask with a new id.
 */
import { defineErrors, type ErrorKind, type ErrorRow } from "../base/index.ts";
import type { RefusalCode } from "./refusal.ts";

type ReasonOf<Code> = Code extends `ledger.${infer Reason}` ? Reason : never;
export type RefusalReason = ReasonOf<RefusalCode>;

const rowOf = (kind: ErrorKind) => (message: string, advice: string) =>
  ({ kind, message, advice, retry: "never" }) satisfies ErrorRow;

/** The request is no good, whatever the books say. */
const invalid = rowOf("invalid");
/** The id, account or asset is taken by something else. */
const conflict = rowOf("conflict");
/** Something that the request names is not in the book. */
const missing = rowOf("missing");
/** The books say no. */
const refused = rowOf("refused");

export const refusalErrors = defineErrors<"ledger", RefusalReason>("ledger", {
  // The request itself.
  kind_unknown: invalid(
    "The book knows no request of this kind.",
    "Kinds are transfer, pending, post, void, open, bound, close, reopen and asset.",
  ),
  id_malformed: invalid(
    "The id is no id.",
    "Use 1 to 64 letters, digits and . _ : / @ # + -, beginning with a letter or a digit; newId() makes one.",
  ),
  amount_malformed: invalid(
    "The amount is not a bigint.",
    'Give whole minor units: 1234n, or money("CNY/2", "12.34").',
  ),
  amount_negative: invalid(
    "The amount is below zero.",
    "Swap debit and credit: an amount only says how much, the accounts say which way.",
  ),
  amount_too_large: invalid(
    "The amount is above 9223372036854775807 minor units.",
    "Split it, or use an asset with a smaller scale.",
  ),
  code_malformed: invalid(
    "The code is not a whole number from 0 to 2147483647.",
    "Leave it out, or number your reasons within that range.",
  ),
  reference_malformed: invalid(
    "The reference is not a text of 1 to 128 characters.",
    "Leave it out, or shorten it; NUL and halves of surrogate pairs can't be stored.",
  ),
  metadata_malformed: invalid(
    "The metadata is not JSON text of at most 4096 bytes.",
    "Pass the text itself, as JSON.stringify makes it; keep large things elsewhere and refer to them.",
  ),
  effective_at_malformed: invalid(
    "The effective time is not a whole number of milliseconds in the years 1 to 9999.",
    "Give milliseconds since 1970-01-01 UTC, or leave it out to mean book time.",
  ),
  balancing_malformed: invalid(
    'Balancing is none of "debit", "credit" and "both".',
    "Leave it out to move exactly the amount.",
  ),
  // The id.
  id_exists_with_different_kind: conflict(
    "The id stands for a request of another kind.",
    "Use a new id for a new request.",
  ),
  id_exists_with_different_pending_id: conflict(
    "The id has resolved another hold.",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_timeout: conflict(
    "The id stands for a hold with another time-out.",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_debit: conflict(
    "The id stands for a request on another account (of transfers: another debit account).",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_credit: conflict(
    "The id stands for a transfer to another credit account.",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_asset: conflict(
    "The id stands for a request of another asset.",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_amount: conflict(
    "The id stands for a request of another amount (of bound events: another bound).",
    "Use a new id for a new request. Compared is what was asked, under balancing too, not what moved.",
  ),
  id_exists_with_different_balancing: conflict(
    "The id stands for a transfer that balances otherwise.",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_code: conflict(
    "The id stands for a transfer with another code.",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_reference: conflict(
    "The id stands for a transfer with another reference.",
    "Use a new id for a new request; a repeat must be the same in every field.",
  ),
  id_exists_with_different_metadata: conflict(
    "The id stands for a transfer with other metadata.",
    "Metadata is compared byte by byte: keep the text, and don't serialize it anew for a repeat.",
  ),
  id_exists_with_different_effective_at: conflict(
    "The id stands for a transfer with another effective time.",
    "Fix the time when the request is made, not each time it is sent.",
  ),
  id_exists_with_different_chain: conflict(
    "The id stands in another chain, at another place of it, or in none.",
    "Repeat a chain whole, with the same id, members and order; put new transfers into a new chain.",
  ),
  id_already_failed: refused(
    "A request with this id was refused, and is refused for ever.",
    "`original` says why it was. When that has been mended, ask with a new id.",
  ),
  // The shape of the movement.
  debit_path_malformed: invalid(
    "The debit path is no path.",
    'Use 1 to 16 segments of letters, digits and . _ : @ + - joined by "/", at most 200 characters.',
  ),
  credit_path_malformed: invalid(
    "The credit path is no path.",
    'Use 1 to 16 segments of letters, digits and . _ : @ + - joined by "/", at most 200 characters.',
  ),
  accounts_must_differ: invalid(
    "Debit and credit are the same account.",
    "A transfer moves between two accounts.",
  ),
  timeout_malformed: invalid(
    "The time-out is not a whole number of milliseconds, from 1 to a hundred years.",
    "Leave it out for a hold that only post or void end.",
  ),
  timeout_reserved_for_pending: invalid(
    "Only a pending transfer has a time-out.",
    'Say kind "pending", or leave timeoutMs out.',
  ),
  pending_id_malformed: invalid(
    "The pending id is no id, or the request's own.",
    "Name the id of the hold, and give the post or void an id of its own.",
  ),
  account_path_malformed: invalid(
    "The account's path is no path.",
    'Use 1 to 16 segments of letters, digits and . _ : @ + - joined by "/", at most 200 characters.',
  ),
  side_malformed: invalid(
    'The side is neither "debit" nor "credit".',
    'What you have (stock, bank, expenses) stands on "debit"; what you owe or earn on "credit".',
  ),
  bound_malformed: invalid(
    'The bound is neither "none" nor a bigint from 0 to 9223372036854775807.',
    "A bound says how far below zero the account may go, in minor units: 0n not at all.",
  ),
  refusal_policy_malformed: invalid(
    'The asset\'s refusals are neither "forever" nor "window".',
    'Leave it out to mean "forever".',
  ),
  asset_malformed: invalid(
    "The asset is no asset code.",
    "Write a name and a scale from 0 to 18: CNY/2, SKU:85123A/0.",
  ),
  asset_missing: missing(
    "The book has no such asset.",
    "Define it first, or in the same chain before; code and scale are one name, and case matters.",
  ),
  debit_account_missing: missing(
    "The debit account is not open in this asset.",
    "Open it first, or in the same chain before: each asset has an account of its own under a path.",
  ),
  credit_account_missing: missing(
    "The credit account is not open in this asset.",
    "Open it first, or in the same chain before: each asset has an account of its own under a path.",
  ),
  // The hold that is to be posted or voided.
  pending_missing: missing(
    "There is no hold with the pending id.",
    "A hold must be answered before it can be posted or voided; a refused one never was.",
  ),
  pending_is_not_pending: refused(
    "The pending id names something that is no hold.",
    'Only transfers of kind "pending" can be posted and voided; reverse others by a new transfer.',
  ),
  pending_has_different_debit: refused(
    "The hold has another debit account.",
    "Leave debit out: a post or void moves on the hold's accounts.",
  ),
  pending_has_different_credit: refused(
    "The hold has another credit account.",
    "Leave credit out: a post or void moves on the hold's accounts.",
  ),
  pending_has_different_asset: refused(
    "The hold is of another asset.",
    "Leave asset out: a post or void moves the hold's asset.",
  ),
  exceeds_pending_amount: refused(
    "The amount is more than the hold.",
    "Post at most what is held, and the rest by a transfer of its own.",
  ),
  pending_has_different_amount: refused(
    "A void gives back the whole hold, and its amount says otherwise.",
    "Leave amount out, or post the part that is wanted: the rest is given back by that.",
  ),
  pending_already_posted: refused(
    "The hold has been posted.",
    "A hold ends once. Reverse what was posted by a new transfer.",
  ),
  pending_already_voided: refused("The hold has been voided.", "A hold ends once. Make a new one."),
  pending_expired: refused(
    "The hold's time-out has ended, and it was given back.",
    "Make a new hold, with more time.",
  ),
  // The accounts.
  debit_account_closed: refused(
    "The debit account is closed.",
    "Reopen it, then ask with a new id. Void and expiry of its holds still pass.",
  ),
  credit_account_closed: refused(
    "The credit account is closed.",
    "Reopen it, then ask with a new id. Void and expiry of its holds still pass.",
  ),
  overflows_debits_pending: refused(
    "The debit account's pending debits would leave 2^63 - 1.",
    "End some of its holds, or use an asset with a smaller scale.",
  ),
  overflows_credits_pending: refused(
    "The credit account's pending credits would leave 2^63 - 1.",
    "End some of its holds, or use an asset with a smaller scale.",
  ),
  overflows_debits_posted: refused(
    "The debit account's posted debits would leave 2^63 - 1.",
    "Sums only grow: go on with a new account, or use an asset with a smaller scale.",
  ),
  overflows_credits_posted: refused(
    "The credit account's posted credits would leave 2^63 - 1.",
    "Sums only grow: go on with a new account, or use an asset with a smaller scale.",
  ),
  overflows_debits: refused(
    "The debit account's posted and pending debits together would leave 2^63 - 1.",
    "End some of its holds, or go on with a new account.",
  ),
  overflows_credits: refused(
    "The credit account's posted and pending credits together would leave 2^63 - 1.",
    "End some of its holds, or go on with a new account.",
  ),
  overflows_timeout: refused(
    "The hold would end after the year 9999.",
    "Shorten the time-out, or leave it out.",
  ),
  debit_account_exceeds_bound: refused(
    "The debit account does not have that much.",
    "What is held counts as gone, what is about to come in does not count yet. Ask with a new id later.",
  ),
  credit_account_exceeds_bound: refused(
    "The credit account does not have that much.",
    "What is held counts as gone, what is about to come in does not count yet. Ask with a new id later.",
  ),
  // Account events and assets.
  account_exists_with_different_side: conflict(
    "The account is open, and stands on the other side.",
    "An account keeps its side. Open one under another path.",
  ),
  account_exists_with_different_bound: conflict(
    "The account is open, and was opened with another bound.",
    "Repeat an opening as it was, and change the bound by a request of kind bound.",
  ),
  asset_exists_with_different_refusals: conflict(
    "The asset is defined, with the other policy for refusals.",
    "An asset keeps its policy: it is a promise about answers that were given already.",
  ),
  account_missing: missing(
    "The account is not open in this asset.",
    "Open it first, or in the same chain before, then ask with a new id.",
  ),
  account_closed: refused("The account is closed.", "Reopen it, then ask with a new id."),
  account_not_closed: refused("The account is not closed.", "There is nothing to reopen."),
  bound_below_balance: refused(
    "The account is farther below zero than the new bound allows.",
    "Bring money in first, then ask with a new id.",
  ),
  // Chains.
  chain_id_malformed: invalid(
    "The chain's id is no id.",
    "Use 1 to 64 letters, digits and . _ : / @ # + -, beginning with a letter or a digit.",
  ),
  chain_empty: invalid("The chain has no requests.", "Give it one at least."),
  chain_too_long: invalid(
    "The chain has more than 8000 requests.",
    "Split it: give each part an id of its own, made from the same business key.",
  ),
});

/** The words for a refusal. */
export function refusalRow(code: RefusalCode): ErrorRow {
  return refusalErrors.rows[code.slice("ledger.".length) as RefusalReason];
}
