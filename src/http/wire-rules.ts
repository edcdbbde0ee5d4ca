/** Rules on the wire: instants as RFC 3339 text; and a JDM file, byte for byte. */
import { isUtf8 } from "node:buffer";
import { Type } from "typebox";
import { LongmenError, toRfc3339 } from "../base/index.ts";
import type {
  Contract,
  Decision,
  ExportedVersion,
  LoggedDecision,
  RuleEventView,
  RuleSetView,
  VersionView,
} from "../rules/index.ts";
import { parseJson } from "./json.ts";
import { JdmFile, RuleContent } from "./schemas-rules.ts";
import { isObject, type Taken, taken } from "./taken.ts";

export interface ContentAsked {
  readonly jdm: string | Uint8Array;
  readonly tests?: unknown;
  readonly contract?: Contract | undefined;
  readonly note?: string | undefined;
}

const content = taken(RuleContent);

/**
 * A version to be: the JDM file itself, whose bytes are kept as they came, or an object with the file's text, its
 * tests and its contract. What has a field `jdm` is the second.
 */
export const contentBody: Taken<ContentAsked> = {
  schema: Type.Union([RuleContent, JdmFile]),
  read(bytes) {
    const value = isUtf8(bytes) ? valueOf(bytes.toString("utf8")) : undefined;
    return isObject(value) && !Object.hasOwn(value, "jdm") ? { jdm: bytes } : undefined;
  },
  take: (value, at) => content.take(value, at),
};

/** Undefined: what is wrong with it is said on the long way. */
function valueOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof LongmenError) return undefined;
    throw error;
  }
}

export function contentOnWire({ jdm, tests, contract }: ExportedVersion): unknown {
  return { jdm: jdm.toString("utf8"), tests, contract };
}

export function setOnWire({ book: _book, createdAt, ...set }: RuleSetView): unknown {
  return { ...set, createdAt: toRfc3339(createdAt) };
}

export function ruleVersionOnWire(view: VersionView): unknown {
  const { book: _book, madeAt, approvedAt, ...rest } = view;
  return {
    ...rest,
    madeAt: toRfc3339(madeAt),
    ...(approvedAt === undefined ? {} : { approvedAt: toRfc3339(approvedAt) }),
  };
}

export function eventOnWire({ at, ...event }: RuleEventView): unknown {
  return { ...event, at: toRfc3339(at) };
}

export function decisionOnWire({ book: _book, input: _input, ...decision }: Decision): unknown {
  return decision;
}

export function loggedOnWire({ book: _book, at, ...decision }: LoggedDecision): unknown {
  return { ...decision, at: toRfc3339(at) };
}
