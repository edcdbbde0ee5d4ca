/** What an order refuses, and in which words a buyer hears it. */
import { fillPlaces, formatAmount, isAssetCode } from "../base/index.ts";
import { orderErrors } from "./order.errors.ts";
import type { Refused } from "./order.ts";
import type { RefusalCode } from "./refusal-code.ts";
import { chineseKeys, chineseNames, chineseWords, englishActs, purseWords } from "./words.ts";

export function refuse(
  code: RefusalCode,
  details: Readonly<Record<string, string | number>> = {},
): Refused {
  return { status: "refused", code, details };
}

/** One that an act answers, and that has words for buyers. */
export const isRefusalCode = (code: string): code is RefusalCode =>
  Object.hasOwn(chineseWords, code);

export interface Words {
  readonly en: string;
  readonly zh: string;
}

/** What happened, and what to do now, as a buyer reads it. */
export function refusalWords({ code, details }: Refused): { message: Words; advice: Words } {
  const reason = code.slice("order.".length) as keyof typeof orderErrors.rows;
  const english = orderErrors.rows[reason];
  const chinese = chineseWords[code];
  const told = withTime(withMoney(details));
  const purse = purseWords(String(details["account"] ?? ""));
  const act = isAct(told["act"]) ? { act: englishActs[told["act"]] } : {};
  const { keyOf = "payment" } = told;
  const words = (en: string, zh: string): Words => ({
    en: fillPlaces(en, { keyOf, ...told, ...act, purse: purse.en }),
    zh: fillPlaces(zh, { ...told, ...named(told), keyOf: chineseKeys[keyOf], purse: purse.zh }),
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
  return { ...details, ...Object.fromEntries(written), money: name };
}

/** People read 2026-11-22 10:15 UTC; a door's own caller reads the details. */
function withTime(details: Refused["details"]): Refused["details"] {
  const { until } = details;
  const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d/.exec(String(until ?? "")) ?? [];
  return day === undefined ? details : { ...details, until: `${day} ${time} UTC` };
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

const isAct = (value: unknown): value is keyof typeof englishActs =>
  typeof value === "string" && Object.hasOwn(englishActs, value);
