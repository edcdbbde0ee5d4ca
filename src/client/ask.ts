/** Reads, and the few writes that have no id: typed by the document's operations. */
import type { Operations } from "./api-operations.ts";
import type { Wire } from "./attempt.ts";
import { exchange, type Patience } from "./exchange.ts";
import type { CallOptions } from "./outcome-unknown.ts";
import { clientProblem } from "./problem.ts";

type Loose<T> = T extends undefined ? undefined : { readonly [K in keyof T]: T[K] | undefined };

export interface AskInput<N extends keyof Operations> {
  readonly params: Operations[N]["params"];
  readonly query?: Loose<Operations[N]["query"]>;
  readonly body?: Operations[N]["body"];
  /** False: sent twice it would be done twice. */
  readonly repeatable?: boolean;
  /** The caller's name for it: sent twice under one name it is done once. */
  readonly once?: string;
  /** The answer is to have no more than the next request needs. */
  readonly brief?: boolean;
}

/** Answers what the operation answers. Throws LongmenProblem, or the reason of the caller's signal. */
export async function ask<N extends keyof Operations>(
  wire: Wire,
  name: N,
  { params, query, body, once, repeatable = true, brief = false }: AskInput<N>,
  options: CallOptions = {},
): Promise<Operations[N]["answer"]> {
  const question = {
    name,
    params: params as Readonly<Record<string, string>> | undefined,
    query: query as Readonly<Record<string, string | undefined>> | undefined,
    body: body === undefined ? undefined : JSON.stringify(body),
    repeatable,
    once,
    balances: !brief,
  };
  const told = await exchange(wire, () => question, patienceOf(wire, options));
  if (told.ok) return told.body as Operations[N]["answer"];
  if (told.problem.code === "client.aborted") throw told.problem.cause;
  throw told.problem;
}

/** Throws client.request_malformed, or client.deadline_passed where there is no time at all. */
export function patienceOf(wire: Pick<Wire, "deadlineMs">, options: CallOptions): Patience {
  const { deadlineMs = wire.deadlineMs, signal } = options;
  return { deadlineAt: performance.now() + timeOf(deadlineMs), signal };
}

/** What timers can wait for: 24 days. */
const TIME_MAX_MS = 2 ** 31 - 2;

/** A deadline as timers take it. Throws as `patienceOf` does. */
export function timeOf(deadlineMs: number): number {
  if (typeof deadlineMs !== "number" || Number.isNaN(deadlineMs)) {
    const what = `deadlineMs is ${String(deadlineMs)}: it is a number of milliseconds`;
    throw clientProblem("request_malformed", { what, pointer: "/deadlineMs" });
  }
  if (deadlineMs <= 0) throw clientProblem("deadline_passed");
  return Math.min(deadlineMs, TIME_MAX_MS);
}

/** For a query: whole numbers as digits. */
/** A switch in a query. */
export function flag(is: boolean | undefined): "true" | "false" | undefined {
  return is === undefined ? undefined : `${is}`;
}

export function digits(number: number | undefined): string | undefined {
  return number === undefined ? undefined : String(number);
}
