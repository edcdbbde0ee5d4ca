import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { isToStay } from "./settle-memory.ts";

/** Of this package alone: what stands in a folder that all may write to, others could have put there. */
const PLACE = new URL("../node_modules/.cache/node", import.meta.url);

/**
 * What V8 makes of the sources is kept beside the package, so that the next command begins in half the time. Where that
 * folder can't be written, or NODE_COMPILE_CACHE names another, Node goes on as it would. Not for a node that is to
 * stay: with all that was ever compiled it has 17 MB more.
 * Source: https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 */
export function keepCompiled(words: readonly string[]): void {
  if (isToStay(words)) return;
  enableCompileCache(fileURLToPath(PLACE));
}
