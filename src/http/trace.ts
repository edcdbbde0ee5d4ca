/** W3C trace context: the caller's trace goes on, or one begins here. */
import { randomFillSync } from "node:crypto";

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const NO_TRACE = "0".repeat(32);
const TRACE_BYTES = 16;

const block = Buffer.alloc(TRACE_BYTES * 256);
let used = block.length;

/** Takes random bytes in blocks: one call of the generator per request costs more than the rest. */
function newTraceId(): string {
  if (used === block.length) {
    randomFillSync(block);
    used = 0;
  }
  used += TRACE_BYTES;
  return block.toString("hex", used - TRACE_BYTES, used);
}

/** The trace id of a `traceparent` header; a new one where there is none that can be read. */
export function traceIdOf(traceparent: string | undefined): string {
  if (traceparent === undefined) return newTraceId();
  const read = traceparent.startsWith("ff") ? undefined : TRACEPARENT.exec(traceparent)?.[1];
  return read === undefined || read === NO_TRACE ? newTraceId() : read;
}
