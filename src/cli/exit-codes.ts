/** What the process tells its caller when it ends. docs/guides/command-line.md lists them. */
export const exitCodes = {
  done: 0,
  /** Something impossible happened; the stack is on standard error. */
  bug: 1,
  /** The command line or the configuration has a mistake. Nothing was done. */
  usage: 2,
  /** It could not be done: a file, a port, the database. The named error says why. */
  refused: 3,
  /** It was done and what was found is wrong: totals differ, books don't verify, doctor objects. */
  wrong: 4,
  /** Books and what was left out are the file, and verify; but something was left out, by name. */
  incomplete: 5,
  /** Stopped by Ctrl-C or a signal before the end; what was booked is kept. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
