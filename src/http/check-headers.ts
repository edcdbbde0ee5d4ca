/** What Node lets by, or would answer itself with an empty 400, is refused here with a problem. */
import type { IncomingMessage } from "node:http";
import { fail, type LongmenError } from "../base/index.ts";
import { httpErrors } from "./http.errors.ts";
import { HEADERS_MAX } from "./limits.ts";

/** Of which two would mean whichever a proxy before us did not look at. */
const SINGLE = ["host", "authorization"] as const;

/** Refuses: http.request_malformed. */
export function headersRefusal(request: IncomingMessage): LongmenError | undefined {
  const { rawHeaders, headers, httpVersion } = request;
  if (rawHeaders.length > HEADERS_MAX * 2) return malformed(`it has over ${HEADERS_MAX} headers`);
  if (httpVersion === "1.1" && (headers.host ?? "") === "") return malformed("it has no Host");
  for (const single of SINGLE) {
    if (countOf(rawHeaders, single) > 1) return malformed(`it has two headers ${single}`);
  }
  return undefined;
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const one = rawHeaders[index] ?? "";
    if (one.length === name.length && one.toLowerCase() === name) count += 1;
  }
  return count;
}

function malformed(problem: string): LongmenError {
  return fail(httpErrors, "request_malformed", { problem });
}
