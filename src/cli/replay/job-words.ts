/** What the main job's process and the node that serves it say to each other: values only, no objects of a class. */
import { LongmenError, type ErrorRow } from "../../base/index.ts";
import { type ConnectOptions, LongmenProblem } from "../../client/index.ts";
import type { Status } from "../status/status-page.ts";
import type { Replay } from "./report.ts";

/** What the process is made with, as JSON. */
export interface JobStarted {
  readonly path: string;
  /** As the user named it; undefined: the bundled month. */
  readonly file: string | undefined;
  readonly buyers: number | undefined;
  /** By the clock that `performance.timeOrigin` counts from, which processes of a machine have in common. */
  readonly beganAt: number;
  readonly json: boolean;
  readonly isLive: boolean;
}

/** The node that is to sell. */
export type Where = Pick<ConnectOptions, "url" | "key" | "deadlineMs">;

/** To the process: where to sell, once; and that it is to stop. */
export type JobOrder = { readonly kind: "sell"; readonly where: Where } | { readonly kind: "stop" };

/** From the process. The last is `done` or `failed`. */
export type JobWord =
  | { readonly kind: "answer" | "say"; readonly text: string }
  | { readonly kind: "bar"; readonly line: string | undefined }
  | { readonly kind: "status"; readonly status: Pick<Status, "stage" | "progress"> }
  | { readonly kind: "done"; readonly replay: Replay }
  | { readonly kind: "failed"; readonly why: Failure };

/** An error as fields: what copies a value between processes leaves an error its message only. */
export type Failure =
  | { readonly is: "refusal"; readonly code: string; readonly row: ErrorRow }
  | { readonly is: "problem"; readonly fields: ConstructorParameters<typeof LongmenProblem>[0] }
  | { readonly is: "bug"; readonly message: string; readonly stack: string | undefined };

export function failureOf(error: unknown): Failure {
  if (error instanceof LongmenError) {
    const { code, kind, message, advice, retry } = error;
    return { is: "refusal", code, row: { kind, message, advice, retry } };
  }
  if (error instanceof LongmenProblem) {
    const { code, status, retry, advice, retryAfterMs, pointer, traceId } = error;
    const detail = error.message.slice(`${code}: `.length);
    const fields = { code, status, detail, retry, advice, retryAfterMs, pointer, traceId };
    return { is: "problem", fields };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { is: "bug", message, stack };
}

/** The error that `failureOf` was told. */
export function errorOf(why: Failure): Error {
  if (why.is === "refusal") return new LongmenError(why.code, why.row);
  if (why.is === "problem") return new LongmenProblem(why.fields);
  const error = new Error(why.message);
  if (why.stack !== undefined) error.stack = why.stack;
  return error;
}
