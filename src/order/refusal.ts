/** What an order refuses, and in which words a buyer hears it. */
import { orderErrors } from "./order.errors.ts";
import type { Refused } from "./order.ts";
import type { RefusalCode } from "./refusal-code.ts";
import { chineseWords } from "./words.ts";

export function refuse(
  code: RefusalCode,
  details: Readonly<Record<string, string | number>> = {},
): Refused {
  return { status: "refused", code, details };
}

export interface Words {
  readonly en: string;
  readonly zh: string;
}

/** What happened, and what to do now, as a buyer reads it. */
export function refusalWords({ code, details }: Refused): { message: Words; advice: Words } {
  const reason = code.slice("order.".length) as keyof typeof orderErrors.rows;
  const english = orderErrors.rows[reason];
  const chinese = chineseWords[code];
  const words = (en: string, zh: string): Words => ({
    en: filled(en, details),
    zh: filled(zh, details),
  });
  return {
    message: words(english.message, chinese.message),
    advice: words(english.advice, chinese.advice),
  };
}

function filled(text: string, details: Refused["details"]): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(details[name] ?? place));
}
