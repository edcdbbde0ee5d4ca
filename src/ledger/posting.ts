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
  return isChain(request) ? copyOfChain(request) : request;
}

/** The same of what was asked as a chain, whatever it looks like. */
export function copyOfChain(asked: Chain): Chain {
  const { chain, requests } = copyOfRequest(asked as unknown as Request) as unknown as Chain;
  return { chain, requests: Array.isArray(requests) ? copyOfRequests(requests) : [] };
}

/** One more than there may be is seen to be too many: the others would only weigh. */
const TOO_MANY: readonly Request[] = Array.from({ length: CHAIN_MAX + 1 }, () => NO_REQUEST);

function copyOfRequests(requests: readonly Request[]): readonly Request[] {
  return requests.length > CHAIN_MAX ? TOO_MANY : Array.from(requests, copyOfRequest);
}

function copyOfRequest(request: Request): Request {
  return typeof request === "object" && request !== null ? { ...request } : NO_REQUEST;
}
