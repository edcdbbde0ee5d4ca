/** From the words of a command line to a command and its options. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { fail } from "../base/index.ts";
import { cliErrors } from "./cli.errors.ts";
import type { Command } from "./command.ts";
import type { ConfigLineShown, Flags } from "./house.ts";

export interface ParsedArguments {
  readonly help: boolean;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
  readonly flags: Flags;
}

/**
 * Reads what stands behind a command's name. Settings may be given as flags to every command.
 * Refuses: cli.option_malformed.
 */
export function parseArguments(
  command: Command,
  settings: readonly ConfigLineShown[],
  words: readonly string[],
): ParsedArguments {
  const config: NonNullable<ParseArgsConfig["options"]> = {
    help: { type: "boolean", short: "h" },
  };
  for (const { flag } of settings) config[flag.slice(2)] = { type: "string" };
  for (const { name, value } of command.options) {
    config[name] = { type: value === undefined ? "boolean" : "string" };
  }
  const { values, positionals } = parsed(command, config, words);
  const options: Record<string, string | boolean | undefined> = {};
  for (const { name } of command.options) options[name] = values[name];
  const flags: Record<string, string | undefined> = {};
  for (const { flag } of settings) {
    const value = values[flag.slice(2)];
    if (typeof value === "string") flags[flag.slice(2)] = value;
  }
  return { help: values["help"] === true, options, words: positionals, flags };
}

const isBelowZero = (word: string): boolean => /^-[\d.]/.test(word);

interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

function parsed(
  command: Command,
  options: NonNullable<ParseArgsConfig["options"]>,
  words: readonly string[],
): Parsed {
  try {
    const allowPositionals = command.words !== undefined;
    const args = [...words];
    const read = parseArgs({ args, options, strict: true, allowPositionals, tokens: true });
    const names = read.tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    // Node takes the last one; which was meant nobody knows.
    if (twice !== undefined) throw new TypeError(`--${twice} is given twice`);
    return read as Parsed;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const problem = belowZero(command, error, words) ?? problemOf(error, options, words);
    throw fail(cliErrors, "option_malformed", { problem, command: command.name }, error);
  }
}

/** Node takes a number below zero for an option with a short name. */
function belowZero(
  { aboveZero }: Command,
  { message }: TypeError,
  words: readonly string[],
): string | undefined {
  if (aboveZero === undefined || !/^Unknown option '-[\d.]/.test(message)) return undefined;
  return `${words.find(isBelowZero) ?? "-"} is below zero: ${aboveZero}`;
}

/** In our own words: what Node says of a value that looks like an option is about its parser. */
function problemOf(
  { message }: TypeError,
  options: NonNullable<ParseArgsConfig["options"]>,
  words: readonly string[],
): string {
  const unknown = /^Unknown option '(--?[^']+)'/.exec(message)?.[1];
  if (unknown !== undefined) return `there is no option ${unknown}`;
  const unexpected = /^Unexpected argument '([^']*)'/.exec(message)?.[1];
  if (unexpected !== undefined) return `it takes no word such as ${unexpected}`;
  const name = /^Option '(?:-\w, )?--([\w-]+)/.exec(message)?.[1];
  if (name === undefined) return message.split(/\.\s/)[0] ?? message;
  if (options[name]?.type === "boolean") return `--${name} is a switch, and takes no value`;
  const next = words[words.indexOf(`--${name}`) + 1];
  if (next === undefined) return `--${name} needs a value behind it`;
  if (isBelowZero(next)) return `--${name} is ${next}, and takes nothing below zero`;
  return `--${name} needs a value, and ${next} looks like another option; if it is meant, write --${name}=${next}`;
}
