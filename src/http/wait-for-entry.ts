/** A long poll for a book's next entry. */
import { fail } from "../base/index.ts";
import type { Book } from "../ledger/index.ts";
import { checkKeyAgain } from "./check-head.ts";
import { waitWithin } from "./deadline.ts";
import { httpErrors } from "./http.errors.ts";
import { WAIT_MAX_MS } from "./limits.ts";
import { numberAsked } from "./page-asked.ts";
import { type Call, principalOf } from "./route.ts";

/** Refuses: http.query_malformed. */
export function waitAsked(digits: string | undefined): number {
  const waitMs = numberAsked(digits) ?? 0;
  if (waitMs <= WAIT_MAX_MS) return waitMs;
  throw fail(httpErrors, "query_malformed", { problem: `waitMs is above ${WAIT_MAX_MS}` });
}

/**
 * Waits for an entry after `seq`, as long as was asked and there is a place; true where there may be one. Ends
 * early when the server closes, the caller goes away or its own deadline comes near. Who waits is not in work
 * meanwhile. Refuses: access.key_missing, access.key_unknown (revoked meanwhile).
 */
export async function waitForEntry(
  call: Call,
  book: Book,
  seq: number,
  waitMs: number,
): Promise<boolean> {
  const { doors, reply } = call;
  const { keyId } = principalOf(call);
  if (waitMs === 0 || !doors.places.take(keyId, 1)) return false;
  const gone = new AbortController();
  const onGone = () => gone.abort();
  reply.raw.once("close", onGone);
  doors.closing.addEventListener("abort", onGone, { once: true });
  if (doors.closing.aborted) onGone();
  doors.work.leave();
  await doors.feed.wait(book, seq, waitWithin(call.asked, waitMs), gone.signal);
  doors.work.enter();
  reply.raw.off("close", onGone);
  doors.closing.removeEventListener("abort", onGone);
  doors.places.giveBack(keyId, 1);
  if (doors.closing.aborted) reply.raw.shouldKeepAlive = false;
  await checkKeyAgain(doors, call.request);
  return true;
}
