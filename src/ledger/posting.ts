import type { Posting } from "./book.ts";
import { type Chain, CHAIN_MAX, type Request } from "./transfer.ts";

export function isChain(posting: Posting): posting is Chain {
  return "requests" in posting;
}

/** The requests of a posting, in order. */
export function requestsOf(posting: Posting): readonly Request[] {
  return isChain(posting) ? posting.requests : [posting];
}

/** Of a kind that there is not: what is no object at all is refused like any unknown kind. */
const NO_REQUEST = { kind: "" } as unknown as Request;

/**
 * What was asked, as it was when it was asked. A request waits, is decided, written, and then
 * remembered to compare repeats with: an object that its caller uses again for the next request must
 * not change what the book believes of this one.
 */
export function copyOf(posting: Posting): Posting {
  const request = copyOfRequest(posting as Request);
  if (!isChain(request)) return request;
  const { chain, requests } = request;
  const isKept = Array.isArray(requests) && requests.length <= CHAIN_MAX;
  return isKept ? { chain, requests: requests.map(copyOfRequest) } : request;
}

function copyOfRequest(request: Request): Request {
  return typeof request === "object" && request !== null ? { ...request } : NO_REQUEST;
}
