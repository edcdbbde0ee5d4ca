/** Work that goes on over crashes, and who may do it: flows and leases. README.md says what it promises. */
export { decodePayload, encodePayload, type ErrorRecord, PAYLOAD_MAX_BYTES } from "./codec.ts";
export {
  type AnyFlow,
  type EventOptions,
  flow,
  type Flow,
  type FlowOptions,
  type InputCheck,
  type Posted,
  type PostingAsked,
  type StepContext,
  type StepOptions,
  type Steps,
} from "./define-flow.ts";
export {
  type BatchContext,
  type BatchOptions,
  task,
  type Task,
  type TaskContext,
  type TaskLimits,
  type TaskOptions,
  Unrecoverable,
} from "./task/define-task.ts";
export type { DeadOptions, RedriveAllOptions, TasksDoor } from "./task/door.ts";
export type { GroupsOptions, GroupView } from "./task/groups.ts";
export type { QueueStats } from "./task/queue.ts";
export { flowErrors } from "./flow.errors.ts";
export type { RunEnd, RunsGlance } from "./glance.ts";
export type { KnownFlow, NamedStartOptions } from "./known-flows.ts";
export type { Books, PostingBook } from "./node-parts.ts";
export type { FlowsStats } from "./node-tally.ts";
export type { ResultOptions } from "./end-watch.ts";
export { KEEP_DAYS, KEEP_DAYS_MAX } from "./keep/keeping.ts";
export type { TallyOptions, TallyView } from "./keep/read-tally.ts";
export { lookAtRuns, type RunLooks, type SaidState } from "./look-at-runs.ts";
export { payloadFromJson, payloadToJson } from "./payload-json.ts";
export {
  type Batcher,
  batcher,
  type BatcherOptions,
  type BatchItem,
  type BatchOutcome,
  type SendBatch,
  type SendContext,
} from "./batch/batcher.ts";
export type { BulkInput, BulkProgress } from "./bulk/bulk-flow.ts";
export { type BulkStatus, type BulkWhere, type CountOptions, isBulkRun } from "./bulk/find-runs.ts";
export type { BulkVerb } from "./bulk/write-bulk.ts";
export type { FlowRun } from "./flow-run.ts";
export type { ForkOptions, ForkPlan } from "./fork-run.ts";
export type { RunHistory, StepHistory } from "./history/export-history.ts";
export {
  replayHistories,
  replayHistory,
  type ReplayedFile,
  type ReplayOptions,
} from "./history/replay-history.ts";
export type { HistoryMismatch, Replayed } from "./history/replay-steps.ts";
export { type Machine, machine } from "./machine/define-machine.ts";
export type {
  GuardContext,
  MachineDefinition,
  MachineEnd,
  StateDefinition,
  TakenEvent,
  Transition,
  UndoContext,
  UndoWork,
  Work,
  WorkContext,
} from "./machine/definition.ts";
export { diagramOf } from "./machine/diagram.ts";
export type {
  MachineHandle,
  StuckOptions,
  StuckView,
  SubjectView,
  TakenView,
} from "./machine/open-machine.ts";
export { raise, type Raised } from "./machine/raise.ts";
export type { SendOptions, Sent } from "./machine/send-event.ts";
export type { MachineView } from "./machine/machines-by-name.ts";
export {
  type Flows,
  type FlowsOptions,
  openFlows,
  type PublishOptions,
  type SignalOptions,
} from "./open-flows.ts";
export type { StoodStill } from "./node-parts.ts";
export type { OnceSaid, Said } from "./say-event.ts";
export type { BulkOptions, Forked, Oversight } from "./oversight.ts";
export type { LiveCounts, Unserved, VersionsOptions, VersionView } from "./versions.ts";
export type { AskedBy, RetryOptions, RetryPreview } from "./operate.ts";
export type { ListOptions, RunTold, RunView, StepView, TroubleView } from "./reads.ts";
export type { StartAllOptions } from "./start-all.ts";
export type { StartOptions } from "./asking.ts";
export type { StartingOptions, StartToBe } from "./start-runs.ts";
export { type RunStatus, runStatuses } from "./state.ts";
export type { RetryPolicy } from "./retry-policy.ts";
export { StepFailed } from "./steps/answer-record.ts";
export type { Lent } from "./lease/check-lease.ts";
export type { Held } from "./lease/held.ts";
export {
  type BreakOptions,
  type LeaseBreak,
  type LeaseListOptions,
  type LeaseRef,
  type LeaseView,
  NOTE_MAX_LENGTH,
  type TakeOptions,
  TTL_MAX_MS,
  TTL_MIN_MS,
  WAIT_MAX_MS,
} from "./lease/lease.ts";
export { type Leases, LEASES_MAX, type LeasesOptions, openLeases } from "./lease/open-leases.ts";
export { leaseHeld } from "./lease/write-leases.ts";
export { flowMigrations } from "./migrations.ts";
