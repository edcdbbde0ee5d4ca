import { userInfo } from "node:os";
import type { Actor } from "../access/index.ts";
import { newId } from "../base/index.ts";

/** For the audit: whoever runs the command, on this machine. */
export function operator(): Actor {
  return { by: `os/${userName()}`, from: "command line", request: `cli/${newId()}` };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have a number and no name.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
