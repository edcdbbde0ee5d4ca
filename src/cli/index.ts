/** The command `longmen`. */
export { cliErrors } from "./cli.errors.ts";
export { exitCodes, type ExitCode } from "./exit-codes.ts";
export type {
  ConfigLineShown,
  ConfigShown,
  Flags,
  House,
  HouseConfig,
  Wired,
  WiredParts,
} from "./house.ts";
export { runCommandLine, type CommandLine } from "./run-command-line.ts";
export { openSelling, type Selling } from "./selling/open-selling.ts";
export { terminalOf, type Terminal, type TerminalStreams } from "./terminal.ts";
