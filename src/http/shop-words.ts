/** What a problem of catalogue and rules says besides: what its words speak of, in both languages, and every mistake. */
import type { LongmenError } from "../base/index.ts";
import { refusalWords as catalogWords } from "../catalog/index.ts";
import { refusalWords as paymentWords } from "../payment/index.ts";
import { refusalWords as rulesWords } from "../rules/index.ts";
import { isObject } from "./taken.ts";

export interface Mistaken {
  /** A pointer into what was sent; a field of a rule's input; or the node, row and column of a rule. */
  readonly at: string;
  readonly en: string;
  readonly zh?: string | undefined;
}

export interface ShopWords {
  readonly details: Readonly<Record<string, string | number>>;
  readonly words?: { readonly en: string; readonly zh: string };
  readonly mistakes?: readonly Mistaken[];
}

type WordsOf = (
  error: LongmenError,
) =>
  | Readonly<
      Record<"message" | "advice", { readonly en: string; readonly zh?: string | undefined }>
    >
  | undefined;

const wordsOfRoom: Readonly<Record<string, WordsOf>> = {
  catalog: catalogWords,
  payment: paymentWords,
  rules: rulesWords,
};

/** What speaks of how a rule is made: whoever only buys has the words for buyers, and no more. */
const OF_RULES = /^(rules\.|catalog\.rule_)/;
const TOLD_BUYERS = ["name", "rule", "version", "sku", "field", "decisionId"] as const;
/** These are about what the buyer filled in. */
const OF_INPUT: ReadonlySet<string> = new Set(["rules.input_refused", "rules.field_malformed"]);

/** What of it is told to who only buys: of a rule that failed no more than that it did. */
export function forBuyer(
  told: ShopWords,
  error: LongmenError,
): ShopWords & { readonly detail?: string; readonly advice?: string } {
  const words = OF_RULES.test(error.code) ? wordsOf(error) : undefined;
  if (words === undefined) return told;
  const { mistakes, details } = told;
  const left = TOLD_BUYERS.flatMap((key) => {
    const value = details[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...(told.words === undefined ? {} : { words: told.words }),
    ...{ detail: words.message.en, advice: words.advice.en },
    details: Object.fromEntries(left),
    ...(mistakes !== undefined && OF_INPUT.has(error.code) ? { mistakes } : {}),
  };
}

/** As a buyer may read it, in English. */
export function buyersText(error: LongmenError): string {
  return wordsOf(error)?.message.en ?? error.message;
}

function wordsOf(error: LongmenError): ReturnType<WordsOf> {
  const [room = ""] = error.code.split(".", 1);
  return Object.hasOwn(wordsOfRoom, room) ? wordsOfRoom[room]?.(error) : undefined;
}

/** Undefined: it is not about what is sold. */
export function shopWordsOf(error: LongmenError): ShopWords | undefined {
  const [room = ""] = error.code.split(".", 1);
  if (!Object.hasOwn(wordsOfRoom, room)) return undefined;
  const { message, advice } = wordsOf(error) ?? {};
  const mistakes = mistakesOf(error.details);
  return {
    details: plainOf(error.details),
    ...(message?.zh === undefined
      ? {}
      : {
          words: {
            en: `${message.en} ${advice?.en ?? ""}`.trim(),
            zh: `${message.zh}${advice?.zh ?? ""}`,
          },
        }),
    ...(mistakes.length === 0 ? {} : { mistakes }),
  };
}

const TEXT_MAX = 500;

function plainOf(details: LongmenError["details"]): Record<string, string | number> {
  const plain: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(details)) {
    if (typeof value === "number" && Number.isFinite(value)) plain[key] = value;
    else if (typeof value === "bigint") plain[key] = value.toString();
    else if (typeof value === "string") plain[key] = value.slice(0, TEXT_MAX);
  }
  return plain;
}

const MISTAKES_MAX = 100;

/** Rooms name them `mistakes` or `places`. */
function mistakesOf({ mistakes, places, line }: LongmenError["details"]): readonly Mistaken[] {
  const base = typeof line === "number" ? `/lines/${line}` : "";
  const list: unknown = mistakes ?? places;
  if (!Array.isArray(list)) return [];
  return list.slice(0, MISTAKES_MAX).map((one: unknown) => mistakeOf(one, base));
}

function mistakeOf(one: unknown, base: string): Mistaken {
  if (!isObject(one)) return { at: base, en: String(one) };
  const { at, message } = one;
  if (typeof at !== "string") return placed(one);
  const { en, zh } = isObject(message) ? message : { en: `is not ${textOf(one["expected"])}` };
  const told = typeof zh === "string" ? { zh } : {};
  return { at: `${base}${at}`, en: textOf(en), ...told };
}

/** Of a rule: where in the file it is. */
function placed({ node, row, column, problem }: Readonly<Record<string, unknown>>): Mistaken {
  const places = [
    node === undefined ? undefined : textOf(node),
    row === undefined ? undefined : `row ${textOf(row)}`,
    column === undefined ? undefined : `column ${textOf(column)}`,
  ];
  return { at: places.filter((one) => one !== undefined).join(", "), en: textOf(problem) };
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");
