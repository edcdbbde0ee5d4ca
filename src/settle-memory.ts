/**
 * glibc keeps what was freed, in an arena for each thread and below a threshold that grows with what
 * is freed: behind a busy hour a node stays 80 MB larger than what it uses. Settings of the allocator
 * are read once, when a process begins; so a node that is to stay begins once more, as itself.
 * Source: https://man7.org/linux/man-pages/man3/mallopt.3.html, "Environment variables".
 */

const ALLOCATOR = {
  // What malloc(3) begins with; said aloud, it stays.
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_ARENA_MAX: "1",
};

/** The operator's own settings stay; other libraries of C don't read these. */
export function settleMemory(words: readonly string[]): void {
  const { env, platform, execPath, execArgv, argv } = process;
  if (platform !== "linux" || words[0] !== "start" || words.includes("--exit")) return;
  // A supervisor's channel would not survive it.
  if (process.send !== undefined) return;
  if (Object.keys(env).some((name) => name.startsWith("MALLOC_"))) return;
  // The same process from the same folder: its number, its signals and its terminal stay.
  process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, ...ALLOCATOR });
}
