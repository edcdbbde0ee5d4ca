/** What each operation of flows takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

import type {
  BreakLeaseRequest,
  BulkCount,
  BulkCountRequest,
  BulkRequest,
  BulkRun,
  DeadTaskPage,
  FirePage,
  Fires,
  FlowList,
  ForkRequest,
  ForkedRun,
  Lease,
  LeasePage,
  MachineList,
  MachineSubject,
  NextTicks,
  PreviewScheduleRequest,
  PreviewedPlan,
  PublishRequest,
  PutSchedule,
  PutScheduleRequest,
  ReasonBody,
  RedriveRequest,
  Redriven,
  RemoveScheduleRequest,
  RemovedSchedule,
  RetryPreview,
  RetryRequest,
  Run,
  RunNowRequest,
  RunPage,
  RunResult,
  RunState,
  RunSteps,
  RunTallies,
  RunTroubles,
  Schedule,
  SchedulePage,
  SendEventRequest,
  SentEvent,
  SignalRequest,
  StartRunRequest,
  StartedRun,
  StuckPage,
  TakenEventPage,
  TaskGroupPage,
  TaskQueues,
  Told,
} from "./api-types.ts";

export interface RunOperations {
  readonly breakLease: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: BreakLeaseRequest;
    readonly answer: Lease;
  };
  readonly cancelBulk: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: BulkRun;
  };
  readonly cancelRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: ReasonBody;
    readonly answer: Run;
  };
  readonly countBulk: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: BulkCountRequest;
    readonly answer: BulkCount;
  };
  readonly findBulk: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: BulkRun;
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
  readonly findSubject: {
    readonly params: { readonly machine: string; readonly subject: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: MachineSubject;
  };
  readonly forkRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: ForkRequest;
    readonly answer: ForkedRun;
  };
  readonly listDeadTasks: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string; readonly task?: string };
    readonly body: undefined;
    readonly answer: DeadTaskPage;
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
  readonly listLeases: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string; readonly prefix?: string };
    readonly body: undefined;
    readonly answer: LeasePage;
  };
  readonly listMachines: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: MachineList;
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
  readonly listStuckSubjects: {
    readonly params: undefined;
    readonly query: {
      readonly cursor?: string;
      readonly limit?: string;
      readonly machine?: string;
    };
    readonly body: undefined;
    readonly answer: StuckPage;
  };
  readonly listTakenEvents: {
    readonly params: { readonly machine: string; readonly subject: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: TakenEventPage;
  };
  readonly listTaskGroups: {
    readonly params: { readonly task: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: TaskGroupPage;
  };
  readonly listTaskQueues: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: TaskQueues;
  };
  readonly pauseBulk: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: BulkRun;
  };
  readonly pauseRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: ReasonBody;
    readonly answer: Run;
  };
  readonly pauseSchedule: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Schedule;
  };
  readonly previewPlan: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: PreviewScheduleRequest;
    readonly answer: PreviewedPlan;
  };
  readonly publishEvent: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: PublishRequest;
    readonly answer: Told;
  };
  readonly putSchedule: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: PutScheduleRequest;
    readonly answer: PutSchedule;
  };
  readonly readRunResult: {
    readonly params: { readonly id: string };
    readonly query: { readonly waitMs?: string };
    readonly body: undefined;
    readonly answer: RunResult;
  };
  readonly readRunState: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: RunState;
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
  readonly removeSchedule: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: RemoveScheduleRequest;
    readonly answer: RemovedSchedule;
  };
  readonly resumeBulk: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: BulkRun;
  };
  readonly resumeRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: ReasonBody;
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
  readonly runScheduleNow: {
    readonly params: { readonly name: string };
    readonly query: undefined;
    readonly body: RunNowRequest;
    readonly answer: Fires;
  };
  readonly sendEvent: {
    readonly params: { readonly machine: string; readonly subject: string };
    readonly query: undefined;
    readonly body: SendEventRequest;
    readonly answer: SentEvent;
  };
  readonly signalRun: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: SignalRequest;
    readonly answer: Told;
  };
  readonly startBulk: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: BulkRequest;
    readonly answer: StartedRun;
  };
  readonly startRun: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: StartRunRequest;
    readonly answer: StartedRun;
  };
  readonly tallyRuns: {
    readonly params: undefined;
    readonly query: {
      readonly flow?: string;
      readonly since?: string;
      readonly until?: string;
      readonly everyMs?: string;
    };
    readonly body: undefined;
    readonly answer: RunTallies;
  };
}
