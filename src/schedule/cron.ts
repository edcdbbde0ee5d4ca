/**
 * Cron expressions by the Open Cron Pattern Specification, 1.0 to 1.4. Text in, a value with its
 * fields out, and back. Source: github.com/open-source-cron/ocps, 1.0 and 1.1 final, 1.2 to 1.4 as
 * drafted in 2025. Where it leaves a choice, README.md says which one was made.
 */
import { fail } from "../base/index.ts";
import {
  type CronPart,
  type FieldKey,
  fieldKeys,
  fieldRules,
  fieldText,
  readField,
} from "./cron-fields.ts";
import { nearest } from "./nearest.ts";
import { scheduleErrors } from "./schedule.errors.ts";

/** The longest cron expression that is looked at, in characters. */
export const CRON_TEXT_MAX = 1000;

/** An expression with times. */
export interface CronTimes {
  readonly kind: "times";
  /** As it was written, without blanks around it. */
  readonly text: string;
  readonly fields: Readonly<Record<FieldKey, readonly CronPart[]>>;
  /** Was there a `+`: must the day of month and the day of week both fit? */
  readonly both: boolean;
}

/** `@reboot`: no times, but an event that this room knows nothing of. */
export interface CronReboot {
  readonly kind: "reboot";
  readonly text: "@reboot";
}

export type Cron = CronTimes | CronReboot;

const nicknames: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * Reads a cron expression: five fields (minute, hour, day of month, month, day of week), six with
 * seconds before them, seven with years behind them, or a nickname such as `@daily`. A day that
 * never comes, such as 30 February, is no mistake of writing; `readPlan` refuses it.
 * Refuses: schedule.cron_malformed (with `field` from 1, `name`, `text`, `at`, `allowed`).
 */
export function parseCron(text: string): Cron {
  const trimmed = typeof text === "string" ? text.replace(/^[ \t]+|[ \t]+$/g, "") : "";
  if (trimmed.startsWith("@")) return readNickname(trimmed);
  const tokens = tokensOf(trimmed);
  checkCount(text, trimmed, tokens);
  return readTimes(trimmed, tokens);
}

function readTimes(text: string, tokens: readonly Token[]): CronTimes {
  const keys = keysFor(tokens.length);
  const fields: Partial<Record<FieldKey, readonly CronPart[]>> = {};
  let both = false;
  for (const [index, key] of keys.entries()) {
    const token = tokens[index] ?? { text: "", from: 0 };
    const read = readField(fieldRules[key], token.text);
    if ("complaint" in read) {
      throw fail(scheduleErrors, "cron_malformed", {
        expression: text,
        field: index + 1,
        name: fieldRules[key].name,
        text: read.complaint.text,
        at: token.from + read.complaint.from,
        problem: read.complaint.problem,
        allowed: fieldRules[key].allowed,
      });
    }
    fields[key] = read.parts;
    both ||= read.both;
  }
  const { second = ZERO, minute = ZERO, hour = ZERO, day = ZERO, month = ZERO } = fields;
  const { weekday = ZERO, year = EVERY_YEAR } = fields;
  return {
    kind: "times",
    text,
    fields: { second, minute, hour, day, month, weekday, year },
    both,
  };
}

const ZERO: readonly CronPart[] = [{ kind: "span", wildcard: "none", from: 0, to: 0, step: 1 }];
const EVERY_YEAR: readonly CronPart[] = [
  { kind: "span", wildcard: "whole", from: fieldRules.year.min, to: fieldRules.year.max, step: 1 },
];

interface Token {
  readonly text: string;
  readonly from: number;
}

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(/[^ \t]+/g)].map((match) => ({ text: match[0], from: match.index }));
}

/** Which fields an expression of so many has. */
function keysFor(count: number): readonly FieldKey[] {
  if (count === 5) return fieldKeys.slice(1, 6);
  return fieldKeys.slice(0, count);
}

const ORDER =
  "five fields: minute, hour, day of month, month, day of week; six with the second before them, seven with the year behind these";

function checkCount(given: unknown, text: string, tokens: readonly Token[]): void {
  const refuse = (field: number, name: string, token: Token, problem: string) =>
    fail(scheduleErrors, "cron_malformed", {
      expression: text.slice(0, CRON_TEXT_MAX),
      field,
      name,
      text: token.text.slice(0, CRON_TEXT_MAX),
      at: token.from,
      problem,
      allowed: ORDER,
    });
  const none: Token = { text: "", from: text.length };
  if (typeof given !== "string") throw refuse(1, "minute", none, "it is no text");
  if (text.length > CRON_TEXT_MAX) {
    throw refuse(1, "minute", none, `it has over ${CRON_TEXT_MAX} characters`);
  }
  const missing = fieldKeys[tokens.length + 1];
  if (tokens.length < 5 && missing !== undefined) {
    const { name } = fieldRules[missing];
    throw refuse(tokens.length + 1, name, none, `it is missing; there are ${tokens.length} fields`);
  }
  const extra = tokens[7];
  if (extra !== undefined) {
    throw refuse(8, "one too many", extra, `${tokens.length} fields are too many`);
  }
}

function readNickname(text: string): Cron {
  if (text === "@reboot") return { kind: "reboot", text };
  const meant = Object.hasOwn(nicknames, text) ? nicknames[text] : undefined;
  if (meant !== undefined) return { ...readTimes(meant, tokensOf(meant)), text };
  const known = [...Object.keys(nicknames), "@reboot"];
  const [word = ""] = text.split(/[ \t]/, 1);
  const near = nearest(word, known, 1);
  const problem = known.includes(word)
    ? `${word} stands with something beside it; a nickname stands alone`
    : `"${word}" is no nickname${near.length > 0 ? `; is ${near[0]} meant?` : ""}`;
  throw fail(scheduleErrors, "cron_malformed", {
    expression: text.slice(0, CRON_TEXT_MAX),
    field: 1,
    name: "nickname",
    text: word.slice(0, CRON_TEXT_MAX),
    at: 0,
    problem,
    allowed: `${known.join(", ")}, in lower case and alone, or ${ORDER}`,
  });
}

/**
 * Writes an expression in one spelling that `parseCron` reads as the same fields: nicknames and names
 * as numbers, seconds and years only where they say something.
 */
export function cronText(cron: Cron): string {
  if (cron.kind === "reboot") return cron.text;
  const texts = fieldKeys.map((key) =>
    fieldText(fieldRules[key], cron.fields[key], cron.both && key === "weekday"),
  );
  if (texts[6] !== "*") return texts.join(" ");
  return texts.slice(texts[0] === "0" ? 1 : 0, 6).join(" ");
}

/** Was one of the field's parts written with a `*`? */
export function isStarred(parts: readonly CronPart[]): boolean {
  return parts.some((part) => part.kind === "span" && part.wildcard !== "none");
}

/**
 * Is the field unrestricted? By the specification's 6.1 only a `*` as its first part makes it so: `1-31`
 * and a step over `*` restrict, although they may let everything through.
 */
export function isUnrestricted(parts: readonly CronPart[]): boolean {
  const first = parts[0];
  return first?.kind === "span" && first.wildcard === "whole";
}
