/** Events that are said once under a name of the caller's: the name is written in the event's own commit. */
import { accessErrors } from "../access/index.ts";
import { fail, hasCode } from "../base/index.ts";
import type { OnceSaid, Said } from "../flow/index.ts";
import { onceOf, REPLAYED_HEADER } from "./once-asked.ts";
import { type Call, json } from "./route.ts";

export const SAID_ONCE =
  "With the header Idempotency-Key it is said once, however often it is sent; without it, sent twice it is said twice.";
export const saidCodes = ["access.once_malformed", "access.once_reused"] as const;

/** Refuses: access.once_malformed, access.once_reused. */
export async function sayOnce(
  call: Call,
  what: string,
  say: (once: OnceSaid | undefined) => Promise<Said>,
): Promise<string> {
  const asked = onceOf(call, what);
  const once = asked && { caller: asked.caller, name: asked.name };
  try {
    if ((await say(once)) === "now") return json({ status: "recorded" });
  } catch (error) {
    if (!hasCode(error, "flow.event_key_reused")) throw error;
    throw fail(accessErrors, "once_reused", { name: asked?.name }, error);
  }
  call.reply.header(REPLAYED_HEADER, "true");
  return json({ status: "recorded", replayed: true });
}
