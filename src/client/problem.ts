/** What is thrown: everything that keeps a book from answering. A book's refusal is a value, never this. */

/** Whether asking again can help: never, the very same request at once, or after a while. */
export type Retry = "never" | "same_request" | "later";

export interface ProblemFields {
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly detail: string;
  readonly retry: Retry;
  readonly advice?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly pointer?: string | undefined;
  readonly pointers?: readonly string[] | undefined;
  readonly traceId?: string | undefined;
  readonly details?: Details | undefined;
  readonly mistakes?: readonly Mistake[] | undefined;
  readonly words?: Words | undefined;
  readonly cause?: unknown;
}

/** What the words of a refusal speak of: amounts and quantities as decimal strings. */
export type Details = Readonly<Record<string, string | number>>;

/** One thing that is wrong with what was sent. */
export interface Mistake {
  /** A pointer into it; of a rule its node, row and column. */
  readonly at: string;
  readonly en: string;
  readonly zh?: string;
}

/** A refusal as a buyer reads it. */
export interface Words {
  readonly en: string;
  readonly zh: string;
}

/**
 * Anything but an answer: a malformed request, a key without the right, a server that is away. Codes
 * `client.…` are this client's own, all others the server's.
 */
export class LongmenProblem extends Error {
  readonly code: string;
  readonly status: number;
  readonly retry: Retry;
  readonly advice: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** JSON pointer to what is malformed. */
  readonly pointer: string | undefined;
  /** Of a batch: every item that is not permitted for this very reason. */
  readonly pointers: readonly string[] | undefined;
  /** Under which the server logged the request, where it reached one. */
  readonly traceId: string | undefined;
  /** Of what a shop refuses. */
  readonly details: Details | undefined;
  readonly words: Words | undefined;
  /** Of a definition, a rule or options: everything that is wrong with them. */
  readonly mistakes: readonly Mistake[] | undefined;

  constructor({ detail, cause, ...fields }: ProblemFields) {
    super(`${fields.code}: ${detail}`, cause === undefined ? {} : { cause });
    this.name = "LongmenProblem";
    this.code = fields.code;
    this.status = fields.status;
    this.retry = fields.retry;
    this.advice = fields.advice;
    this.retryAfterMs = fields.retryAfterMs;
    this.pointer = fields.pointer;
    this.pointers = fields.pointers;
    this.traceId = fields.traceId;
    this.details = fields.details;
    this.words = fields.words;
    this.mistakes = fields.mistakes;
  }
}

interface Row {
  readonly detail: string;
  readonly advice: string;
  readonly retry: Retry;
}

/** The client's own codes, documented in docs/guides/client.md. */
const rows = {
  request_malformed: {
    detail: "The request can't be put on the wire",
    advice: "Nothing was sent. `pointer` names the place.",
    retry: "never",
  },
  queue_full: {
    detail: "Too many requests wait for their turn",
    advice: "Nothing was sent. Wait for some answers before asking more.",
    retry: "later",
  },
  unreachable: {
    detail: "No connection to the server could be made",
    advice: "Nothing was done. Is it running, and the address right?",
    retry: "same_request",
  },
  port_forbidden: {
    detail: "fetch connects to no server at this port, whatever runs there",
    advice:
      "Nothing was sent. Let the server listen at another port: this one is on fetch's own list.",
    retry: "never",
  },
  no_answer: {
    detail: "The connection ended before the answer came",
    advice: "Of a write it is not known whether it was done.",
    retry: "same_request",
  },
  deadline_passed: {
    detail: "There was no answer before the deadline",
    advice: "Send the same request again, or give it more time.",
    retry: "same_request",
  },
  aborted: {
    detail: "The caller's signal ended it",
    advice: "It was asked for; see `cause`.",
    retry: "never",
  },
  answer_unreadable: {
    detail: "The answer is not one of Longmen's",
    advice: "Something between you and the server answered, or the address is another's.",
    retry: "never",
  },
  outcome_unknown: {
    detail: "It may have been carried out, or not",
    advice: "Call resolve() to look it up, or again() to send the very same once more.",
    retry: "same_request",
  },
} as const satisfies Record<string, Row>;

export type ClientReason = keyof typeof rows;
export type ClientCode = `client.${ClientReason}`;

interface More {
  readonly what?: string | undefined;
  readonly status?: number | undefined;
  readonly retry?: Retry | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly pointer?: string | undefined;
  readonly traceId?: string | undefined;
  readonly cause?: unknown;
}

/** The fields of one of the client's own problems. */
export function clientFields(reason: ClientReason, more: More = {}): ProblemFields {
  const { what, status = 0, ...rest } = more;
  const { detail, advice, retry } = rows[reason];
  return {
    code: `client.${reason}`,
    status,
    detail: what === undefined ? `${detail}.` : `${detail}: ${what}.`,
    advice,
    ...rest,
    retry: rest.retry ?? retry,
  };
}

export function clientProblem(reason: ClientReason, more?: More): LongmenProblem {
  return new LongmenProblem(clientFields(reason, more));
}
