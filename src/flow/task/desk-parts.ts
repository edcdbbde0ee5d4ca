/** What a node's tasks share, and what they are given by the node. */
import type { Driven } from "../drive.ts";
import type { NodeParts } from "../node-parts.ts";
import type { Session } from "../session.ts";
import type { Suspects } from "../suspects.ts";
import type { TaskEntry } from "./entry.ts";
import type { Gathering } from "./gather.ts";
import type { TaskQueue } from "./queue.ts";

/** What a node gives its tasks. */
export interface DeskParts extends NodeParts {
  readonly session: Session;
  readonly suspects: Suspects;
  /** Looks for work at once. */
  hurry(): void;
  /** One of them has ended or left: it is counted. */
  told(came: Driven, session: Session, flow: number): void;
  /** There may be something to do for another node, too. */
  nudgeAll(): void;
}

/** The desk, as far as its selector and what follows an attempt need it. */
export interface Desk {
  readonly parts: DeskParts;
  readonly ends: Gathering;
  readonly selector: { letThrough(queue: TaskQueue, gate: bigint): void };
  /** What falls due. */
  wait(flow: number, runId: bigint, inMs: number): boolean;
  /** It has ended or left. */
  gone(queue: TaskQueue, entry: TaskEntry, came: Driven): void;
  /** Its node has no right to it any more. */
  lose(entry: TaskEntry): void;
}
