/** What a caller would rather be answered (RFC 7240). Of all preferences one is known here. */
import type { Call } from "./route.ts";

const MINIMAL = "return=minimal";

/**
 * Whether an answer to a write tells the balances, too. They are most of its bytes: who posts a
 * thousand and looks only at each status leaves them out.
 */
export function wantsBalances(call: Asked): boolean {
  return !wantsMinimal(call);
}

type Asked = Pick<Call, "request" | "reply">;

/** Whether an answer is to tell no more than what the next request needs. */
export function wantsMinimal({ request, reply }: Asked): boolean {
  const { prefer } = request.headers;
  if (prefer === undefined || !preferencesOf(prefer).includes(MINIMAL)) return false;
  reply.header("preference-applied", MINIMAL);
  return true;
}

/** Without their parameters, which follow a semicolon. */
function preferencesOf(header: string | readonly string[]): string[] {
  const preferences = header.toString().toLowerCase().split(",");
  return preferences.map((preference) => {
    const [name = ""] = preference.split(";");
    return name.replaceAll(/[\s"]/g, "");
  });
}
