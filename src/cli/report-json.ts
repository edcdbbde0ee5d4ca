/** A verification as an object of --json: times RFC 3339, as in all others. */
import { toRfc3339 } from "../base/index.ts";
import type { VerifyReport } from "../ledger/index.ts";

export function reportJson({ head, ...report }: VerifyReport): object {
  return { ...report, head: { ...head, at: toRfc3339(head.at) } };
}
