/** The help: what there is, what it is for, and an example to copy. */
import type { Command } from "./command.ts";
import type { ConfigLineShown } from "./house.ts";
import { TERMINAL_COLUMNS } from "./terminal.ts";

const NAME_WIDTH = 20;

function listed(name: string, doc: string): string {
  return `  ${name.padEnd(NAME_WIDTH)}${doc}`;
}

/** `longmen --help` */
export function houseHelp(version: string, commands: readonly Command[]): string {
  return [
    `longmen ${version}: one ledger for everything that can run out`,
    "",
    "usage: longmen COMMAND [options]",
    "",
    ...commands.map(({ name, summary }) => listed(name, summary)),
    "",
    "Begin with `longmen start`: it brings its own PostgreSQL, books a month of a",
    "real shop's invoices, proves that they balance, and shows them in the browser.",
    "",
    "`longmen COMMAND --help` has its options; `longmen config` has the settings,",
    "which every command takes. Exit codes: 0 done, 1 a bug, 2 wrong command line or",
    "settings, 3 could not be done, 4 what was found is wrong, 5 booked but invoices",
    "were left out, 130 stopped.",
    "",
  ].join("\n");
}

/** `longmen start --help` */
export function commandHelp(command: Command, settings: readonly ConfigLineShown[]): string {
  const options = command.options.map(({ name, value, doc }) =>
    listed(value === undefined ? `--${name}` : `--${name} ${value}`, doc),
  );
  return [
    `usage: longmen ${[command.name, command.words].filter(Boolean).join(" ")} [options]`,
    "",
    command.help.trim(),
    "",
    "options",
    ...options,
    listed("-h, --help", "this text"),
    "",
    "settings, as flags or in the environment (--port 7400, LONGMEN_PORT=7400);",
    "`longmen config` says what each is, its value and where that is from",
    ...wrapped(settings.map(({ flag }) => flag)),
    "",
  ].join("\n");
}

/** Words in lines, none wider than the screen. */
function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last === undefined || longer.length >= TERMINAL_COLUMNS) lines.push(`  ${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
