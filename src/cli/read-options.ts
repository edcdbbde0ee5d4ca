/** Options that are more than text. */
import { fail, type Instant, type LongmenError, parseRfc3339 } from "../base/index.ts";
import { cliErrors } from "./cli.errors.ts";
import { type CommandContext, textOption } from "./command.ts";

/** A whole number within its bounds. Refuses: cli.option_malformed. */
export function wholeOption(
  context: CommandContext,
  name: string,
  limits: { readonly command: string; readonly least?: number; readonly most: number },
): number | undefined {
  const { command, least = 0, most } = limits;
  const text = textOption(context, name);
  if (text === undefined) return undefined;
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw malformed(command, `--${name} is a whole number from ${least} to ${most}`);
}

/** Refuses: base.time_malformed. */
export function timeOption(context: CommandContext, name: string): Instant | undefined {
  const text = textOption(context, name);
  return text === undefined ? undefined : parseRfc3339(text);
}

export function malformed(command: string, problem: string): LongmenError {
  return fail(cliErrors, "option_malformed", { problem, command });
}
