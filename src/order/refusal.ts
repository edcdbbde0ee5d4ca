/** What an order refuses, and in which words a buyer hears it. */
import { fillPlaces, formatAmount, isAssetCode } from "../base/index.ts";
import { orderErrors } from "./order.errors.ts";
import type { Refused } from "./order.ts";
import type { RefusalCode } from "./refusal-code.ts";
import { chineseNames, chineseWords } from "./words.ts";

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
  const told = withMoney(details);
  const words = (en: string, zh: string): Words => ({
    en: fillPlaces(en, told),
    zh: fillPlaces(zh, { ...told, ...named(told) }),
  });
  return {
    message: words(english.message, chinese.message),
    advice: words(english.advice, chinese.advice),
  };
}

/** Amounts of a refusal that names its money. */
const AMOUNTS = ["total", "seen", "given", "asked", "left"] as const;

/** People read 18.00 CNY, not 1800. */
function withMoney(details: Refused["details"]): Refused["details"] {
  const { asset } = details;
  if (!isAssetCode(asset)) return details;
  const [name = ""] = asset.split("/");
  const written = AMOUNTS.flatMap((key) => {
    const minor = details[key];
    if (typeof minor !== "string") return [];
    return [[key, `${formatAmount(asset, BigInt(minor))} ${name}`] as const];
  });
  return { ...details, ...Object.fromEntries(written) };
}

/** What is done, and how an order stands, as one says it in Chinese. */
function named({ state, act }: Refused["details"]): Refused["details"] {
  return {
    ...(isNamed(state) ? { state: chineseNames[state] } : {}),
    ...(isNamed(act) ? { act: chineseNames[act] } : {}),
  };
}

const isNamed = (value: unknown): value is keyof typeof chineseNames =>
  typeof value === "string" && Object.hasOwn(chineseNames, value);
