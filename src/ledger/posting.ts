import type { Posting } from "./book.ts";
import type { Chain, Request } from "./transfer.ts";

export function isChain(posting: Posting): posting is Chain {
  return "requests" in posting;
}

/** The requests of a posting, in order. */
export function requestsOf(posting: Posting): readonly Request[] {
  return isChain(posting) ? posting.requests : [posting];
}
