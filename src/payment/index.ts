/** Means of payment: what pays, holds and gives back. README.md says what it promises. */
import { migrationFolder } from "../postgres/index.ts";

export {
  creditPath,
  giveBackPart,
  holdPart,
  type MeansName,
  meansByName,
  monthOf,
  type Move,
  type Part,
  type PartAsked,
  PARTS_MAX,
  type Payer,
  type PaymentMeans,
  payPart,
  readParts,
  walletPath,
} from "./means.ts";
export {
  type CreditEntry,
  type CreditLine,
  type CreditLineNow,
  creditLineNow,
  type CreditNow,
  type CreditStatement,
  creditStatement,
  type LineSet,
  openCreditLine,
  setCreditLine,
} from "./credit-line.ts";
export { type FillWallet, fillWallet, openWallet, type Wallet } from "./wallet.ts";
export { paymentErrors } from "./payment.errors.ts";
export { refusalWords } from "./refusal-words.ts";
export { type PartView, readPartsOf, readRefundsOf, type RefundView } from "./read-parts.ts";
export { type PaidPart, spreadRefund } from "./spread-refund.ts";
export { insertParts, insertRefunds, type PartRow, type RefundRow } from "./write-parts.ts";

/** The tables of this room: behind `postgresMigrations` and `ledgerMigrations` in the argument of `migrate`. */
export const paymentMigrations = migrationFolder(
  "payment",
  new URL("./migrations/", import.meta.url),
);
