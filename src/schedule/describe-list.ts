/** Lists of values in words: what the descriptions of times and of dates have in common. */
import type { CronPart } from "./cron-fields.ts";

export type PlanLanguage = "en" | "zh";

type Span = Extract<CronPart, { kind: "span" }>;

/** "a", "a and b", "a, b and c"; with 、 in Chinese, where the last has no word of its own. */
export function joined(items: readonly string[], language: PlanLanguage, and = "and"): string {
  if (language === "zh") return items.join("、");
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} ${and} ${last}`;
}

/** The single value of a field that has just one; nothing for any other. */
export function onlyValue(parts: readonly CronPart[]): number | undefined {
  const values = fewValues(parts);
  return values?.length === 1 ? values[0] : undefined;
}

/** The values of a field of single values, in order and each once; nothing for any other. */
export function fewValues(parts: readonly CronPart[]): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of parts) {
    if (part.kind !== "span" || part.wildcard !== "none" || part.from !== part.to) return undefined;
    values.add(part.from);
  }
  return [...values].sort((one, other) => one - other);
}

/** The step of a field that is nothing but a wildcard; 1 for `*` itself. */
export function stepOfAll(parts: readonly CronPart[]): number | undefined {
  const [part, ...others] = parts;
  if (part?.kind !== "span" || part.wildcard === "none" || others.length > 0) return undefined;
  return part.step;
}

/** A span in words: "5", "1 to 5", "10 to 40 in steps of 3". */
export function spanWords(
  part: Span,
  nameOf: (value: number) => string,
  language: PlanLanguage,
): string {
  if (part.from === part.to) return nameOf(part.from);
  const [from, to] = [nameOf(part.from), nameOf(part.to)];
  if (language === "en") {
    return part.step === 1 ? `${from} to ${to}` : `${from} to ${to} in steps of ${part.step}`;
  }
  const range = `${spacedAfter(from)}至${spacedBefore(to)}`;
  return part.step === 1 ? range : `${range}（步长 ${part.step}）`;
}

/** Chinese and digits have a blank between them; Chinese and Chinese have none. */
export function spacedBefore(words: string): string {
  return /^\d/.test(words) ? ` ${words}` : words;
}

function spacedAfter(words: string): string {
  return /\d$/.test(words) ? `${words} ` : words;
}

/** "1st", "2nd", "3rd", "4th", … */
export function ordinal(value: number): string {
  const teens = value % 100 >= 11 && value % 100 <= 13;
  return `${value}${teens ? "th" : (["th", "st", "nd", "rd"][value % 10] ?? "th")}`;
}

/** The spans of a field, in words. */
export function listWords(
  parts: readonly CronPart[],
  nameOf: (value: number) => string,
  language: PlanLanguage,
): string {
  const words = parts.flatMap((part) => {
    return part.kind === "span" ? [spanWords(part, nameOf, language)] : [];
  });
  return joined(words, language);
}
