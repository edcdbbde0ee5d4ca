/** A long poll for the end of a run. */
import { LongmenError } from "../base/index.ts";
import { waitWithin } from "./deadline.ts";
import { flowsOf } from "./gate-runs.ts";
import { type Call, principalOf } from "./route.ts";

/**
 * Waits for the run's end, as long as was asked and there is a place; true where it may have ended. Ends
 * early when the server closes, the caller goes away or its own deadline comes near. Who waits is not in
 * work meanwhile.
 */
export async function waitForEnd(
  call: Pick<Call, "doors" | "asked" | "reply">,
  id: string,
  waitMs: number,
): Promise<boolean> {
  const { doors, reply } = call;
  const { keyId } = principalOf(call);
  if (!doors.places.take(keyId, 1)) return false;
  const gone = new AbortController();
  const onGone = () => gone.abort(new Error("nobody waits any more"));
  reply.raw.once("close", onGone);
  doors.closing.addEventListener("abort", onGone, { once: true });
  if (doors.closing.aborted) onGone();
  doors.work.leave();
  try {
    const timeoutMs = waitWithin(call.asked, waitMs);
    await flowsOf(call).run(id).result({ timeoutMs, signal: gone.signal });
    return true;
  } catch (error) {
    // What it failed with is told by the run itself; who is late is told where it stands.
    return !(error instanceof LongmenError) || error.code !== "flow.still_running";
  } finally {
    doors.work.enter();
    doors.places.giveBack(keyId, 1);
    reply.raw.off("close", onGone);
    doors.closing.removeEventListener("abort", onGone);
  }
}
