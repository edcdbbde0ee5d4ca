/** The flow that makes HTTP calls for schedules: one step, tried again, signed anew each time. */
import { hash } from "node:crypto";
import { fail, LongmenError } from "../../base/index.ts";
import { flow, type Flow } from "../../flow/index.ts";
import { CALL_FLOW } from "../define-schedule.ts";
import type { Fire } from "../policy.ts";
import { scheduleErrors } from "../schedule.errors.ts";
import { addressOf, type Guarding } from "./guard-address.ts";
import { type HttpCall, readCall } from "./http-call.ts";
import { type CallAnswer, sendCall } from "./send-call.ts";
import { keyOfSecret, signedHeaders } from "./sign-call.ts";

export interface HttpCallsOptions {
  /**
   * A secret by its name: "whsec_" and base64 of 24 to 64 bytes; several while one is replaced by another, the
   * new one first. Undefined: there is none of that name.
   */
  readonly secrets: (name: string) => Secrets | undefined | Promise<Secrets | undefined>;
  /**
   * Hosts (`billing.internal`, `127.0.0.1:8080`) that may be called by http and at addresses which are not
   * public. None when left out.
   */
  readonly allowHosts?: readonly string[] | undefined;
  /** How names become addresses; the system's way when left out. */
  readonly resolve?: Guarding["resolve"];
}

export type Secrets = string | readonly string[];

const BASE_MS = 1_000;
const MAX_MS = 600_000;
/** Worth another try, though the callee says that the call is at fault. */
const PASSING = new Set([408, 409, 425, 429]);

type CallInput = Fire<HttpCall & { readonly body: unknown }>;

/**
 * The flow that calls made by `httpCall` run as: give it to `openFlows` on the nodes that may make them. The
 * id of a call is that of its tick, so that who is called knows a repeat; it may come more than once.
 */
export function httpCalls(options: HttpCallsOptions): Flow<CallInput, CallAnswer> {
  const { secrets, allowHosts = [], resolve } = options;
  const guarding = { allowHosts: allowHosts.map((host) => host.toLowerCase()), resolve };
  const input = (value: unknown): CallInput => {
    const fire = value as CallInput;
    return { ...fire, input: { ...readCall(fire.input), body: fire.input.body } };
  };
  return flow(CALL_FLOW, { version: 1, input }, (f, fire) => {
    const { attempts, timeoutMs } = fire.input;
    return f.step("call", ({ signal }) => callOnce(fire, { secrets, guarding, signal }), {
      timeoutMs,
      retry: { attempts, baseMs: BASE_MS, maxMs: MAX_MS, when: isWorthIt, waitMs: askedFor },
    });
  });
}

interface Calling {
  readonly secrets: HttpCallsOptions["secrets"];
  readonly guarding: Guarding;
  readonly signal: AbortSignal;
}

async function callOnce(
  { input, ...fire }: CallInput,
  { secrets, guarding, signal }: Calling,
): Promise<CallAnswer> {
  const url = new URL(input.url);
  const found = await secrets(input.secret);
  if (found === undefined) throw fail(scheduleErrors, "secret_missing", { name: input.secret });
  const known = typeof found === "string" ? [found] : found;
  const keys = known.map((secret) => keyOfSecret(input.secret, secret));
  const address = await addressOf(url, guarding);
  const body = JSON.stringify({
    ...fire,
    tick: new Date(fire.tick).toISOString(),
    body: input.body,
  });
  const signed = signedHeaders(keys, { id: idOf(fire), sentAt: Date.now(), body });
  const headers = { ...input.headers, ...signed };
  const answer = await sendCall({ url, address, headers, body, signal });
  const { status, retryAfterMs } = answer;
  if (status >= 200 && status < 300) return { status, body: answer.body };
  throw fail(scheduleErrors, "call_refused", {
    host: url.host,
    status,
    body: answer.body.slice(0, 500),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Of a tick of a schedule (and shard), whatever run and attempt the call is of. */
function idOf({ schedule, tick, shard, byHand }: Omit<CallInput, "input">): string {
  const text = `${schedule}\n${tick}\n${shard}\n${byHand}`;
  return `fire_${hash("sha256", text, "base64url").slice(0, 24)}`;
}

/** What the network says passes; of answers, those of a callee that can't just now. */
function isWorthIt(error: unknown): boolean {
  if (!(error instanceof LongmenError)) return true;
  if (error.code !== "schedule.call_refused") return error.retry !== "never";
  const { status } = error.details as { readonly status: number };
  return status >= 500 || PASSING.has(status);
}

/** What it says in `Retry-After`. */
function askedFor(error: unknown): number | undefined {
  const ms = error instanceof LongmenError ? error.details["retryAfterMs"] : undefined;
  return typeof ms === "number" ? ms : undefined;
}
