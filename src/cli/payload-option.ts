/** JSON on the command line, as over HTTP: `{"$":"bigint","v":"12"}` is a bigint. And answers in both forms. */
import { payloadFromJson } from "../flow/index.ts";
import { type CommandContext, textOption } from "./command.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { malformed } from "./read-options.ts";

/** Refuses: cli.option_malformed. */
export function jsonIn(context: CommandContext, command: string, name: string): unknown {
  const text = textOption(context, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed(command, `--${name} is no JSON; a text needs its quotes: '"text"'`);
  }
}

/** Refuses: cli.option_malformed, flow.payload_unfit. */
export function payloadOption(context: CommandContext, command: string, name: string): unknown {
  const json = jsonIn(context, command, name);
  return json === undefined ? undefined : payloadFromJson(`--${name}`, json);
}

/** The one object of --json, or the text. */
export function answer(
  { terminal, options }: CommandContext,
  json: object,
  text: string,
): ExitCode {
  terminal.answer(options["json"] === true ? JSON.stringify(json) : text);
  return exitCodes.done;
}

/** The words behind the verb, so many and no more. Refuses: cli.option_malformed. */
export function wordsAfter(
  { words: [verb = "", ...rest] }: CommandContext,
  command: string,
  names: readonly string[],
): readonly string[] {
  if (rest.length === names.length) return rest;
  const wanted = names.length === 0 ? "no more words" : names.join(" ");
  throw malformed(command, `${verb} takes ${wanted}`);
}
