/** A timer of Node reaches 24.8 days, and is over at once when it is set for longer. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/** Acts once that time is over, however long; never for Infinity. Answers what calls it off. */
export function after(ms: number, act: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const set = (leftMs: number): void => {
    if (leftMs <= TIMER_MAX_MS) timer = setTimeout(act, leftMs);
    else timer = setTimeout(() => set(leftMs - TIMER_MAX_MS), TIMER_MAX_MS);
  };
  if (ms !== Infinity) set(ms);
  return () => clearTimeout(timer);
}
