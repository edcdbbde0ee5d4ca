/**
 * At the end of this tick, after the promises that are settled already have told their callers: so
 * that callers who were answered together ask together.
 */
export function soon(work: () => void): void {
  // Node has it; a browser's shortest timer does as well.
  const { setImmediate } = globalThis as { setImmediate?: (work: () => void) => unknown };
  if (setImmediate === undefined) setTimeout(work, 0);
  else setImmediate(work);
}
