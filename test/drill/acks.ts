/** What a node under load was told: one line of JSON each. */
import { existsSync, readFileSync } from "node:fs";
import type { Answer, ChainAnswer, Posting } from "../../src/ledger/index.ts";

export interface DoneAck {
  readonly id: string;
  readonly status: "created" | "exists" | "refused";
  readonly seq?: number | undefined;
  /** Minor units. */
  readonly amount?: string | undefined;
  readonly code?: string | undefined;
}

export interface FloodAck {
  readonly calls: number;
  readonly overloaded: number;
  readonly other: number;
  readonly startRss: number;
  readonly peakRss: number;
}

export type Ack =
  | DoneAck
  | { readonly id: string; readonly status: "overloaded" }
  | { readonly ready: string }
  | { readonly shutOut: string }
  /** What no caller should ever see. */
  | { readonly wrong: string }
  | { readonly flooded: FloodAck };

/** The lines that an answer gives: one for each member of a chain. */
export function acknowledgements(posting: Posting, answer: Answer | ChainAnswer): DoneAck[] {
  if (answer.status === "refused") {
    const { status, seq, code } = answer;
    const index = "index" in answer ? answer.index : 0;
    const request = "requests" in posting ? posting.requests[index] : posting;
    return [{ id: request?.id ?? "", status, seq, code }];
  }
  const done = "answers" in answer ? answer.answers : [answer];
  return done.map(({ request, status, seq, amount }) => ({
    id: request.id ?? "",
    status,
    seq,
    amount: String(amount),
  }));
}

/** All whole lines of a file: the last may be cut off, and was then never relied on. */
export function readAcks(path: string): Ack[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Ack);
}
