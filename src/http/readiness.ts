/** Whether a request would be served: the database is asked at most once a second, however often we are. */
import type { Ledger } from "../ledger/index.ts";

const KEPT_MS = 1_000;
const PATIENCE_MS = 2_000;

export function readiness(ledger: Ledger, closing: AbortSignal): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  let askedAt = 0;
  return () => {
    if (closing.aborted) return Promise.resolve(false);
    const now = performance.now();
    if (asked === undefined || now - askedAt > KEPT_MS) {
      askedAt = now;
      asked = ask(ledger);
    }
    return asked;
  };
}

async function ask(ledger: Ledger): Promise<boolean> {
  const { promise: tooLate, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), PATIENCE_MS);
  const answers = ledger.check().then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answers, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
