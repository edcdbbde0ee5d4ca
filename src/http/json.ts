/** JSON as it should have been specified: no key twice in one object, no bottomless nesting. */
import { fail } from "../base/index.ts";
import { httpErrors } from "./http.errors.ts";
import { JSON_DEPTH_MAX } from "./limits.ts";

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const OPEN_CURLY = 123;
const CLOSE_CURLY = 125;

/**
 * Parses a body. A repeated key shows as a difference between the colons outside of strings and the
 * members of the value, so the usual body costs one look at its characters and no set of keys.
 * Refuses: http.body_not_json, http.body_too_deep, http.body_key_repeated.
 */
export function parseJson(text: string): unknown {
  const colons = countColons(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problem = error instanceof SyntaxError ? withoutExcerpt(error.message) : "unreadable";
    throw fail(httpErrors, "body_not_json", { problem });
  }
  if (countMembers(value) !== colons) {
    throw fail(httpErrors, "body_key_repeated", { key: repeatedKey(text) });
  }
  return value;
}

/** V8 quotes the text it could not read; a stranger's body has no place in answers and logs. */
function withoutExcerpt(message: string): string {
  const end = message.search(/, "|, \.\.\.|"/);
  return (end < 0 ? message : message.slice(0, end)).slice(0, 100) || "unexpected text";
}

/** Where the string that begins at `start` ends: the index of its closing quote, or the text's end. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function countColons(text: string): number {
  let colons = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = stringEnd(text, i);
        break;
      case COLON:
        colons += 1;
        break;
      case OPEN_CURLY:
      case OPEN_SQUARE:
        depth += 1;
        if (depth > JSON_DEPTH_MAX)
          throw fail(httpErrors, "body_too_deep", { max: JSON_DEPTH_MAX });
        break;
      case CLOSE_CURLY:
      case CLOSE_SQUARE:
        depth -= 1;
        break;
    }
  }
  return colons;
}

/** Nested no deeper than JSON_DEPTH_MAX by now, so recursion is safe. */
function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item);
    return count;
  }
  for (const key in value) {
    const member: unknown = (value as Record<string, unknown>)[key];
    count += typeof member === "object" ? 1 + countMembers(member) : 1;
  }
  return count;
}

/** Only asked when there is one: the first key that its object has already. */
function repeatedKey(text: string): string {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "{") open.push(new Set());
    else if (char === "[") open.push(undefined);
    else if (char === "}" || char === "]") open.pop();
    else if (char === '"') {
      const end = stringEnd(text, i);
      const isKey = /^\s*:/.test(text.slice(end + 1, end + 100));
      if (isKey) {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        if (open.at(-1)?.has(key)) return key;
        open.at(-1)?.add(key);
      }
      i = end;
    }
  }
  return "?";
}
