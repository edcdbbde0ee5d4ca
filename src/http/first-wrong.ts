/**
 * The first thing wrong with what came in, in words and with its place. Where it may be one of several shapes, it is
 * held to the nearest: the one of which least is missing and that knows most of its fields.
 */
import type { TSchema } from "typebox";

/** As the validator tells it. */
export interface Wrong {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly message: string;
  readonly keyword: string;
  readonly params: object;
}

interface First {
  readonly path: string;
  readonly problem: string;
}

const isUnder = (path: string, above: string): boolean =>
  path === above || path.startsWith(`${above}/`);

const isUnknownField = ({ keyword, message }: Wrong): boolean =>
  keyword === "boolean" && message === "schema is false";

/** What is unknown comes before what is missing: often the one is the other, misspelt. */
export function firstWrong(schema: TSchema, errors: readonly Wrong[]): First {
  const unions = errors.filter(({ keyword }) => keyword === "anyOf");
  const outside = errors.filter((error) => !unions.some((union) => isInside(error, union)));
  const unknown = outside.find(isUnknownField);
  if (unknown !== undefined) return { path: unknown.instancePath, problem: "is no field of this" };
  const [first] = outside;
  if (first === undefined) return { path: "", problem: "is not as it should be" };
  const { instancePath: path } = first;
  if (first.keyword !== "anyOf") return { path, problem: inWords(schema, first) };
  const alternatives = alternativesOf(first, errors);
  const problem = choiceOf(alternatives.flat(), path);
  if (problem !== undefined) return { path, problem };
  const nearest = nearestOf(alternatives, path);
  return nearest === undefined
    ? { path, problem: formOf(schema, first) }
    : firstWrong(schema, nearest);
}

function isInside(error: Wrong, union: Wrong): boolean {
  return (
    error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`) &&
    isUnder(error.instancePath, union.instancePath)
  );
}

/** What each shape of a union finds wrong. */
function alternativesOf(union: Wrong, errors: readonly Wrong[]): readonly (readonly Wrong[])[] {
  const found = new Map<string, Wrong[]>();
  for (const error of errors) {
    if (error === union || !isInside(error, union)) continue;
    const [number = ""] = error.schemaPath.slice(`${union.schemaPath}/anyOf/`.length).split("/", 1);
    found.set(number, [...(found.get(number) ?? []), error]);
  }
  return [...found.values()];
}

/** Undefined: it is of another kind than all of them. */
function nearestOf(
  alternatives: readonly (readonly Wrong[])[],
  path: string,
): readonly Wrong[] | undefined {
  let nearest: readonly Wrong[] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const errors of alternatives) {
    if (errors.some(({ keyword, instancePath }) => keyword === "type" && instancePath === path)) {
      continue;
    }
    const far = errors.reduce((sum, error) => sum + strangeness(error, path), 0);
    if (far < least) [nearest, least] = [errors, far];
  }
  return nearest;
}

/** Fields of the shape itself that it doesn't know, or lacks. */
function strangeness({ keyword, params, instancePath }: Wrong, path: string): number {
  if (instancePath !== path) return 0;
  if (keyword === "required" && "requiredProperties" in params)
    return sizeOf(params.requiredProperties);
  if (keyword === "additionalProperties" && "additionalProperties" in params) {
    return sizeOf(params.additionalProperties);
  }
  return 0;
}

const sizeOf = (list: unknown): number => (Array.isArray(list) ? list.length : 1);

const CHOICES_MAX = 20;

/** Where one of some words is due, which. */
function choiceOf(errors: readonly Wrong[], path: string): string | undefined {
  const here = errors.filter((error) => error.instancePath === path);
  const words = here.flatMap(({ params }) =>
    "allowedValue" in params ? [params.allowedValue] : [],
  );
  if (words.length === 0 || words.length < errors.length || words.length > CHOICES_MAX) {
    return undefined;
  }
  const shown = words.map((word) => (typeof word === "string" ? word : JSON.stringify(word)));
  return shown.length === 1 ? `is not ${shown[0]}` : `is none of ${shown.join(", ")}`;
}

function inWords(schema: TSchema, error: Wrong): string {
  const { keyword, params, message } = error;
  if (keyword === "required" && "requiredProperties" in params) {
    return `lacks ${[params.requiredProperties].flat().join(", ")}`;
  }
  if (keyword === "const" || keyword === "enum") {
    return choiceOf([error], error.instancePath) ?? message;
  }
  return keyword === "pattern" ? formOf(schema, error) : message;
}

/** What is due there, as the reference says it: a pattern is for machines. */
function formOf(schema: TSchema, { schemaPath }: Wrong): string {
  const { description, examples } = shapeAt(schema, schemaPath);
  const example = Array.isArray(examples) ? `, such as ${JSON.stringify(examples[0])}` : "";
  if (typeof description !== "string") return `is not of its form${example}`;
  return `is not this: ${description.replace(/\.$/, "")}${example}`;
}

function shapeAt(schema: TSchema, path: string): Readonly<Record<string, unknown>> {
  let shape: unknown = schema;
  for (const key of path.split("/").slice(1)) {
    shape = (shape as Readonly<Record<string, unknown>> | undefined)?.[key];
  }
  return (shape ?? {}) as Readonly<Record<string, unknown>>;
}
