/** Reads what a stranger gave, tells all that is wrong with it at once, and never throws on its shape. */
import { fail } from "../base/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import type { Words } from "./words.ts";

export interface Problem {
  readonly at: string;
  readonly expected: string;
}

export type Fields = Readonly<Record<string, unknown>>;

const PROBLEMS_MAX = 100;
export const TEXT_MAX_LENGTH = 4_000;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const NO_FIELDS: Fields = Object.freeze({});

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isText = (value: unknown, max: number): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= max && value.isWellFormed();

export class Reading {
  readonly problems: Problem[] = [];

  problem(at: string, expected: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push({ at, expected });
  }

  must(holds: boolean, at: string, expected: string): void {
    if (!holds) this.problem(at, expected);
  }

  /** Refuses: catalog.definition_malformed, with every problem. */
  done(what: string): void {
    if (this.problems.length === 0) return;
    const problems = this.problems.map(({ at, expected }) => `${at} is not ${expected}`);
    throw fail(catalogErrors, "definition_malformed", {
      what,
      problems,
      mistakes: this.problems,
    });
  }

  fields(at: string, value: unknown, known: readonly string[]): Fields {
    if (!isFields(value)) {
      this.problem(at, "an object");
      return NO_FIELDS;
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key) && value[key] !== undefined)
        this.problem(`${at}/${key}`, "a field of it");
    }
    return value;
  }

  list(at: string, value: unknown, min: number, max: number): readonly unknown[] {
    if (Array.isArray(value) && value.length >= min && value.length <= max) {
      return value as readonly unknown[];
    }
    this.problem(at, `a list of ${min} to ${max}`);
    return [];
  }

  text(at: string, value: unknown, max = TEXT_MAX_LENGTH): string {
    if (isText(value, max) && !CONTROL.test(value)) return value;
    this.problem(at, `one line of 1 to ${max} characters`);
    return "";
  }

  /** May have several lines, parted by a line feed. */
  lines(at: string, value: unknown, max = TEXT_MAX_LENGTH): string {
    if (isText(value, max) && !CONTROL.test(value.replaceAll("\n", " "))) return value;
    this.problem(at, `a text of 1 to ${max} characters`);
    return "";
  }

  oneOf<const T extends string>(at: string, value: unknown, known: readonly T[]): T | undefined {
    const found = known.find((one) => one === value);
    if (found === undefined) this.problem(at, `one of ${known.join(", ")}`);
    return found;
  }

  integer(at: string, value: unknown, min: number, max: number): number {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) {
      return value as number;
    }
    this.problem(at, `a whole number from ${min} to ${max}`);
    return min;
  }

  /** A bigint, or its decimal text. */
  big(at: string, value: unknown, min: bigint, max: bigint): bigint {
    const isText = typeof value === "string" && /^(0|[1-9][0-9]{0,18})$/.test(value);
    const read = typeof value === "bigint" ? value : isText ? BigInt(value) : undefined;
    if (read !== undefined && read >= min && read <= max) return read;
    this.problem(at, `a whole number from ${min} to ${max}, as a bigint or as text`);
    return min;
  }

  flag(at: string, value: unknown): boolean {
    if (value !== undefined && typeof value !== "boolean") this.problem(at, "true or false");
    return value === true;
  }

  words(at: string, value: unknown, max = 200): Words {
    const { en, zh } = this.fields(at, value, ["en", "zh"]);
    const read = this.text(`${at}/en`, en, max);
    return zh === undefined ? { en: read } : { en: read, zh: this.text(`${at}/zh`, zh, max) };
  }

  /** A description in both languages. */
  prose(at: string, value: unknown): Words {
    const { en, zh } = this.fields(at, value, ["en", "zh"]);
    const read = this.lines(`${at}/en`, en);
    return zh === undefined ? { en: read } : { en: read, zh: this.lines(`${at}/zh`, zh) };
  }

  maybe<T>(value: unknown, read: (given: unknown) => T): T | undefined {
    return value === undefined ? undefined : read(value);
  }
}
