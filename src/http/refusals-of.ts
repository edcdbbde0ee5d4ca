/**
 * What a book may refuse of each kind of request that comes over HTTP. Less than the ledger knows:
 * what a schema of the wire refuses first (a kind, a side, a negative amount) never gets there. A
 * test holds both ends to the ledger's own tables of cases.
 */
import type { RefusalCode, Request } from "../ledger/index.ts";

type Kind = NonNullable<Request["kind"]>;
type Codes = readonly RefusalCode[];

const id: Codes = [
  "ledger.id_malformed",
  "ledger.id_already_failed",
  "ledger.id_exists_with_different_kind",
  "ledger.id_exists_with_different_asset",
  "ledger.id_exists_with_different_chain",
];

const described: Codes = [
  "ledger.amount_too_large",
  "ledger.code_malformed",
  "ledger.reference_malformed",
  "ledger.metadata_malformed",
  "ledger.effective_at_malformed",
  "ledger.id_exists_with_different_debit",
  "ledger.id_exists_with_different_credit",
  "ledger.id_exists_with_different_amount",
  "ledger.id_exists_with_different_code",
  "ledger.id_exists_with_different_reference",
  "ledger.id_exists_with_different_metadata",
  "ledger.id_exists_with_different_effective_at",
  "ledger.debit_path_malformed",
  "ledger.credit_path_malformed",
  "ledger.asset_malformed",
];

const movement: Codes = [
  ...id,
  ...described,
  "ledger.id_exists_with_different_balancing",
  "ledger.accounts_must_differ",
  "ledger.asset_missing",
  "ledger.debit_account_missing",
  "ledger.credit_account_missing",
  "ledger.debit_account_closed",
  "ledger.credit_account_closed",
  "ledger.overflows_debits_posted",
  "ledger.overflows_credits_posted",
  "ledger.overflows_debits",
  "ledger.overflows_credits",
  "ledger.debit_account_exceeds_bound",
  "ledger.credit_account_exceeds_bound",
];

const resolution: Codes = [
  ...id,
  ...described,
  "ledger.id_exists_with_different_pending_id",
  "ledger.pending_id_malformed",
  "ledger.pending_missing",
  "ledger.pending_is_not_pending",
  "ledger.pending_has_different_debit",
  "ledger.pending_has_different_credit",
  "ledger.pending_has_different_asset",
  "ledger.exceeds_pending_amount",
  "ledger.pending_already_posted",
  "ledger.pending_already_voided",
  "ledger.pending_expired",
];

const accountEvent: Codes = [
  ...id,
  "ledger.id_exists_with_different_debit",
  "ledger.account_path_malformed",
  "ledger.asset_malformed",
  "ledger.asset_missing",
];

export const refusalsOf: Readonly<Record<Kind, Codes>> = {
  transfer: movement,
  pending: [
    ...movement,
    "ledger.timeout_malformed",
    "ledger.id_exists_with_different_timeout",
    "ledger.overflows_debits_pending",
    "ledger.overflows_credits_pending",
    "ledger.overflows_timeout",
  ],
  post: [...resolution, "ledger.debit_account_closed", "ledger.credit_account_closed"],
  void: [...resolution, "ledger.pending_has_different_amount"],
  open: [
    ...accountEvent,
    "ledger.bound_malformed",
    "ledger.account_exists_with_different_side",
    "ledger.account_exists_with_different_bound",
  ],
  bound: [
    ...accountEvent,
    "ledger.bound_malformed",
    "ledger.id_exists_with_different_amount",
    "ledger.account_missing",
    "ledger.account_closed",
    "ledger.bound_below_balance",
  ],
  close: [...accountEvent, "ledger.account_missing", "ledger.account_closed"],
  reopen: [...accountEvent, "ledger.account_missing", "ledger.account_not_closed"],
  asset: [...id, "ledger.asset_malformed", "ledger.asset_exists_with_different_refusals"],
};

/** What is said of a chain as one. */
const chainItself: Codes = [
  "ledger.chain_id_malformed",
  "ledger.chain_empty",
  "ledger.chain_too_long",
];

/** A chain is refused for itself or for any of its members. */
export const refusalsOfChains: Codes = [
  ...new Set([...chainItself, ...Object.values(refusalsOf).flat()]),
];
