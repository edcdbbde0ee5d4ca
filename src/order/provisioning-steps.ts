/**
 * What a provisioning run does to its order. Each act has a key of the run's, and is asked for in a step: so it is done
 * once, whenever the node is killed. What it is asked with was recorded before.
 */
import { fail } from "../base/index.ts";
import type { RetryPolicy } from "../flow/index.ts";
import { dueOf } from "./goods.ts";
import type { OrderAnswer } from "./order.ts";
import { orderErrors } from "./order.errors.ts";
import type { Callback } from "./provider-says.ts";
import type {
  At,
  ProvisionAsked,
  ProvisioningOptions,
  ProvisionInput,
  Wanted,
} from "./provision.ts";

/**
 * Without end: the line is paid for, and nobody else will see to it. What is in the way is among the run's troubles, and
 * told to the alarm.
 */
export const UNTIL_DONE: RetryPolicy = {
  attempts: Infinity,
  baseMs: 100,
  maxMs: 300_000,
  when: () => true,
};
/** The first alarm; each next comes after twice as many attempts. */
const ALARM_ATTEMPT = 8;
/** Others may act on the line meanwhile: behind so many rounds it waits a little before each. */
const ROUNDS_QUICK = 20;
const ROUND_PAUSE_MS = 1_000;

const ANOTHER_ROUND: ReadonlySet<string> = new Set([
  ...["order.quantity_too_large", "order.not_possible", "order.key_refused"],
]);

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

/** A delivery as it is asked for: the same whenever it is asked again. */
export interface Delivery {
  readonly fulfilmentId: string;
  readonly quantity: bigint;
}

/** Delivers that much of the line, or what is left of it; answers how much. `asking` is told before each try. */
export async function deliver(
  at: At,
  quantity: bigint,
  asking: (delivery: Delivery) => void,
): Promise<bigint> {
  const { f } = at;
  let wanted = quantity;
  for (let round = 1; ; round++) {
    const delivery = { fulfilmentId: `${f.runId}:${round}`, quantity: wanted };
    asking(delivery);
    const isDone = await patient(at, "deliver", () => deliverOnce(at, delivery));
    if (isDone) return wanted;
    const left = (await lookAgain(at, round))?.quantity ?? 0n;
    if (left === 0n) return 0n;
    wanted = left < wanted ? left : wanted;
  }
}

/** False: so much of the line isn't due any more, or the key can't be used any more. */
async function deliverOnce(
  { options, f, input }: At,
  { fulfilmentId, quantity }: Delivery,
): Promise<boolean> {
  const { order: orderId, line } = input;
  const book = await options.books.book(input.book);
  const asked = { context: { by: f.runId } };
  const fulfilment = { orderId, fulfilmentId, lines: [{ line, quantity }] };
  return isActDone(await options.orders().fulfil(book, fulfilment, asked));
}

/**
 * What was provisioned is there, and its run is to end: what of it is still due is delivered all the same. Answers how
 * much of it was delivered, now or by `last`, the delivery whose outcome nobody has recorded.
 */
export async function deliverYet(at: At, last: Delivery): Promise<bigint> {
  if (await deliverOnce(at, last)) return last.quantity;
  for (let round = 1; round <= ROUNDS_QUICK; round++) {
    const left = (await lookAtLine(at.options, at.input))?.quantity ?? 0n;
    if (left === 0n) return 0n;
    const quantity = left < last.quantity ? left : last.quantity;
    const fulfilmentId = `${at.f.runId}:u${round === 1 ? "" : round}`;
    if (await deliverOnce(at, { fulfilmentId, quantity })) return quantity;
  }
  throw fail(orderErrors, "busy");
}

/** Calls off what is still due of the line and gives its money back. */
export async function callOff(at: At, reason: string): Promise<void> {
  const { options, f, input } = at;
  const { order: orderId, line } = input;
  for (let round = 1; ; round++) {
    const due = await lookAgain(at, round);
    if (due === undefined) return;
    const lines = [{ line, quantity: due.quantity, goods: "due" } as const];
    const refund = { orderId, refundId: `${f.runId}:r${round}`, lines, reason };
    const isDone = await patient(at, "give back", async () => {
      const book = await options.books.book(input.book);
      const asked = { context: { by: f.runId } };
      return isActDone(await options.orders().refund(book, refund, asked));
    });
    if (isDone) return;
  }
}

export async function lookAgain(at: At, round = 1): Promise<LineAsked | undefined> {
  if (round > ROUNDS_QUICK) await at.f.sleep("another round", ROUND_PAUSE_MS);
  return patient(at, "look again", () => lookAtLine(at.options, at.input));
}

/** A step that is tried without end. */
export function patient<T>(
  { f, wanted, options }: At,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  return f.step(
    name,
    async ({ attempt }) => {
      const isLong = attempt >= ALARM_ATTEMPT && Number.isInteger(Math.log2(attempt));
      if (isLong && wanted !== undefined)
        await sayAlarm(options, wanted, `${name}: ${attempt} tries`);
      return work();
    },
    { retry: UNTIL_DONE },
  );
}

/** An alarm that fails keeps nobody from their goods or money. */
export async function sayAlarm(
  { alarm }: ProvisioningOptions,
  wanted: Wanted,
  why: string,
): Promise<void> {
  try {
    await alarm?.(wanted, why);
  } catch {
    // It is told again, and the run itself says what it waits for.
  }
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

/**
 * False: the line has changed meanwhile, or the key was refused for a reason that is gone; another look and another key
 * do it. What passes is thrown, so that the step tries again.
 */
function isActDone(answer: OrderAnswer): boolean {
  if (answer.status !== "refused") return true;
  const { code, details } = answer;
  if (ANOTHER_ROUND.has(code)) return false;
  if (code === "order.busy") throw fail(orderErrors, "busy");
  throw fail(orderErrors, "provisioning_refused", { code, why: JSON.stringify(details) });
}
