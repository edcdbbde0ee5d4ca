/** How postings go: one by the route of its kind, several as a batch; and how they come back. */
import type { Answer, ChainAnswer } from "./answer.ts";
import { refusalCodes } from "./api-refusals.ts";
import type * as Wire from "./api-types.ts";
import type { Question, Told } from "./attempt.ts";
import { answerOf, carriedChainOf, carriedOf, refusedOf } from "./from-wire.ts";
import type { Posting, Request } from "./posting.ts";
import { clientProblem, type LongmenProblem } from "./problem.ts";
import { postingToWire, type WireRequest } from "./to-wire.ts";

/** What holds for a whole request: only postings that share it travel together. */
export interface Manner {
  readonly rule: string | undefined;
  /** Whether their answers tell the balances. */
  readonly balances: boolean;
}

/** A posting, put on the wire once however often it is sent. */
export interface Written extends Manner {
  readonly posting: Posting;
  /** As an item of a batch. */
  readonly text: string;
}

/** Throws LongmenProblem client.request_malformed. */
export function written(posting: Posting, { rule, balances }: Manner): Written {
  return { posting, text: JSON.stringify(postingToWire(posting)), rule, balances };
}

export function isOfOneManner(one: Manner, other: Manner): boolean {
  return one.rule === other.rule && one.balances === other.balances;
}

export function questionOf(book: string, items: readonly Written[]): Question {
  const [first] = items;
  if (items.length !== 1 || first === undefined) return batchQuestion(book, items);
  return { ...alone(book, first), balances: first.balances };
}

/** As a batch, also of one. All are of one manner. */
export function batchQuestion(book: string, items: readonly Written[]): Question {
  const [{ rule, balances } = { rule: undefined, balances: true }] = items;
  const texts = items.map(({ text }) => text).join(",");
  const ruled = rule === undefined ? "" : `,"rule":${JSON.stringify(rule)}`;
  const body = `{"items":[${texts}]${ruled}}`;
  return { name: "batch", params: { book }, body, repeatable: true, balances };
}

function alone(book: string, item: Written): Question {
  const { posting, text, rule } = item;
  // The text without its last brace, since the rule stands among the other members.
  const ruled = rule === undefined ? text : `${text.slice(0, -1)},"rule":${JSON.stringify(rule)}}`;
  const repeatable = true;
  if ("requests" in posting) return { name: "chain", params: { book }, body: ruled, repeatable };
  switch (posting.kind) {
    case undefined:
    case "transfer":
    case "pending":
      return { name: "transfer", params: { book }, body: ruled, repeatable };
    case "post":
    case "void": {
      const {
        kind: _kind,
        pendingId,
        ...rest
      } = JSON.parse(ruled) as WireRequest & {
        readonly pendingId: unknown;
      };
      // A hold whose id can't stand in a path is named in a body.
      if (typeof pendingId !== "string" || /^\.{0,2}$/.test(pendingId)) {
        return batchQuestion(book, [item]);
      }
      const name = posting.kind === "post" ? "postHold" : "voidHold";
      return { name, params: { book, id: pendingId }, body: JSON.stringify(rest), repeatable };
    }
    default:
      return accountQuestion(book, posting, JSON.parse(ruled) as { readonly kind: unknown }, item);
  }
}

const routeOfKind = {
  open: "openAccount",
  bound: "boundAccount",
  close: "closeAccount",
  reopen: "reopenAccount",
  asset: "defineAsset",
} as const;

function accountQuestion(
  book: string,
  { kind }: Request,
  { kind: _kind, ...rest }: { readonly kind: unknown },
  item: Written,
): Question {
  const name = Object.hasOwn(routeOfKind, kind ?? "")
    ? routeOfKind[kind as keyof typeof routeOfKind]
    : undefined;
  // Of a kind that is none, the server says so.
  if (name === undefined) return batchQuestion(book, [item]);
  return { name, params: { book }, body: JSON.stringify(rest), repeatable: true };
}

const refusals: ReadonlySet<string> = new Set(refusalCodes);

/** The book's no to a posting that went alone. */
export function refusalIn(told: Told): (Answer | ChainAnswer) | undefined {
  if (told.ok || !refusals.has(told.problem.code)) return undefined;
  return refusedOf(told.body as Wire.Problem);
}

/** The answers to what was asked, in order; or why they can't be read. */
export function answersIn(
  isBatch: boolean,
  items: readonly Written[],
  body: unknown,
): readonly (Answer | ChainAnswer)[] | LongmenProblem {
  const wires = isBatch
    ? (body as Partial<Wire.BatchAnswer>).items
    : [body as Wire.Carried | Wire.CarriedChain];
  if (!Array.isArray(wires) || wires.length !== items.length) {
    return clientProblem("answer_unreadable", { what: "not as many answers as requests" });
  }
  try {
    return items.map(({ posting }, index) => {
      const wire = wires[index] as Wire.BatchAnswer["items"][number];
      if ("requests" in posting && wire.status !== "refused") {
        return carriedChainOf(wire as Wire.CarriedChain, posting);
      }
      if (isBatch) return answerOf(wire, posting);
      return carriedOf(wire as Wire.Carried, posting as Request);
    });
  } catch (cause) {
    return clientProblem("answer_unreadable", { what: "an answer of another shape", cause });
  }
}
