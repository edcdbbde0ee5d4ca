/** What each operation takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

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
  FirePage,
  Fires,
  FlowList,
  Key,
  KeyEventPage,
  KeyPage,
  KeyReplayed,
  KeyWithToken,
  Lease,
  LeasePage,
  NewKeyBody,
  NextTicks,
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
  RunNowRequest,
  RunPage,
  RunResult,
  RunSteps,
  RunTroubles,
  Schedule,
  SchedulePage,
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
  readonly findSchedule: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Schedule;
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
  readonly listFires: {
    readonly params: { readonly name: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: FirePage;
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
  readonly listNextTicks: {
    readonly params: { readonly name: string };
    readonly query: { readonly count?: string };
    readonly body: undefined;
    readonly answer: NextTicks;
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
  readonly listSchedules: {
    readonly params: undefined;
    readonly query: {
      readonly cursor?: string;
      readonly limit?: string;
      readonly state?: "active" | "paused";
    };
    readonly body: undefined;
    readonly answer: SchedulePage;
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
  readonly pauseSchedule: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Schedule;
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
  readonly resumeSchedule: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Schedule;
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
  readonly runScheduleNow: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: RunNowRequest;
    readonly answer: Fires;
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
