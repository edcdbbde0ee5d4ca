/** Which act a chain of the journal belongs to: the names of chains, read backwards. */
import type { BookedChain } from "../ledger/index.ts";
import type { OrderAct } from "./order-machine.ts";

/** What is needed to find an act's row: of some the order, of others the key and version. */
export interface ActPlace {
  /** Of an order that ended unpaid, `cancel` stands for `expire`, too: the row says which. */
  readonly act: OrderAct;
  readonly orderId?: string | undefined;
  readonly key?: string | undefined;
  readonly version?: number | undefined;
}

const OF_ORDER = /^o\/([^/]+)(?:\/(end|gone|close))?$/;
const OF_PAYMENT = /^p\/([^/]+)$/;
/** The first entry of every payment names the order: it posts one of its holds, or marks it. */
const PAID_ORDER = /^o\/([^/]+)\//;
const KEYED = /^([fr])\/([^/]+)\/(\d{1,9})$/;

/** Undefined: the chain is nobody's here. */
export function placeOf({
  chain,
  firstId,
}: Pick<BookedChain, "chain" | "firstId">): ActPlace | undefined {
  const [, orderId, end] = OF_ORDER.exec(chain) ?? [];
  if (orderId !== undefined) {
    if (end === undefined) return { act: "place", orderId, version: 1 };
    if (end === "close") return { act: "close", orderId };
    return { act: "cancel", orderId, version: 2 };
  }
  const [, paymentId] = OF_PAYMENT.exec(chain) ?? [];
  if (paymentId !== undefined) {
    const [, paid] = PAID_ORDER.exec(firstId) ?? [];
    if (paid === undefined) return undefined;
    return { act: "pay", orderId: paid, key: paymentId, version: 2 };
  }
  const [, letter, key, version] = KEYED.exec(chain) ?? [];
  if (key === undefined) return undefined;
  return { act: letter === "f" ? "fulfil" : "refund", key, version: Number(version) };
}
