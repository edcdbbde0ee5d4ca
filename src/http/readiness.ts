/** Whether a request would be served: the database is asked at most once a second, however often we are. */
import { hasCode } from "../base/index.ts";
import type { Ledger } from "../ledger/index.ts";

const KEPT_MS = 1_000;
const AWAY = [
  "postgres.unreachable",
  "postgres.tls_failed",
  "postgres.connection_lost",
  "postgres.too_many_connections",
  "postgres.login_refused",
];

/** Says this error that PostgreSQL does not answer? */
export function isUnreachable(error: unknown): boolean {
  return AWAY.some((code) => hasCode(error, code));
}

/** The same of a code that was answered. */
export const isAwayCode = (code: string): boolean => AWAY.includes(code);

const PATIENCE_MS = 2_000;

export function readiness(
  ledger: Ledger,
  closing: AbortSignal,
  tell: (isUp: boolean) => void = () => undefined,
): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  let askedAt = 0;
  return () => {
    if (closing.aborted) return Promise.resolve(false);
    const now = performance.now();
    if (asked === undefined || now - askedAt > KEPT_MS) {
      askedAt = now;
      asked = ask(ledger, tell);
    }
    return asked;
  };
}

async function ask(ledger: Ledger, tell: (isUp: boolean) => void): Promise<boolean> {
  const { promise: tooLate, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), PATIENCE_MS);
  const answers = ledger.check().then(
    () => {
      tell(true);
      return true;
    },
    (error: unknown) => {
      tell(!isUnreachable(error));
      return false;
    },
  );
  try {
    return await Promise.race([answers, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
