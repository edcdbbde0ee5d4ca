/**
 * Why a book refuses, in order of precedence: of several reasons the first of this list is answered.
 * `remembered`: depends on the state of the books, so the id is burnt and the refusal kept, else a
 * later retry could be answered otherwise (P2). The others say the same of the same request for ever.
 * Numbers stand in ledger_entry.status and are never reused. Semantics after TigerBeetle's
 * create_transfers statuses; docs/concepts/ledger.md lists where and why they differ.
 */
interface RefusalRow {
  readonly number: number;
  readonly remembered: boolean;
}

const fixed = (number: number): RefusalRow => ({ number, remembered: false });
const burnt = (number: number): RefusalRow => ({ number, remembered: true });

export const refusalCodes = {
  // The request itself.
  "ledger.kind_unknown": fixed(1),
  "ledger.id_malformed": fixed(2),
  "ledger.amount_malformed": fixed(3),
  "ledger.amount_negative": fixed(4),
  "ledger.amount_too_large": fixed(5),
  "ledger.code_malformed": fixed(6),
  "ledger.reference_malformed": fixed(7),
  "ledger.metadata_malformed": fixed(8),
  "ledger.effective_at_malformed": fixed(9),
  "ledger.balancing_malformed": fixed(10),
  // The id.
  "ledger.id_exists_with_different_kind": fixed(11),
  "ledger.id_exists_with_different_pending_id": fixed(12),
  "ledger.id_exists_with_different_timeout": fixed(13),
  "ledger.id_exists_with_different_debit": fixed(14),
  "ledger.id_exists_with_different_credit": fixed(15),
  "ledger.id_exists_with_different_asset": fixed(16),
  "ledger.id_exists_with_different_amount": fixed(17),
  "ledger.id_exists_with_different_balancing": fixed(18),
  "ledger.id_exists_with_different_code": fixed(19),
  "ledger.id_exists_with_different_reference": fixed(20),
  "ledger.id_exists_with_different_metadata": fixed(21),
  "ledger.id_exists_with_different_effective_at": fixed(22),
  "ledger.id_exists_with_different_chain": fixed(23),
  "ledger.id_already_failed": fixed(24),
  // The shape of the movement.
  "ledger.debit_path_malformed": fixed(25),
  "ledger.credit_path_malformed": fixed(26),
  "ledger.accounts_must_differ": fixed(27),
  "ledger.timeout_malformed": fixed(28),
  "ledger.timeout_reserved_for_pending": fixed(29),
  "ledger.pending_id_malformed": fixed(30),
  // The shape of an account event or an asset.
  "ledger.account_path_malformed": fixed(56),
  "ledger.side_malformed": fixed(57),
  "ledger.bound_malformed": fixed(58),
  "ledger.refusal_policy_malformed": fixed(59),
  "ledger.asset_malformed": fixed(31),
  "ledger.asset_missing": burnt(32),
  "ledger.debit_account_missing": burnt(33),
  "ledger.credit_account_missing": burnt(34),
  // The hold that is to be posted or voided.
  "ledger.pending_missing": burnt(35),
  "ledger.pending_is_not_pending": fixed(36),
  "ledger.pending_has_different_debit": fixed(37),
  "ledger.pending_has_different_credit": fixed(38),
  "ledger.pending_has_different_asset": fixed(39),
  "ledger.exceeds_pending_amount": fixed(40),
  "ledger.pending_has_different_amount": fixed(41),
  "ledger.pending_already_posted": fixed(42),
  "ledger.pending_already_voided": fixed(43),
  "ledger.pending_expired": fixed(44),
  // The accounts.
  "ledger.debit_account_closed": burnt(45),
  "ledger.credit_account_closed": burnt(46),
  "ledger.overflows_debits_pending": burnt(47),
  "ledger.overflows_credits_pending": burnt(48),
  "ledger.overflows_debits_posted": burnt(49),
  "ledger.overflows_credits_posted": burnt(50),
  "ledger.overflows_debits": burnt(51),
  "ledger.overflows_credits": burnt(52),
  "ledger.overflows_timeout": fixed(53),
  "ledger.debit_account_exceeds_bound": burnt(54),
  "ledger.credit_account_exceeds_bound": burnt(55),
  // Account events and assets.
  "ledger.account_exists_with_different_side": fixed(60),
  "ledger.account_exists_with_different_bound": fixed(61),
  "ledger.asset_exists_with_different_refusals": fixed(62),
  "ledger.account_missing": burnt(63),
  "ledger.account_closed": burnt(64),
  "ledger.account_not_closed": burnt(65),
  "ledger.bound_below_balance": burnt(66),
  // Chains.
  "ledger.chain_id_malformed": fixed(67),
  "ledger.chain_empty": fixed(68),
  "ledger.chain_too_long": fixed(69),
} as const satisfies Record<`ledger.${string}`, RefusalRow>;

export type RefusalCode = keyof typeof refusalCodes;

/** Whether the refusal burns its id: it depends on the state of the books. */
export function isRemembered(code: RefusalCode): boolean {
  return refusalCodes[code].remembered;
}
