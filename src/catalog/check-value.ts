/** Is this a value of the attribute? Told in both languages where it is not. */
import { type Attribute, decimalDigits, isDate, type Value } from "./attribute.ts";
import { fits } from "./text-pattern.ts";
import type { Mistake, Words } from "./words.ts";

type Wrong = { readonly code: string; readonly message: Required<Words> } | undefined;

const wrong = (code: string, en: string, zh: string): Wrong => ({ code, message: { en, zh } });
const CONTROL = /\p{Cc}/u;

/** Where it stands and what is wrong with it, or undefined. */
export function valueMistake(
  attribute: Attribute,
  value: unknown,
  at: string,
): Mistake | undefined {
  const found = judge(attribute, value);
  if (found === undefined) return undefined;
  const { en, zh } = attribute.label;
  return {
    at,
    code: found.code,
    message: { en: `${en}: ${found.message.en}`, zh: `${zh ?? en}：${found.message.zh}` },
  };
}

export function isValueOf(attribute: Attribute, value: unknown): value is Value {
  return judge(attribute, value) === undefined;
}

function judge(attribute: Attribute, value: unknown): Wrong {
  switch (attribute.kind) {
    case "text":
      return textWrong(attribute, value);
    case "integer": {
      const { min, max } = attribute;
      const isIn = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
      if (isIn) return undefined;
      return wrong(
        "not_in_range",
        `a whole number from ${min} to ${max}`,
        `须为 ${min} 到 ${max} 的整数`,
      );
    }
    case "decimal":
      return decimalWrong(attribute, value);
    case "boolean":
      if (typeof value === "boolean") return undefined;
      return wrong("not_a_boolean", "true or false", "须为是或否");
    case "choice": {
      if (attribute.choices.some((choice) => choice.value === value)) return undefined;
      const labels = attribute.choices.slice(0, 10).map(({ label }) => label);
      const en = labels.map((label) => label.en).join(", ");
      const zh = labels.map((label) => label.zh ?? label.en).join("、");
      return wrong("not_a_choice", `choose one of ${en}`, `请选择：${zh}`);
    }
    case "date": {
      const { min, max } = attribute;
      if (isDate(value) && value >= min && value <= max) return undefined;
      return wrong("not_a_date", `a day from ${min} to ${max}`, `须为 ${min} 至 ${max} 的日期`);
    }
  }
}

function textWrong(attribute: Attribute & { readonly kind: "text" }, value: unknown): Wrong {
  const { minLength: min, maxLength: max, pattern } = attribute;
  if (typeof value !== "string" || !value.isWellFormed() || CONTROL.test(value)) {
    return wrong("not_a_text", "one line of text", "须为一行文字");
  }
  // No character is more than two units: longer texts are not counted.
  const length = value.length > 2 * max ? Infinity : Array.from(value).length;
  if (length < min || length > max) {
    return wrong("wrong_length", `${min} to ${max} characters`, `须为 ${min} 到 ${max} 个字符`);
  }
  if (pattern === undefined || fits(pattern, value)) return undefined;
  return wrong("wrong_form", `it is written like ${pattern}`, `格式须为 ${pattern}`);
}

function decimalWrong(attribute: Attribute & { readonly kind: "decimal" }, value: unknown): Wrong {
  const { scale, min, max } = attribute;
  const digits = typeof value === "string" ? decimalDigits(value, scale) : undefined;
  const [least, most] = [decimalDigits(min, scale), decimalDigits(max, scale)];
  if (digits !== undefined && least !== undefined && most !== undefined) {
    if (digits >= least && digits <= most) return undefined;
  }
  const en = `a number from ${min} to ${max}, written with ${scale} decimals`;
  return wrong("not_in_range", en, `须为 ${min} 到 ${max} 之间、带 ${scale} 位小数的数`);
}
