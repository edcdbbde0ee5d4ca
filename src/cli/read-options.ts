/** Options that are more than text. */
import { fail, type Instant, type LongmenError, money, parseRfc3339 } from "../base/index.ts";
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

export const QUANTITIES_RULE = "quantities are above zero";
export const AMOUNTS_RULE = "amounts are above zero";

/** A word such as TEA=100: how many of what. Refuses: cli.option_malformed. */
export function quantityIn(
  word: string,
  { command, form, of = /./ }: { readonly command: string; readonly form: string; of?: RegExp },
): { readonly of: string; readonly quantity: bigint } {
  const at = word.lastIndexOf("=");
  const [what, digits] = [word.slice(0, Math.max(at, 0)), word.slice(at + 1)];
  if (!of.test(what) || !/^-?\d{1,19}$/.test(digits)) {
    throw malformed(command, `"${word}" is not ${form}`);
  }
  const quantity = BigInt(digits);
  if (quantity > 0n) return { of: what, quantity };
  throw malformed(command, `"${word}" is not ${form}: ${QUANTITIES_RULE}`);
}

/** An amount that somebody is to pay or get. Refuses: cli.option_malformed, what `money` refuses. */
export function amountIn(asset: string, text: string, command: string): bigint {
  const amount = money(asset, text);
  if (amount > 0n) return amount;
  throw malformed(command, `${text} is not above zero: ${AMOUNTS_RULE}`);
}

export function malformed(command: string, problem: string): LongmenError {
  return fail(cliErrors, "option_malformed", { problem, command });
}
