/** What a command is. */
import { fail } from "../base/index.ts";
import { cliErrors } from "./cli.errors.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Flags, House } from "./house.ts";
import type { Terminal } from "./terminal.ts";

export interface CommandOption {
  readonly name: string;
  /** The value's name in the help; without it the option is a switch. */
  readonly value?: string;
  readonly doc: string;
}

export interface CommandContext {
  readonly house: House;
  readonly terminal: Terminal;
  /** The options of this command. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** What stands behind the command's name without dashes; nothing where the command takes none. */
  readonly words: readonly string[];
  /** The settings given as flags. */
  readonly flags: Flags;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Commands of one group share a line of the list. */
  readonly group?: keyof typeof groups;
  /** Below the usage line of its own help: what it does, with examples. */
  readonly help: string;
  readonly options: readonly CommandOption[];
  /** How the words behind the name are written in the usage line: "list | revoke KEY". */
  readonly words?: string;
  /** What is said of a number below zero among those words; for commands that take numbers there. */
  readonly aboveZero?: string;
  /** Takes --url and --key, the settings that name a running node; every other command refuses them. */
  readonly asksNodes?: boolean;
  /** What is said when it is stopped before its end; else that what was booked is kept. */
  readonly stopped?: string;
  run(context: CommandContext): Promise<ExitCode>;
}

/** What the commands of a line are about together. */
export const groups = {
  orders: "what is bought; what many pay for together, up to a cap",
  till: "goods, companies' credit, wallets, cash",
  runs: "flows: list, show, start, stop, mend; one verb for many",
  tables: "examine the database; bring its tables up to date",
  copies: "to a file, out of one, to a server of yours",
} as const;

export const jsonOption: CommandOption = {
  name: "json",
  doc: "one JSON object on standard output, and nothing else",
};

/** The text of an option that takes one. */
export function textOption({ options }: CommandContext, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The text of an option that must be given. Refuses: cli.option_malformed. */
export function neededOption(context: CommandContext, command: string, name: string): string {
  const value = textOption(context, name);
  if (value !== undefined && value !== "") return value;
  throw fail(cliErrors, "option_malformed", { problem: `--${name} is needed`, command });
}
