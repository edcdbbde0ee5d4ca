/** The help: what there is, what it is for, and an example to copy. */
import { type Command, groups } from "./command.ts";
import type { ConfigLineShown } from "./house.ts";
import { TERMINAL_COLUMNS } from "./terminal.ts";

const NAME_WIDTH = 20;

function listed(name: string, doc: string): string {
  return `  ${`${name}  `.padEnd(NAME_WIDTH)}${doc}`;
}

/** `longmen --help` */
export function houseHelp(version: string, commands: readonly Command[]): string {
  return [
    `longmen ${version}: one ledger for everything that can run out`,
    "usage: longmen COMMAND [options]; `longmen COMMAND --help` has a command's own",
    "",
    ...listOf(commands),
    "",
    "Begin with `longmen start`: a month of a real shop, booked over HTTP and proved.",
    "Exit: 0 done, 1 bug, 2 wrong words, 3 refused, 4 wrong, 5 partly, 130 stopped.",
    "",
  ].join("\n");
}

/** A line for each, or for each group, where the first of them stands. */
function listOf(commands: readonly Command[]): string[] {
  const lines = commands.map(({ name, summary, group }) => {
    if (group === undefined) return listed(name, summary);
    const names = commands.filter((one) => one.group === group).map((one) => one.name);
    return names[0] === name ? listed(names.join("  "), groups[group]) : undefined;
  });
  return lines.filter((line) => line !== undefined);
}

/** `longmen start --help` */
export function commandHelp(command: Command, settings: readonly ConfigLineShown[]): string {
  const options = command.options.map(({ name, value, doc }) =>
    listed(value === undefined ? `--${name}` : `--${name} ${value}`, doc),
  );
  return [
    ...usageOf(command),
    "",
    command.help.replace(/^\n|\s+$/g, ""),
    "",
    "options",
    ...options,
    "",
    `settings are flags, too (${shortly(settings)}, …): see \`longmen config\``,
    "",
  ].join("\n");
}

/** A list of verbs that is too long for a line goes on below its first one. */
function usageOf({ name, words }: Command): string[] {
  const head = `usage: longmen ${name}`;
  const whole = `${[head, words].filter(Boolean).join(" ")} [options]`;
  if (whole.length <= TERMINAL_COLUMNS) return [whole];
  const lines = [head];
  for (const word of `${words ?? ""} [options]`.split(" | ")) {
    const last = lines.at(-1) ?? "";
    const more = last === head ? `${last} ${word}` : `${last} | ${word}`;
    if (more.length + 2 <= TERMINAL_COLUMNS) lines[lines.length - 1] = more;
    else lines.splice(-1, 1, `${last} |`, `${" ".repeat(head.length)} ${word}`);
  }
  return lines;
}

const TOLD: readonly string[] = ["--url", "--dir", "--port"];

/** Those that are wanted most; not --key, which others on the machine could read. */
function shortly(settings: readonly ConfigLineShown[]): string {
  return settings
    .map(({ flag }) => flag)
    .filter((flag) => TOLD.includes(flag))
    .join(", ");
}
