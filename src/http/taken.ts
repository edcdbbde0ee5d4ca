/**
 * Checks of what came in: a schema compiled once, and the first thing wrong as a refusal with its
 * place. Nothing is converted, nothing filled in, nothing dropped.
 */
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { fail, type LongmenError } from "../base/index.ts";
import { firstWrong, type Wrong } from "./first-wrong.ts";
import { httpErrors } from "./http.errors.ts";

/** A shape of something that comes in, and the function that holds it to it. */
export interface Taken<T> {
  /** What the reference shows. */
  readonly schema: TSchema;
  /** Answers the value itself. `at`: the JSON pointer of where it stands. */
  readonly take: (value: unknown, at: string) => T;
  /**
   * The same straight from a body's bytes, for a usual one; undefined: it goes the long way, which
   * also says what is wrong with it.
   */
  readonly read?: (bytes: Buffer) => T | undefined;
}

/** Refuses: http.body_malformed. */
export function taken<S extends TSchema>(schema: S): Taken<Static<S>> {
  const validator = Compile(schema);
  return {
    schema,
    take(value, at) {
      if (validator.Check(value)) return value;
      throw bodyError(schema, validator.Errors(value), value, at);
    },
  };
}

/**
 * One of several shapes, told apart by `kind`; without one it is `fallback`. Checking only the shape
 * that was meant gives an answer about that shape instead of one about all.
 * Refuses: http.body_malformed.
 */
export function takenByKind<S extends TSchema>(
  kinds: Readonly<Record<string, S>>,
  fallback?: string,
): Taken<Static<S>> {
  const validators = new Map(Object.entries(kinds).map(([kind, schema]) => [kind, taken(schema)]));
  const schema = { oneOf: Object.values(kinds) } as unknown as TSchema;
  return {
    schema,
    take(value, at) {
      const kind: unknown = isObject(value) ? (value["kind"] ?? fallback) : fallback;
      const one = typeof kind === "string" ? validators.get(kind) : undefined;
      if (one !== undefined) return one.take(value, at);
      const known = [...validators.keys()].join(", ");
      const problem = `kind is one of ${known}`;
      throw fail(httpErrors, "body_malformed", { problem, pointer: `${at}/kind` });
    },
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const POINTER_MAX = 200;

function bodyError(
  schema: TSchema,
  errors: readonly Wrong[],
  value: unknown,
  at: string,
): LongmenError {
  if (value === undefined) {
    return fail(httpErrors, "body_malformed", { problem: "there is none", pointer: "" });
  }
  const { path, problem } = firstWrong(schema, errors);
  const pointer = `${at}${path}`.slice(0, POINTER_MAX);
  return fail(httpErrors, "body_malformed", { problem: `${pointer} ${problem}`.trim(), pointer });
}

/** For queries and paths, where a field has a name and no pointer. */
export function takenFields<S extends TSchema>(
  schema: S,
  reason: "query_malformed" | "path_malformed",
): (value: unknown) => Static<S> {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) {
      checkStorable(value, reason);
      return value;
    }
    const { path, problem } = firstWrong(schema, validator.Errors(value));
    throw fail(httpErrors, reason, { problem: `${path.slice(1, POINTER_MAX)} ${problem}`.trim() });
  };
}

/** PostgreSQL's text holds no NUL; a question with one is no question about anything. */
function checkStorable(fields: unknown, reason: "query_malformed" | "path_malformed"): void {
  for (const value of Object.values(fields as Record<string, unknown>)) {
    if (typeof value !== "string" || !value.includes("\u0000")) continue;
    throw fail(httpErrors, reason, { problem: "NUL stands in no name" });
  }
}
