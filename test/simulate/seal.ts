import { setTimeout as sleep } from "node:timers/promises";
import type { Request } from "../../src/ledger/index.ts";

const LAST: Request = { kind: "asset", id: "the/end", asset: "END/0" };
const AGAIN_MS = 100;

/**
 * What a node sent before it crashed may lie with the server still, and be committed while the auditor reads. A flush
 * that follows another batch than the newest never is: after one more batch the book stands still. False: there was
 * none in time. `ask` tells whether there was an answer.
 */
export async function sealBook(
  ask: (posting: Request) => Promise<boolean>,
  patienceMs: number,
): Promise<boolean> {
  for (const until = performance.now() + patienceMs; performance.now() < until;) {
    if (await ask(LAST)) return true;
    await sleep(AGAIN_MS);
  }
  return false;
}
