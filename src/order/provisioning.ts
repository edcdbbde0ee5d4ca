/**
 * A paid service is provisioned by somebody: a *provider* who is called, who calls back, or both. One run for each
 * line of a service, started in the payment's commit. In prose: it asks the provider; waits for a call-back where the
 * answer is not final; then delivers the line, or calls it off and gives its money back. What comes too late, twice,
 * before the answer or in vain is told apart here. It ends with the line delivered or given back, or it is parked
 * because what was provisioned is owed to nobody and nobody takes it back.
 */
import { assert } from "../base/index.ts";
import { flow, type Flows, type Steps } from "../flow/index.ts";
import { type Callback, readCallback } from "./provider-says.ts";
import type {
  At,
  Provisioned,
  Provisioning,
  ProvisioningOptions,
  ProvisionInput,
  Wanted,
} from "./provision.ts";
import {
  callOff,
  deliver,
  deliverYet,
  type Delivery,
  lookAgain,
  lookAtLine,
  patient,
  sayAlarm,
  takeBack,
} from "./provisioning-steps.ts";
import type { Reaction } from "./reaction.ts";

export const PROVISIONED = "order.provisioned";
const ASK_MS = 30_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Call-backs that say nothing sensible; behind them it waits for none any more. */
const MALFORMED_MAX = 20;

export function matchOf(book: string, order: string, line: number): string {
  return `${book}/${order}/${line}`;
}

/** Makes the flow and the reaction that starts it; README.md says what becomes of a line. */
export function provisioning(options: ProvisioningOptions): Provisioning {
  const {
    name = "order.provision",
    withinMs = DAY_MS,
    late = "wait",
    listenMs = WEEK_MS,
  } = options;
  const provision = flow(name, {}, (f: Steps, input: ProvisionInput) => run(options, f, input));
  const reaction =
    (flows: () => Pick<Flows, "starting">): Reaction =>
    async ({ act, book, order, services, by, request }) => {
      if (act !== "pay") return [];
      const lines = services.filter((line) => options.provisions?.(order.id, line) ?? true);
      const inputs = lines.map((line) => ({
        book,
        order: order.id,
        line,
        withinMs,
        late,
        listenMs,
      }));
      const asked = { by, request };
      return Promise.all(inputs.map((input) => flows().starting(provision, input, asked)));
    };
  return { flow: provision, reaction };
}

async function run(
  options: ProvisioningOptions,
  f: Steps,
  input: ProvisionInput,
): Promise<Provisioned> {
  const { book, order, line } = input;
  const looking = { options, f, input };
  const asked = await patient(looking, "look", () => lookAtLine(options, input));
  if (asked === undefined) return { outcome: "called off" };
  const match = matchOf(book, order, line);
  const wanted = { book, order, line, match, ...asked };
  const at = { ...looking, wanted };
  f.state({ stage: "asked", match });
  const answer = await ask(at, wanted);
  const said = answer.status === "later" ? await waited(at, wanted, answer.trouble) : answer;
  if (said === "called off") return afterwards(at, wanted, { outcome: "called off" });
  if (said === "late") {
    const reason = "no call-back came in time";
    await callOff(at, reason);
    return afterwards(at, wanted, { outcome: "given back", reason });
  }
  if (said.status === "refused") {
    await callOff(at, said.reason ?? "the provider refused");
    return { outcome: "given back", reason: said.reason };
  }
  return hand(at, wanted, said);
}

type Answered = Callback | { readonly status: "later"; readonly trouble?: string | undefined };

async function ask({ options, f }: At, wanted: Wanted): Promise<Answered> {
  const { provider, askMs = ASK_MS } = options;
  if (provider === undefined) return { status: "later" };
  try {
    return await f.step(
      "ask the provider",
      async ({ key, signal }): Promise<Answered> => {
        const said = await provider({ ...wanted, key, signal });
        if (said.status === "later") return { status: "later" };
        const read = readCallback(said);
        return read.status === "malformed" ? { status: "later", trouble: read.reason } : read;
      },
      { timeoutMs: askMs, retry: options.askRetry },
    );
  } catch (error) {
    // It may have been done, or be done yet: only the provider knows, and may call back.
    if (f.signal.aborted) throw error;
    return { status: "later", trouble: error instanceof Error ? error.message : String(error) };
  }
}

/** What a call-back says, or why none is waited for any more. */
async function waited(
  at: At,
  wanted: Wanted,
  trouble: string | undefined,
): Promise<Callback | "late" | "called off"> {
  const { f, options, input } = at;
  let forMs = input.withinMs;
  for (let round = 1; ; round++) {
    f.state({ stage: round === 1 ? "waits" : "late", match: wanted.match, round, trouble });
    const said = await heard(at, wanted.match, forMs);
    if (said !== undefined) return said;
    if ((await lookAgain(at)) === undefined) return "called off";
    if (options.alarm !== undefined)
      await f.step("alarm", () => sayAlarm(options, wanted, "no call-back came in time"));
    if (input.late === "refund") return "late";
    forMs = Math.max(input.withinMs, Math.min(2 * forMs, WEEK_MS));
  }
}

/** The next call-back that says something; what says nothing is told and passed over. */
async function heard({ f }: At, match: string, forMs: number): Promise<Callback | undefined> {
  const until = f.now() + forMs;
  for (let malformed = 0; malformed < MALFORMED_MAX; malformed++) {
    const timeoutMs = Math.max(0, until - f.now());
    const payload = await f.event(PROVISIONED, { match, timeoutMs });
    if (payload === undefined && f.now() >= until) return undefined;
    const said = readCallback(payload);
    if (said.status !== "malformed") return said;
    f.state({ stage: "waits", match, malformed: said.reason });
  }
  return undefined;
}

/** The line was given back, or by somebody else before: what is provisioned yet is released. */
async function afterwards(at: At, wanted: Wanted, ended: Provisioned): Promise<Provisioned> {
  const { f, input } = at;
  f.state({ stage: ended.outcome, match: wanted.match });
  const said = await heard(at, wanted.match, input.listenMs);
  return said?.status === "done" ? hand(at, wanted, said) : ended;
}

/** Nobody is owed what was provisioned: thrown within the saga, so that it is taken back. */
class OwedToNobody extends Error {}

/**
 * It is provisioned: what of it is still due is delivered, the rest is taken back. Only what nobody is owed is: where
 * the run is cancelled meanwhile, what is due is delivered all the same.
 */
async function hand(at: At, wanted: Wanted, said: Callback): Promise<Provisioned> {
  const { f, options } = at;
  let last: Delivery | undefined;
  let delivered: bigint | undefined;
  try {
    await f.saga("hand over", async (within) => {
      const inside = { ...at, f: within };
      await within.step("provisioned", () => said, {
        undo: async (provisioned, { key, signal }) => {
          const first = { fulfilmentId: `${f.runId}:1`, quantity: wanted.quantity };
          const quantity = wanted.quantity - (delivered ?? (await deliverYet(at, last ?? first)));
          if (quantity === 0n) return;
          await takeBack(options, { ...wanted, quantity, key, signal }, provisioned);
        },
      });
      f.state({ stage: "delivers", match: wanted.match });
      delivered = await deliver(inside, wanted.quantity, (asked) => (last = asked));
      assert(delivered <= wanted.quantity, "no more is delivered than was asked for");
      if (delivered < wanted.quantity) throw new OwedToNobody();
    });
  } catch (error) {
    if (!(error instanceof OwedToNobody)) throw error;
    return { outcome: "released" };
  }
  return { outcome: "delivered" };
}
