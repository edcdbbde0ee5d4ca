import { setMaxIdleHTTPParsers } from "node:http";

/**
 * glibc keeps what was freed, in an arena for each thread, and below a threshold that grows with what is freed: what
 * stays at the upper end of an arena keeps all that is free below it. Behind the month that was 90 MB of an idle node.
 * Settings of the allocator are read once, when a process begins; so a node that is to stay begins once more, as itself.
 * Source: https://man7.org/linux/man-pages/man3/mallopt.3.html, "Environment variables".
 */
const ALLOCATOR = {
  // From here on a piece is a mapping of its own, and the machine's again once it is freed: what V8 compiles in
  // (8 to 32 KiB at a time), pools of small buffers, what sockets are read into, parsers of connections.
  MALLOC_MMAP_THRESHOLD_: "8192",
  // Linux gives a process 65,530 mappings, and V8 needs some; past these, pieces come from the arena.
  MALLOC_MMAP_MAX_: "4096",
  MALLOC_ARENA_MAX: "1",
};

/** Of 10 kB each; Node keeps a thousand of a crowd that has left. */
const IDLE_PARSERS_MAX = 64;

/** A node that others are to ask, and that idles: what it keeps counts for more than how soon it is there. */
export function isToStay(words: readonly string[]): boolean {
  return words[0] === "start" && !words.includes("--exit");
}

/** The operator's own settings stay; other libraries of C don't read these. */
export function settleMemory(words: readonly string[]): void {
  const { env, platform, execPath, execArgv, argv } = process;
  setMaxIdleHTTPParsers(IDLE_PARSERS_MAX);
  if (platform !== "linux" || !isToStay(words)) return;
  // A supervisor's channel would not survive it.
  if (process.send !== undefined) return;
  if (Object.keys(env).some((name) => name.startsWith("MALLOC_"))) return;
  // The same process from the same folder: its number, its signals and its terminal stay.
  process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, ...ALLOCATOR });
}
