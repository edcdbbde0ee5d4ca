/** Where each operation goes, what it takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

import type {
  Account,
  AccountPage,
  AssetBody,
  AssetPage,
  Balance,
  BatchAnswer,
  BatchBody,
  BookHead,
  BookPage,
  BoundBody,
  BreakLeaseRequest,
  Carried,
  CarriedChain,
  ChainBody,
  ChainEntries,
  Changes,
  CloseBody,
  DeadTaskPage,
  Entry,
  EntryPage,
  FlowList,
  Key,
  KeyEventPage,
  KeyPage,
  KeyReplayed,
  KeyWithToken,
  Lease,
  LeasePage,
  NewKeyBody,
  OpenBody,
  PendingBody,
  PublishRequest,
  RedriveRequest,
  Redriven,
  ResolutionBody,
  RetryPreview,
  RetryRequest,
  RotateBody,
  Run,
  RunPage,
  RunResult,
  RunSteps,
  RunTroubles,
  SignalRequest,
  StartRunRequest,
  StartedRun,
  Statement,
  TaskQueues,
  Told,
  TransferBody,
  TreePage,
  TrialBalance,
  Verification,
  VerifyBody,
} from "./api-types.ts";

export interface Operations {
  readonly batch: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: BatchBody;
    readonly answer: BatchAnswer;
  };
  readonly boundAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: BoundBody;
    readonly answer: Carried;
  };
  readonly breakLease: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: BreakLeaseRequest;
    readonly answer: Lease;
  };
  readonly cancelRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Run;
  };
  readonly chain: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: ChainBody;
    readonly answer: CarriedChain;
  };
  readonly closeAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: CloseBody;
    readonly answer: Carried;
  };
  readonly createBook: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: BookHead;
  };
  readonly createKey: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: NewKeyBody;
    readonly answer: KeyReplayed | KeyWithToken;
  };
  readonly defineAsset: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: AssetBody;
    readonly answer: Carried;
  };
  readonly findRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Run;
  };
  readonly listAccounts: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly prefix?: string;
      readonly asset?: string;
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: AccountPage;
  };
  readonly listAssets: {
    readonly params: { readonly book: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: AssetPage;
  };
  readonly listBooks: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: BookPage;
  };
  readonly listDeadTasks: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string; readonly task?: string };
    readonly body: undefined;
    readonly answer: DeadTaskPage;
  };
  readonly listEntries: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly account?: string;
      readonly asset?: string;
      readonly prefix?: string;
      readonly reference?: string;
      readonly code?: string;
      readonly from?: string;
      readonly to?: string;
      readonly refusals?: "true" | "false";
      readonly order?: "newest" | "oldest";
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: EntryPage;
  };
  readonly listFlows: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: FlowList;
  };
  readonly listKeyEvents: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: KeyEventPage;
  };
  readonly listKeys: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: KeyPage;
  };
  readonly listLeases: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string; readonly prefix?: string };
    readonly body: undefined;
    readonly answer: LeasePage;
  };
  readonly listRunSteps: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RunSteps;
  };
  readonly listRunTroubles: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RunTroubles;
  };
  readonly listRuns: {
    readonly params: undefined;
    readonly query: {
      readonly cursor?: string;
      readonly limit?: string;
      readonly flow?: string;
      readonly status?: "ready" | "running" | "waiting" | "held" | "parked" | "paused";
    };
    readonly body: undefined;
    readonly answer: RunPage;
  };
  readonly listTaskQueues: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: TaskQueues;
  };
  readonly openAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: OpenBody;
    readonly answer: Carried;
  };
  readonly pauseRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Run;
  };
  readonly postHold: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: ResolutionBody;
    readonly answer: Carried;
  };
  readonly publishEvent: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: PublishRequest;
    readonly answer: Told;
  };
  readonly readAccount: {
    readonly params: { readonly book: string };
    readonly query: { readonly path: string; readonly asset: string };
    readonly body: undefined;
    readonly answer: Account;
  };
  readonly readBalance: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly path: string;
      readonly asset: string;
      readonly seq?: string;
      readonly at?: string;
      readonly effectiveAt?: string;
    };
    readonly body: undefined;
    readonly answer: Balance;
  };
  readonly readBook: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: BookHead;
  };
  readonly readChain: {
    readonly params: { readonly book: string; readonly chain: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: ChainEntries;
  };
  readonly readChanges: {
    readonly params: { readonly book: string };
    readonly query: { readonly after?: string; readonly limit?: string; readonly waitMs?: string };
    readonly body: undefined;
    readonly answer: Changes;
  };
  readonly readRunResult: {
    readonly params: { readonly id: string };
    readonly query: { readonly waitMs?: string };
    readonly body: undefined;
    readonly answer: RunResult;
  };
  readonly readStatement: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly path: string;
      readonly asset: string;
      readonly from?: string;
      readonly to?: string;
      readonly format?: "json" | "csv";
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: Statement;
  };
  readonly readTransfer: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Entry;
  };
  readonly readTree: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly prefix?: string;
      readonly asset?: string;
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: TreePage;
  };
  readonly readTrialBalance: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: TrialBalance;
  };
  readonly readVerification: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Verification;
  };
  readonly redriveTask: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Run;
  };
  readonly redriveTasks: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: RedriveRequest;
    readonly answer: Redriven;
  };
  readonly reopenAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: CloseBody;
    readonly answer: Carried;
  };
  readonly resumeRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Run;
  };
  readonly retryRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: RetryRequest;
    readonly answer: RetryPreview;
  };
  readonly revokeKey: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Key;
  };
  readonly rotateKey: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: RotateBody;
    readonly answer: KeyWithToken | KeyReplayed;
  };
  readonly signalRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: SignalRequest;
    readonly answer: Told;
  };
  readonly startRun: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: StartRunRequest;
    readonly answer: StartedRun;
  };
  readonly startVerification: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: VerifyBody;
    readonly answer: Verification;
  };
  readonly transfer: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: TransferBody | PendingBody;
    readonly answer: Carried;
  };
  readonly voidHold: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: ResolutionBody;
    readonly answer: Carried;
  };
}

export const routes = {
  batch: ["POST", "/v1/books/{book}/batches"],
  boundAccount: ["POST", "/v1/books/{book}/accounts/bound"],
  breakLease: ["POST", "/v1/leases/break"],
  cancelRun: ["POST", "/v1/runs/{id}/cancel"],
  chain: ["POST", "/v1/books/{book}/chains"],
  closeAccount: ["POST", "/v1/books/{book}/accounts/close"],
  createBook: ["PUT", "/v1/books/{book}"],
  createKey: ["POST", "/v1/keys"],
  defineAsset: ["POST", "/v1/books/{book}/assets"],
  findRun: ["GET", "/v1/runs/{id}"],
  listAccounts: ["GET", "/v1/books/{book}/accounts"],
  listAssets: ["GET", "/v1/books/{book}/assets"],
  listBooks: ["GET", "/v1/books"],
  listDeadTasks: ["GET", "/v1/tasks/dead"],
  listEntries: ["GET", "/v1/books/{book}/entries"],
  listFlows: ["GET", "/v1/flows"],
  listKeyEvents: ["GET", "/v1/keys/events"],
  listKeys: ["GET", "/v1/keys"],
  listLeases: ["GET", "/v1/leases"],
  listRunSteps: ["GET", "/v1/runs/{id}/steps"],
  listRunTroubles: ["GET", "/v1/runs/{id}/troubles"],
  listRuns: ["GET", "/v1/runs"],
  listTaskQueues: ["GET", "/v1/tasks/queues"],
  openAccount: ["POST", "/v1/books/{book}/accounts"],
  pauseRun: ["POST", "/v1/runs/{id}/pause"],
  postHold: ["POST", "/v1/books/{book}/transfers/{id}/post"],
  publishEvent: ["POST", "/v1/events"],
  readAccount: ["GET", "/v1/books/{book}/account"],
  readBalance: ["GET", "/v1/books/{book}/balance"],
  readBook: ["GET", "/v1/books/{book}"],
  readChain: ["GET", "/v1/books/{book}/chains/{chain}"],
  readChanges: ["GET", "/v1/books/{book}/changes"],
  readRunResult: ["GET", "/v1/runs/{id}/result"],
  readStatement: ["GET", "/v1/books/{book}/statement"],
  readTransfer: ["GET", "/v1/books/{book}/transfers/{id}"],
  readTree: ["GET", "/v1/books/{book}/tree"],
  readTrialBalance: ["GET", "/v1/books/{book}/trial-balance"],
  readVerification: ["GET", "/v1/books/{book}/verifications/{id}"],
  redriveTask: ["POST", "/v1/runs/{id}/redrive"],
  redriveTasks: ["POST", "/v1/tasks/redrive"],
  reopenAccount: ["POST", "/v1/books/{book}/accounts/reopen"],
  resumeRun: ["POST", "/v1/runs/{id}/resume"],
  retryRun: ["POST", "/v1/runs/{id}/retry"],
  revokeKey: ["POST", "/v1/keys/{id}/revoke"],
  rotateKey: ["POST", "/v1/keys/{id}/rotate"],
  signalRun: ["POST", "/v1/runs/{id}/signals"],
  startRun: ["POST", "/v1/runs"],
  startVerification: ["POST", "/v1/books/{book}/verifications"],
  transfer: ["POST", "/v1/books/{book}/transfers"],
  voidHold: ["POST", "/v1/books/{book}/transfers/{id}/void"],
} as const satisfies Record<keyof Operations, readonly ["GET" | "POST" | "PUT", string]>;
