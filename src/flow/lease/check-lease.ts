/** The check of a lease in a transaction of the user's own. */
import { fail } from "../../base/index.ts";
import type { Transaction } from "../../postgres/index.ts";
import { flowErrors } from "../flow.errors.ts";
import { checkHeld } from "./lease.sql.ts";
import type { LeaseRef } from "./lease.ts";

/** A connection of the driver's (`pg`), lent for a transaction that has begun. */
export interface Lent {
  query(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  getTransactionStatus?(): string | null;
}

export async function checkLease(
  schema: string,
  tx: Pick<Transaction, "maybe"> | Lent,
  { key, token }: LeaseRef,
): Promise<void> {
  const isUnprotected = "transaction" in tx || "totalCount" in tx;
  if (isUnprotected) throw fail(flowErrors, "lease_check_unprotected", { key });
  if ("maybe" in tx) {
    const found = await tx.maybe(checkHeld, { key, token });
    return demandFound(found !== undefined, key, token);
  }
  const { rows } = await tx.query(checkHeld.compile(schema).text, checkHeld.encode({ key, token }));
  if (tx.getTransactionStatus?.() === "I") {
    throw fail(flowErrors, "lease_check_unprotected", { key });
  }
  demandFound(rows.length === 1, key, token);
}

function demandFound(isHeld: boolean, key: string, token: bigint): void {
  const why = "it was released, taken over, broken or ran out";
  if (!isHeld) throw fail(flowErrors, "lease_lost", { key, token, why });
}
