/** One call of a handler, with one task or a batch of them. */
import { fail, type Logger } from "../../base/index.ts";
import { encodePayload } from "../codec.ts";
import { flowErrors } from "../flow.errors.ts";
import { LateSignal } from "../late-signal.ts";
import type { BatchContext, TaskContext } from "./define-task.ts";
import type { TaskEntry } from "./entry.ts";
import type { TaskPolicy } from "./policy.ts";

/** What came of one of the tasks of a call. */
export type Came = { readonly value: unknown } | { readonly error: unknown };

const PROGRESS_MAX = 10_000;

/** In an answer of a batch: this one failed. */
class OneFailed {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

export interface CallInput {
  readonly entries: readonly TaskEntry[];
  readonly policy: TaskPolicy;
  readonly log: Logger;
  readonly onSaid: (entry: TaskEntry) => void;
}

export class Call extends LateSignal {
  readonly entries: readonly TaskEntry[];
  readonly beganAt = performance.now();
  /** Given up: what its handler still does is not heard. */
  over = false;
  private readonly input: CallInput;

  constructor(input: CallInput) {
    super();
    this.entries = input.entries;
    this.input = input;
  }

  /** What came of each, in the order of the entries. Throws what counts for all. */
  async run(): Promise<readonly Came[]> {
    const { policy } = this.input;
    const [first] = this.entries;
    if (policy.batch === undefined && first !== undefined) {
      const value = await policy.handle(first.input as never, this.contextOf(first) as never);
      return [{ value }];
    }
    const inputs = this.entries.map(({ input }) => input);
    return this.each(await policy.handle(inputs as never, this.batchContext() as never));
  }

  /** Refuses: flow.batch_answer. */
  private each(answer: unknown): readonly Came[] {
    if (answer === undefined) return this.entries.map(() => ({ value: undefined }));
    if (!Array.isArray(answer) || answer.length !== this.entries.length) {
      const found = Array.isArray(answer) ? `${answer.length} answers` : typeof answer;
      throw fail(flowErrors, "batch_answer", { found, wanted: this.entries.length });
    }
    return answer.map((value: unknown) =>
      value instanceof OneFailed ? { error: value.error } : { value },
    );
  }

  private contextOf(entry: TaskEntry): TaskContext {
    const signal = (): AbortSignal => this.signal;
    return {
      ...this.partOf(entry),
      get signal() {
        return signal();
      },
      log: this.input.log,
    };
  }

  private partOf(entry: TaskEntry): Omit<TaskContext, "signal" | "log"> {
    const { onSaid } = this.input;
    const { name } = entry;
    return {
      id: name,
      key: name,
      attempt: entry.failed + 1,
      progress: (value) => {
        const text = encodePayload("the progress", value) ?? "null";
        if (text.length > PROGRESS_MAX) {
          const sizes = { what: "the progress", bytes: text.length, max: PROGRESS_MAX };
          throw fail(flowErrors, "payload_too_large", sizes);
        }
        if (this.over || entry.phase !== "running") return;
        entry.said = { value: text, isWritten: false };
        onSaid(entry);
      },
    };
  }

  private batchContext(): BatchContext {
    const signal = (): AbortSignal => this.signal;
    return {
      get signal() {
        return signal();
      },
      log: this.input.log,
      tasks: this.entries.map((entry) => this.partOf(entry)),
      failed: (error) => new OneFailed(error),
    };
  }
}
