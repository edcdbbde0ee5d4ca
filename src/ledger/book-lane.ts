/** A book's lane and what goes with it: what the parts of an open book share. */
import type { Database, Lane } from "../postgres/index.ts";
import type { Answer, ChainAnswer } from "./answer.ts";
import type { Posting } from "./book.ts";
import type { LedgerEngine } from "./engine.ts";

export type BookLane = Lane<Posting, Answer | ChainAnswer>;

export interface OpenBookInput {
  readonly database: Database;
  readonly name: string;
  readonly id: number;
  readonly lane: BookLane;
  readonly engine: LedgerEngine;
}
