/** The ledger: one double-entry book for everything that can run out. */

export { archiveBook } from "./archive/archive-book.ts";
export { archiveErrors } from "./archive/archive.errors.ts";
export { putBackArchive } from "./archive/put-back.ts";
export { readArchive } from "./archive/read-archive.ts";
export type {
  ArchiveOptions,
  ArchiveReport,
  ArchiveStep,
  PutBackOptions,
  PutBackReport,
} from "./archive/archive-options.ts";
export { available } from "./account.ts";
export type { Answer, Balance, ChainAnswer, Created, Exists, Refused } from "./answer.ts";
export type {
  AccountView,
  ArchiveProof,
  AssetView,
  Book,
  BookedChain,
  ChainsPage,
  Change,
  Entry,
  EntryFilter,
  Finding,
  Head,
  LedgerOptions,
  Origin,
  Page,
  PageRequest,
  Point,
  Posting,
  Statement,
  StatementAsked,
  TreeFilter,
  TreeNode,
  TreeSum,
  TrialBalance,
  VerifyOptions,
  VerifyReport,
} from "./book.ts";
export { type EntryKind, entryKinds } from "./entry.ts";
export { type BookHead, bookHeads } from "./heads.ts";
export { ledgerErrors } from "./ledger.errors.ts";
export { type Ledger, openLedger, type OpenLedgerOptions } from "./open-ledger.ts";
export { isRemembered, type RefusalCode, refusalCodes } from "./refusal.ts";
export { refusalErrors, type RefusalReason, refusalRow } from "./refusal.errors.ts";
export type {
  AccountEvent,
  Balancing,
  Bound,
  Chain,
  CloseAccount,
  Context,
  DefineAsset,
  OpenAccount,
  PendingTransfer,
  PostedTransfer,
  PostTransfer,
  RefusalPolicy,
  ReopenAccount,
  Request,
  SetBound,
  Side,
  Transfer,
  VoidTransfer,
} from "./transfer.ts";
export { readingErrors } from "./reading.errors.ts";
export { TREE_ACCOUNTS_MAX } from "./tree.ts";
export {
  CHAIN_MAX,
  CODE_MAX,
  METADATA_MAX_BYTES,
  REFERENCE_MAX_LENGTH,
  TIMEOUT_MAX_MS,
} from "./transfer.ts";
export { ledgerMigrations } from "./migrations.ts";
export { verifyBook } from "./verify-book.ts";
