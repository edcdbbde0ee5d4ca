/** After a large job and before a long wait. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** V8's own, as --expose-gc shows it: https://github.com/v8/v8/blob/main/src/extensions/gc-extension.h */
type Collect = (how: {
  readonly type: "major";
  readonly execution: "sync";
  /** Also moves what is left together, so that pages become free. */
  readonly flavor: "last-resort";
}) => void;

/**
 * Gives memory that nothing uses back to the machine. V8 does so when it is short of memory, which an
 * idle node never is: after the month it would keep half a gigabyte for good.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
