/** After a large job and before a long wait. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Gives memory that nothing uses back to the machine. V8 does so when it is short of memory, which an
 * idle node never is: after the month it would keep half a gigabyte for good.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}
