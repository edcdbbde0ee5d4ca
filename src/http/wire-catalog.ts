/** The catalogue on the wire: bigints as strings, instants as RFC 3339 text, both ways. */
import { fail, LongmenError, toRfc3339 } from "../base/index.ts";
import type {
  EditOptions,
  Hit,
  ImportReport,
  ItemView,
  Kind,
  PricePlan,
  Saved,
  Scheme,
  Search,
  Values,
  VersionView,
} from "../catalog/index.ts";
import { catalogErrors, refusalWords } from "../catalog/index.ts";
import { httpErrors } from "./http.errors.ts";
import { parseJson } from "./json.ts";
import { isObject } from "./taken.ts";
import { instantOf } from "./wire-in.ts";

/** Bigints as decimal text; what is undefined isn't there. */
export function plainWire(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plainWire);
  if (!isObject(value)) return value;
  const pairs = Object.entries(value).filter(([, held]) => held !== undefined);
  return Object.fromEntries(pairs.map(([key, held]) => [key, plainWire(held)]));
}

interface EditAsked {
  readonly expected?: number | undefined;
  readonly effectiveFrom?: string | undefined;
}

/** Refuses: http.body_malformed. */
export function editOf(asked: EditAsked, otherwise: number): EditOptions {
  const { expected, effectiveFrom } = asked;
  return {
    version: expected ?? otherwise,
    ...(effectiveFrom === undefined
      ? {}
      : { effectiveFrom: instantOf(effectiveFrom, "/effectiveFrom") }),
  };
}

/** A plan's phases begin at instants: text here, milliseconds within. What is none of these its room refuses. */
export function planIn(given: unknown): unknown {
  if (!isObject(given)) return given;
  return { ...given, scheme: schemeIn(given["scheme"], "/plan/scheme") };
}

function schemeIn(given: unknown, at: string): unknown {
  if (!isObject(given)) return given;
  const { phases, levels, otherwise } = given;
  return {
    ...given,
    ...(Array.isArray(phases)
      ? { phases: phases.map((phase: unknown, i) => phaseIn(phase, `${at}/phases/${i}`)) }
      : {}),
    ...(isObject(levels)
      ? {
          levels: Object.fromEntries(
            Object.entries(levels).map(([level, scheme]) => [
              level,
              schemeIn(scheme, `${at}/levels/${level}`),
            ]),
          ),
        }
      : {}),
    ...(otherwise === undefined ? {} : { otherwise: schemeIn(otherwise, `${at}/otherwise`) }),
  };
}

function phaseIn(given: unknown, at: string): unknown {
  if (!isObject(given)) return given;
  const { from, scheme } = given;
  return {
    ...given,
    ...(typeof from === "string" ? { from: instantOf(from, `${at}/from`) } : {}),
    scheme: schemeIn(scheme, `${at}/scheme`),
  };
}

function planOut(plan: PricePlan): unknown {
  return plainWire({ ...plan, scheme: schemeOut(plan.scheme) });
}

function schemeOut(scheme: Scheme): unknown {
  if (scheme.kind === "phased") {
    const phases = scheme.phases.map((one) => ({
      from: toRfc3339(one.from),
      scheme: schemeOut(one.scheme),
    }));
    return { ...scheme, phases };
  }
  if (scheme.kind !== "member") return scheme;
  const levels = Object.entries(scheme.levels).map(([level, one]) => [level, schemeOut(one)]);
  return {
    ...scheme,
    levels: Object.fromEntries(levels) as unknown,
    otherwise: schemeOut(scheme.otherwise),
  };
}

export function savedOnWire({ effectiveFrom, ...saved }: Saved): unknown {
  return { ...saved, effectiveFrom: toRfc3339(effectiveFrom) };
}

export function itemOnWire(item: ItemView): unknown {
  const { kind, code, version, state, effectiveFrom, body } = item;
  return {
    ...{ kind, code, version, state, effectiveFrom: toRfc3339(effectiveFrom) },
    // Sound: the body is of the kind.
    body: kind === "plan" ? planOut(body as PricePlan) : plainWire(body),
  };
}

export function versionOnWire(version: VersionView): unknown {
  const { by, request, madeAt } = version;
  return { ...(itemOnWire(version) as object), by, request, madeAt: toRfc3339(madeAt) };
}

export function hitOnWire({ code, version, state, product }: Hit): unknown {
  return { code, version, state, product: plainWire(product) };
}

interface SearchAsked {
  readonly text?: string;
  readonly type?: string;
  readonly code?: string;
  readonly attributes?: string;
  readonly state?: NonNullable<Search["state"]>;
  readonly cursor?: string;
  readonly limit?: string;
}

/** Refuses: http.query_malformed. */
export function searchOf({ attributes, limit, ...words }: SearchAsked): Search {
  return {
    ...words,
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(attributes === undefined ? {} : { attributes: attributesOf(attributes) }),
  };
}

/** Refuses: http.query_malformed. */
function attributesOf(text: string): Values {
  const problem = "attributes are a JSON object of texts, numbers and booleans";
  let read: unknown;
  try {
    read = parseJson(text);
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    throw fail(httpErrors, "query_malformed", { problem }, error);
  }
  const isValue = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
  if (isObject(read) && Object.values(read).every(isValue)) return read as Values;
  throw fail(httpErrors, "query_malformed", { problem });
}

export const kindOfList = {
  types: "type",
  plans: "plan",
  products: "product",
} as const satisfies Readonly<Record<string, Kind>>;

export function reportOnWire({ errors, ...counts }: ImportReport): unknown {
  return {
    ...counts,
    errors: errors.map(({ line, column, code, message, error }) => {
      const { zh } = refusalWords(error).message;
      return { line, column, code, en: message, ...(zh === undefined ? {} : { zh }) };
    }),
  };
}

const CURSOR = "versions/";

/** The place behind a version, in a list of them. */
export function cursorOf(last: { readonly version: number } | undefined): string | undefined {
  return last === undefined
    ? undefined
    : Buffer.from(`${CURSOR}${last.version}`).toString("base64url");
}

/** Refuses: catalog.filter_malformed. */
export function versionAfter(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const read = Buffer.from(cursor, "base64url").toString();
  const number = /^versions\/([1-9][0-9]{0,9})$/.exec(read)?.[1];
  if (number !== undefined) return Number(number);
  throw fail(catalogErrors, "filter_malformed", { field: "cursor", expected: "one of this list" });
}
