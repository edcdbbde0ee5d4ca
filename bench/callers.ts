/** Load as it comes in life: many independent callers, each awaiting its answer before its next call. */
import type { Round } from "./contest.ts";
import { waits } from "./statistics.ts";

export interface Load {
  readonly callers: number;
  readonly seconds: number;
  /** One call of one caller; answers how many transfers were answered by it. */
  readonly call: (caller: number) => Promise<number>;
  /** What has to end before the clock stops: a consumer that still has to write. */
  readonly drained?: (() => Promise<void>) | undefined;
  /** Ends the load before its time. */
  readonly enough?: (() => boolean) | undefined;
  /** Told of every answer. */
  readonly onAnswer?: ((count: number) => void) | undefined;
}

/**
 * Runs the callers for a time. A caller starts no call after it; the clock stops with the last
 * answer, so nothing is counted that was not answered.
 */
export async function runCallers(load: Load): Promise<Round> {
  const waited = waits();
  const startedAt = performance.now();
  const endsAt = startedAt + load.seconds * 1000;
  let count = 0;
  const callUntilTheEnd = async (caller: number): Promise<void> => {
    let now = performance.now();
    while (now < endsAt && load.enough?.() !== true) {
      const answered = await load.call(caller);
      count += answered;
      load.onAnswer?.(answered);
      const after = performance.now();
      waited.record(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: load.callers }, (_, caller) => callUntilTheEnd(caller)));
  await load.drained?.();
  return {
    count,
    seconds: (performance.now() - startedAt) / 1000,
    p50Ms: waited.quantile(0.5),
    p99Ms: waited.quantile(0.99),
  };
}

const SETTINGS_QUICK = 2;

/** Tries each setting for a moment and answers the fastest; of a quick run, only the first few. */
export async function fastest<Setting>(
  settings: readonly Setting[],
  quick: boolean,
  probe: (setting: Setting) => Promise<Round>,
): Promise<Setting> {
  let best: { setting: Setting; rate: number } | undefined;
  for (const setting of quick ? settings.slice(0, SETTINGS_QUICK) : settings) {
    const round = await probe(setting);
    const rate = round.count / round.seconds;
    if (best === undefined || rate > best.rate) best = { setting, rate };
  }
  if (best === undefined) throw new RangeError("nothing to choose from");
  return best.setting;
}
