/** Longmen over HTTP for Node and browsers. README.md says what it promises. */
export type {
  AccountView,
  Answer,
  AnswerTo,
  AssetView,
  Balance,
  Change,
  ChainAnswer,
  Created,
  Entry,
  Exists,
  Head,
  RefusalCode,
  Refused,
  StatementLine,
  StatementPage,
  Sums,
  TreeNode,
  TrialBalance,
  VerifyReport,
} from "./answer.ts";
export type {
  AccountFilter,
  Book,
  EntryFilter,
  Point,
  StatementAsked,
  WriteOptions,
} from "./book.ts";
export type { Bulk, BulkRun, BulkVerb, BulkWhere } from "./bulk.ts";
export { connect, type ConnectOptions, type Longmen } from "./connect.ts";
export type { FeedOptions } from "./feed.ts";
export type { KeyEvent, KeyReplayed, Keys, KeyView, KeyWithToken, NewKey } from "./keys.ts";
export type { BreakLease, Leases, LeaseView } from "./leases.ts";
export { type CallOptions, OutcomeUnknown, type Resolved } from "./outcome-unknown.ts";
export type { List, ListOptions, Page } from "./pages.ts";
export type {
  AccountEvent,
  AccountNamed,
  Balancing,
  Bound,
  Chain,
  CloseAccount,
  DefineAsset,
  Described,
  Instant,
  OpenAccount,
  PendingTransfer,
  PostedTransfer,
  Posting,
  PostTransfer,
  RefusalPolicy,
  ReopenAccount,
  Request,
  Resolution,
  SetBound,
  Side,
  Transfer,
  VoidTransfer,
} from "./posting.ts";
export type {
  Machines,
  MachineView,
  SendEvent,
  StuckSubject,
  SubjectView,
  TakenEvent,
} from "./machines.ts";
export { type Details, LongmenProblem, type Mistake, type Retry, type Words } from "./problem.ts";
export type { Shop } from "./shop.ts";
export type { OrderEvent, OrderFeedOptions } from "./shop-events.ts";
export type * from "./shop-catalog.ts";
export type { CsvBytes, CsvSource, ExportCsvOptions, ImportCsvOptions } from "./shop-csv.ts";
export type * from "./shop-offerings.ts";
export type * from "./shop-orders.ts";
export type * from "./shop-quotes.ts";
export type { ShopRefused } from "./shop-refusal.ts";
export type * from "./shop-rules.ts";
export type * from "./shop-till.ts";
export {
  type ForkRun,
  type KnownFlow,
  type ListedStatus,
  type RetryPreview,
  type RunError,
  RunFailed,
  type RunFilter,
  type Runs,
  type RunStatus,
  type RunStep,
  type RunTally,
  type RunTrouble,
  type RunView,
  type SayOptions,
  type AskRun,
  type StartRun,
  type TallyRuns,
} from "./runs.ts";
export type {
  FireView,
  PlanAsked,
  PreviewedPlan,
  Put,
  PutSchedule,
  Schedules,
  ScheduleView,
} from "./schedules.ts";
export type { DeadFilter, TaskGroup, Tasks, TaskQueue } from "./tasks.ts";
export type { VerifyOptions } from "./verification.ts";
