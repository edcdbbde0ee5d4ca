import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Live bytes after a full collection: the size of the process also holds what V8 has not given back. */
export function keptBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
