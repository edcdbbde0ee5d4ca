/** What travels over HTTP of flows. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

export interface BreakLeaseRequest {
  readonly key: string;
  readonly token?: string;
  readonly reason?: string;
}
export interface BulkCount {
  readonly found: number;
  readonly seen: number;
  readonly complete: boolean;
}
export interface BulkCountRequest {
  readonly verb: "cancel" | "pause" | "resume" | "retry" | "redrive";
  readonly where: {
    readonly flow?: string;
    readonly version?: number;
    readonly status?: "ready" | "running" | "waiting" | "held" | "parked" | "paused" | "failed";
    readonly createdBefore?: string;
    readonly createdAfter?: string;
    readonly keyPrefix?: string;
    readonly input?: unknown;
  };
}
export interface BulkRequest {
  readonly verb: "cancel" | "pause" | "resume" | "retry" | "redrive";
  readonly where: {
    readonly flow?: string;
    readonly version?: number;
    readonly status?: "ready" | "running" | "waiting" | "held" | "parked" | "paused" | "failed";
    readonly createdBefore?: string;
    readonly createdAfter?: string;
    readonly keyPrefix?: string;
    readonly input?: unknown;
  };
  readonly key?: string;
}
export interface BulkRun {
  readonly id: string;
  readonly status:
    | "ready"
    | "running"
    | "waiting"
    | "held"
    | "parked"
    | "paused"
    | "done"
    | "failed"
    | "cancelled";
  readonly verb: "cancel" | "pause" | "resume" | "retry" | "redrive";
  readonly where: {
    readonly flow?: string;
    readonly version?: number;
    readonly status?: "ready" | "running" | "waiting" | "held" | "parked" | "paused" | "failed";
    readonly createdBefore?: string;
    readonly createdAfter?: string;
    readonly keyPrefix?: string;
    readonly input?: unknown;
  };
  readonly phase: "counting" | "doing" | "done";
  readonly seen: number;
  readonly counted: number;
  readonly asked: number;
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly error?: RunError;
  readonly by?: string;
}
export interface DeadTaskPage {
  readonly items: readonly Run[];
  readonly cursor?: string;
}
export interface Fire {
  readonly tick: string;
  readonly shard: number;
  readonly byHand: boolean;
  readonly outcome: "started" | "queued" | "skipped" | "misfired" | "paused" | "failed" | "dropped";
  readonly run?: string;
  readonly reason?: string;
  readonly at: string;
  readonly through?: string;
  readonly ticks: number;
}
export interface FirePage {
  readonly items: readonly Fire[];
  readonly cursor?: string;
}
export interface Fires {
  readonly items: readonly Fire[];
}
export interface FlowList {
  readonly items: readonly KnownFlow[];
}
export interface ForkRequest {
  readonly from?: string;
  readonly input?: unknown;
  readonly version?: number;
  readonly key?: string;
  readonly preview?: boolean;
}
export interface ForkedRun {
  readonly id?: string;
  readonly created: boolean;
  readonly again: readonly string[];
  readonly reused: readonly string[];
}
export interface KnownFlow {
  readonly flow: string;
  readonly version: number;
  readonly served: boolean;
}
export interface Lease {
  readonly key: string;
  readonly token: string;
  readonly holder: string;
  readonly note?: string;
  readonly since: string;
  readonly until: string;
  readonly heldForMs: number;
  readonly waiting: number;
}
export interface LeasePage {
  readonly items: readonly Lease[];
  readonly cursor?: string;
}
export interface Machine {
  readonly machine: string;
  readonly version: number;
  readonly initial: string;
  readonly states: readonly {
    readonly state: string;
    readonly final: boolean;
    readonly failed?: string;
    readonly timeout?: { readonly afterMs: number; readonly to: string };
  }[];
  readonly transitions: readonly {
    readonly from: string;
    readonly on: string;
    readonly to: string;
    readonly guarded: boolean;
    readonly compensates: boolean;
  }[];
  readonly diagram: string;
}
export interface MachineList {
  readonly items: readonly Machine[];
}
export interface MachineSubject {
  readonly subject: string;
  readonly run: string;
  readonly status:
    | "ready"
    | "running"
    | "waiting"
    | "held"
    | "parked"
    | "paused"
    | "done"
    | "failed"
    | "cancelled";
  readonly state: string;
  readonly data?: unknown;
  readonly since: string;
  readonly until?: string;
  readonly number: number;
  readonly settled: boolean;
  readonly allowed: readonly string[];
}
export interface NextTicks {
  readonly items: readonly string[];
}
export interface PreviewScheduleRequest {
  readonly cron?: string;
  readonly zone?: string;
  readonly everyMs?: number;
  readonly anchorAt?: string;
  readonly at?: string;
  readonly count?: number;
}
export interface PreviewedPlan {
  readonly items: readonly string[];
  readonly en: string;
  readonly zh: string;
}
export interface PublishRequest {
  readonly event: string;
  readonly match: string;
  readonly payload?: unknown;
}
export interface PutSchedule {
  readonly put: "made" | "changed" | "unchanged";
  readonly schedule: Schedule;
}
export interface PutScheduleRequest {
  readonly cron?: string;
  readonly zone?: string;
  readonly everyMs?: number;
  readonly anchorAt?: string;
  readonly at?: string;
  readonly flow?: string;
  readonly flowVersion?: number;
  readonly call?: {
    readonly url: string;
    readonly secret: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly timeoutMs?: number;
    readonly attempts?: number;
  };
  readonly input?: unknown;
  readonly asFire?: boolean;
  readonly misfire?: "skip" | "once" | "all";
  readonly lateMs?: number;
  readonly catchUpMax?: number;
  readonly overlap?: "skip" | "queue" | "parallel";
  readonly queueMax?: number;
  readonly jitterMs?: number;
  readonly shards?: number;
  readonly route?: "home" | "round-robin" | "least-loaded";
}
export interface ReasonBody {
  readonly reason?: string;
}
export interface RedriveRequest {
  readonly task: string;
  readonly limit?: number;
}
export interface Redriven {
  readonly redriven: number;
}
export interface RemoveScheduleRequest {
  readonly fromCode?: boolean;
}
export interface RemovedSchedule {
  readonly status: "removed";
}
export interface RetryPreview {
  readonly again: readonly string[];
  readonly reused: readonly string[];
}
export interface RetryRequest {
  readonly from?: string;
  readonly preview?: boolean;
  readonly reason?: string;
}
export interface Run {
  readonly id: string;
  readonly flow: string;
  readonly version: number;
  readonly status:
    | "ready"
    | "running"
    | "waiting"
    | "held"
    | "parked"
    | "paused"
    | "done"
    | "failed"
    | "cancelled";
  readonly result?: unknown;
  readonly error?: RunError;
  readonly input?: unknown;
  readonly key?: string;
  readonly parent?: string;
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly wakeAt?: string;
  readonly node?: string;
  readonly cancelling?: true;
  readonly origin?: { readonly run: string; readonly from?: string };
  readonly unserved?: { readonly code: string; readonly message: string; readonly advice: string };
  readonly progress?: { readonly value: unknown; readonly at: string };
  readonly by?: string;
  readonly request?: string;
}
export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly advice?: string;
}
export interface RunNowRequest {
  readonly input?: unknown;
}
export interface RunPage {
  readonly items: readonly Run[];
  readonly cursor?: string;
}
export interface RunResult {
  readonly id: string;
  readonly status:
    | "ready"
    | "running"
    | "waiting"
    | "held"
    | "parked"
    | "paused"
    | "done"
    | "failed"
    | "cancelled";
  readonly result?: unknown;
  readonly error?: RunError;
}
export interface RunState {
  readonly value?: unknown;
  readonly at?: string;
}
export interface RunStep {
  readonly step: string;
  readonly kind: string;
  readonly outcome: "done" | "failed" | "cancelled" | "begun";
  readonly result?: unknown;
  readonly error?: RunError;
  readonly attempts: number;
  readonly startedAt: string;
  readonly endedAt: string;
}
export interface RunSteps {
  readonly items: readonly RunStep[];
}
export interface RunTallies {
  readonly items: readonly RunTally[];
}
export interface RunTally {
  readonly flow: string;
  readonly at: string;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}
export interface RunTrouble {
  readonly step: string;
  readonly attempt: number;
  readonly kind: "attempt" | "parked" | "unserved" | "asked";
  readonly error: RunError;
  readonly at: string;
  readonly by?: string;
  readonly request?: string;
}
export interface RunTroubles {
  readonly items: readonly RunTrouble[];
}
export interface Schedule {
  readonly name: string;
  readonly flow: string;
  readonly flowVersion?: number;
  readonly plan: {
    readonly cron?: string;
    readonly zone?: string;
    readonly everyMs?: number;
    readonly anchorAt?: string;
    readonly at?: string;
  };
  readonly input?: unknown;
  readonly state: "active" | "paused" | "over";
  readonly source: "code" | "made";
  readonly version: number;
  readonly misfire: "skip" | "once" | "all";
  readonly overlap: "skip" | "queue" | "parallel";
  readonly route: "home" | "round-robin" | "least-loaded";
  readonly shards: number;
  readonly jitterMs: number;
  readonly nextTick?: string;
  readonly dueAt?: string;
  readonly lastRun?: string;
  readonly problem?: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly by?: string;
}
export interface SchedulePage {
  readonly items: readonly Schedule[];
  readonly cursor?: string;
}
export interface SendEventRequest {
  readonly event: string;
  readonly id?: string;
  readonly payload?: unknown;
}
export interface SentEvent {
  readonly taken: boolean;
  readonly state: string;
  readonly from?: string;
  readonly number?: number;
  readonly repeated?: boolean;
  readonly reason?: string;
  readonly allowed?: readonly string[];
}
export interface SignalRequest {
  readonly event: string;
  readonly payload?: unknown;
}
export interface StartRunRequest {
  readonly flow: string;
  readonly version?: number;
  readonly input?: unknown;
  readonly key?: string;
  readonly at?: string;
  readonly priority?: number;
}
export interface StartedRun {
  readonly id: string;
  readonly created: boolean;
}
export interface StuckPage {
  readonly items: readonly StuckSubject[];
  readonly cursor?: string;
}
export interface StuckSubject {
  readonly machine: string;
  readonly version: number;
  readonly subject: string;
  readonly run: string;
  readonly state: string;
  readonly since: string;
  readonly step: string;
  readonly attempts: number;
  readonly error?: RunError;
  readonly next?: { readonly step: string; readonly at?: string };
}
export interface TakenEvent {
  readonly number: number;
  readonly id: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly payload?: unknown;
  readonly at: string;
}
export interface TakenEventPage {
  readonly items: readonly TakenEvent[];
  readonly cursor?: string;
}
export interface TaskGroup {
  readonly group?: string;
  readonly version: number;
  readonly held: number;
  readonly inside: number;
  readonly since: string;
}
export interface TaskGroupPage {
  readonly items: readonly TaskGroup[];
  readonly cursor?: string;
}
export interface TaskQueue {
  readonly task: string;
  readonly version: number;
  readonly concurrency: number;
  readonly running: number;
  readonly waiting: number;
  readonly strays: number;
}
export interface TaskQueues {
  readonly items: readonly TaskQueue[];
}
export interface Told {
  readonly status: "recorded";
  readonly replayed?: true;
}
