/** The help: what there is, what it is for, and an example to copy. */
import type { Command } from "./command.ts";
import type { ConfigLineShown } from "./house.ts";

const NAME_WIDTH = 24;

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
    "Begin with `longmen start`: it brings its own PostgreSQL, books a month of a real",
    "shop's invoices, proves that the books balance, and shows them in the browser.",
    "",
    "`longmen COMMAND --help` says more. Exit codes: 0 done, 1 a bug, 2 wrong command",
    "line or configuration, 3 could not be done, 4 what was found is wrong, 5 booked but",
    "invoices were left out, 130 stopped.",
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
    "settings (each also as an environment variable; `longmen config` shows them)",
    ...settings.map(({ flag, name, doc }) => `${listed(flag, name)}\n${listed("", doc)}`),
    "",
  ].join("\n");
}
