/** Where in a user's code a step was asked for. */
import { fileURLToPath } from "node:url";

const HERE = new URL("./", import.meta.url).href;
const FRAME = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/;
const FRAMES_MAX = 30;

/** `file:line` of the first frame that is neither Longmen's, Node's nor a package's. */
export function codePlace(): string {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES_MAX;
  const { stack = "" } = new Error("where");
  Error.stackTraceLimit = before;
  for (const line of stack.split("\n").slice(1)) {
    const [, file = "", number = ""] = FRAME.exec(line.trim()) ?? [];
    if (file === "" || isOurs(file) || file.includes("/node_modules/")) continue;
    return `${file.startsWith("file:") ? fileURLToPath(file) : file}:${number}`;
  }
  return "an unknown place";
}

/** The room's own files; its tests are a user's code. */
function isOurs(file: string): boolean {
  const href = file.startsWith("file:") ? file : `file://${file}`;
  return href.startsWith(HERE) && !href.includes(".test.") && !href.includes("/testing/");
}
