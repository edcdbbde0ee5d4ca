/** The page's words for runs, queues and schedules, in its two languages. */
import type { LiveCounts } from "../../flow/index.ts";
import type { Language } from "./words.ts";

export interface RunsWords {
  readonly runs: string;
  readonly states: Readonly<Record<keyof LiveCounts | "dead", string>>;
  /** Where there are more than were looked at. */
  readonly newest: string;
  readonly ends: string;
  readonly noRuns: string;
  readonly lately: string;
  readonly flowOnly: string;
  readonly flow: string;
  readonly ended: string;
  readonly endedAt: string;
  readonly status: Readonly<Record<string, string>>;
  readonly queues: string;
  readonly task: string;
  readonly running: string;
  readonly waiting: string;
  readonly schedules: string;
  readonly noSchedules: string;
  readonly moreSchedules: string;
  readonly schedule: string;
  readonly next: string;
  readonly last: string;
  readonly never: string;
  readonly paused: string;
  readonly over: string;
  readonly outcomes: Readonly<Record<string, string>>;
}

export const runsWords: Readonly<Record<Language, RunsWords>> = {
  en: {
    runs: "Runs",
    states: {
      ready: "Ready",
      running: "Running",
      waiting: "Waiting",
      held: "Held by a limit",
      paused: "Paused",
      parked: "Parked: wait for you",
      dead: "Dead tasks",
    },
    newest: "Of the newest {n} that have not ended.",
    ends: "Ended last",
    noRuns: "No run has ended yet. `longmen runs start retail.verify` starts one.",
    lately: "Ended in the last hour",
    flowOnly: "Flow",
    flow: "Flow, run",
    ended: "How",
    endedAt: "When (UTC)",
    status: { done: "done", failed: "failed", cancelled: "cancelled" },
    queues: "Queues of this node",
    task: "Task",
    running: "Running",
    waiting: "Waiting",
    schedules: "Schedules",
    noSchedules: "There is no schedule. `longmen schedules put` makes one.",
    moreSchedules: "These are the first; `longmen schedules list` has all.",
    schedule: "Schedule",
    next: "Next (UTC)",
    last: "Last tick",
    never: "none yet",
    paused: "paused",
    over: "over",
    outcomes: {
      started: "started",
      queued: "in line",
      skipped: "skipped",
      misfired: "missed",
      paused: "came while paused",
      failed: "failed",
      dropped: "dropped",
    },
  },
  zh: {
    runs: "运行",
    states: {
      ready: "就绪",
      running: "运行中",
      waiting: "等待中",
      held: "受限排队",
      paused: "已暂停",
      parked: "已搁置，待处理",
      dead: "死任务",
    },
    newest: "仅统计最新的 {n} 个未结束运行。",
    ends: "最近结束",
    noRuns: "还没有结束的运行。可用 `longmen runs start retail.verify` 启动一个。",
    lately: "近一小时结束",
    flowOnly: "流程",
    flow: "流程与运行",
    ended: "结果",
    endedAt: "时间（UTC）",
    status: { done: "完成", failed: "失败", cancelled: "已取消" },
    queues: "本节点的队列",
    task: "任务",
    running: "运行中",
    waiting: "等待中",
    schedules: "定时计划",
    noSchedules: "还没有定时计划。可用 `longmen schedules put` 创建。",
    moreSchedules: "仅列出最前面的，完整列表见 `longmen schedules list`。",
    schedule: "计划",
    next: "下次（UTC）",
    last: "上次触发",
    never: "尚无",
    paused: "已暂停",
    over: "已结束",
    outcomes: {
      started: "已启动",
      queued: "排队中",
      skipped: "已跳过",
      misfired: "已错过",
      paused: "暂停期间到期",
      failed: "失败",
      dropped: "已丢弃",
    },
  },
};
