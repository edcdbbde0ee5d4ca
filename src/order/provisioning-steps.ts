/**
 * What a provisioning run does to its order. Each act has a key of the run's, and is asked for in a step: so it is done
 * once, whenever the node is killed. What it is asked with was recorded before.
 */
import { fail } from "../base/index.ts";
import { dueOf } from "./goods.ts";
import type { OrderAnswer } from "./order.ts";
import { orderErrors } from "./order.errors.ts";
import type { Callback } from "./provider-says.ts";
import type { At, ProvisionAsked, ProvisioningOptions, ProvisionInput } from "./provision.ts";

/** Others may act on the line meanwhile: so often it is looked at anew. */
const ROUNDS_MAX = 20;

/** What is still due of a line, and to whom. */
export interface LineAsked {
  readonly buyer: string;
  readonly sku: string;
  readonly quantity: bigint;
  readonly unit?: string | undefined;
}

/** Undefined: nothing of the line is due. */
export async function lookAtLine(
  { orders, books }: ProvisioningOptions,
  { book, order, line }: ProvisionInput,
): Promise<LineAsked | undefined> {
  const seen = await orders().lines(await books.book(book), order);
  const now = seen?.lines[line];
  if (seen === undefined || now === undefined) return undefined;
  if (seen.order.state !== "paid" && seen.order.state !== "fulfilling") return undefined;
  const { quantity } = dueOf(now);
  if (quantity === 0n) return undefined;
  return { buyer: seen.order.buyer, sku: now.sku, quantity, unit: now.unit };
}

/** Delivers that much of the line, or what is left of it; answers how much. */
export async function deliver({ options, f, input }: At, quantity: bigint): Promise<bigint> {
  const { order: orderId, line } = input;
  let wanted = quantity;
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    const lines = [{ line, quantity: wanted }];
    const fulfilmentId = `${f.runId}:${round}`;
    const isDone = await f.step("deliver", async () => {
      const book = await options.books.book(input.book);
      const asked = { context: { by: f.runId } };
      return isActDone(
        await options.orders().fulfil(book, { orderId, fulfilmentId, lines }, asked),
      );
    });
    if (isDone) return wanted;
    const left = (await f.step("look again", () => lookAtLine(options, input)))?.quantity ?? 0n;
    if (left === 0n) return 0n;
    wanted = left < wanted ? left : wanted;
  }
  throw fail(orderErrors, "busy");
}

/** Calls off what is still due of the line and gives its money back. */
export async function callOff({ options, f, input }: At, reason: string): Promise<void> {
  const { order: orderId, line } = input;
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    const due = await f.step("look again", () => lookAtLine(options, input));
    if (due === undefined) return;
    const lines = [{ line, quantity: due.quantity, goods: "due" } as const];
    const refundId = `${f.runId}:r${round}`;
    const isDone = await f.step("give back", async () => {
      const book = await options.books.book(input.book);
      const asked = { context: { by: f.runId } };
      const refund = { orderId, refundId, lines, reason };
      return isActDone(await options.orders().refund(book, refund, asked));
    });
    if (isDone) return;
  }
  throw fail(orderErrors, "busy");
}

/** Parks the run where nobody takes it back. */
export async function takeBack(
  { release }: ProvisioningOptions,
  asked: ProvisionAsked,
  provisioned: Callback,
): Promise<void> {
  if (release === undefined) {
    const { order, line, quantity } = asked;
    throw fail(orderErrors, "provisioned_in_vain", { order, line, quantity: String(quantity) });
  }
  await release(asked, provisioned);
}

/** False: the line has changed meanwhile. What passes is thrown, so that the step tries again. */
function isActDone(answer: OrderAnswer): boolean {
  if (answer.status !== "refused") return true;
  const { code, details } = answer;
  if (code === "order.quantity_too_large" || code === "order.not_possible") return false;
  if (code === "order.busy") throw fail(orderErrors, "busy");
  throw fail(orderErrors, "provisioning_refused", { code, why: JSON.stringify(details) });
}
