/** Scopes: what a key may do, in which book, under which path. Text in, text out, and who covers whom. */
import { fail, isId, isPath } from "../base/index.ts";
import { accessErrors } from "./access.errors.ts";

/** On runs of flows: to look, to start and tell, to stop and mend. */
export const runActions = ["runs.read", "runs.write", "runs.operate"] as const;
export type RunAction = (typeof runActions)[number];
/**
 * On what is sold, of a book: to buy (for the buyers and from the purses under a prefix), to see all of it, to
 * deliver and give back, to say that a service is provisioned, to say what is sold and by which rules, to
 * approve those, to ask them.
 */
export const shopActions = [
  ...(["shop.buy", "shop.read", "shop.operate", "shop.provide"] as const),
  ...(["shop.define", "shop.approve", "shop.decide"] as const),
] as const;
export const actions = [
  ...(["read", "write", "define", "verify", "keys", "admin"] as const),
  ...shopActions,
  ...runActions,
] as const;
export type Action = (typeof actions)[number];

export interface Scope {
  readonly action: Action;
  /** A book's name, or `*` for every book. Of actions on runs: a flow, `NAME.*`, or `*`. */
  readonly book: string;
  /** A path: it and everything below it. Without one the whole book. */
  readonly prefix?: string | undefined;
}

/** A scope's text is no longer than its parts allow; whatever is longer is not looked at. */
const SCOPE_TEXT_MAX = 700;

/** A flow's name as a scope can say it: what has a space, `@` or `%` in it is reached by a pattern only. */
const FLOWS = /^[^\s/#~@%]{1,100}$/u;

export const isRunAction = (action: Action): action is RunAction =>
  runActions.some((one) => one === action);

/**
 * Flows and events called so are the house's own. It starts, tells and ends them by itself, for any tenant's book,
 * which a scope on runs does not name: such a scope looks at them, and no more.
 */
const OF_HOUSE = "order.";

export const isOfHouse = (flow: string): boolean => flow.startsWith(OF_HOUSE);

/** Is it the flow, or among the flows, that a scope names? */
export function namesFlow(own: string, flow: string): boolean {
  if (own === "*" || own === flow) return true;
  return own.endsWith(".*") && flow.startsWith(own.slice(0, -1));
}

/**
 * Reads `ACTION@BOOK[:PREFIX]`, or `ACTION@FLOW` for actions on runs; `admin` alone is `admin@*`. A `:` in a book's name is written `%3A`.
 * Refuses: access.scope_malformed.
 */
export function parseScope(text: string): Scope {
  if (text === "admin") return { action: "admin", book: "*" };
  const refuse = (problem: string) => fail(accessErrors, "scope_malformed", { text, problem });
  if (text.length > SCOPE_TEXT_MAX) throw refuse("it is too long");
  const at = text.indexOf("@");
  const action = actions.find((one) => one === text.slice(0, at));
  if (at === -1 || action === undefined) {
    throw refuse(`it does not begin with one of ${actions.join(", ")} and "@"`);
  }
  const rest = text.slice(at + 1);
  if (isRunAction(action)) {
    if (!FLOWS.test(rest)) throw refuse("its flow is neither a name, nor NAME.*, nor *");
    return { action, book: rest };
  }
  const colon = rest.indexOf(":");
  const book = (colon === -1 ? rest : rest.slice(0, colon)).replaceAll("%3A", ":");
  const prefix = colon === -1 ? undefined : rest.slice(colon + 1);
  if (book !== "*" && !isPath(book)) throw refuse("its book is neither a name nor *");
  // An id under the prefix must be possible: 64 characters, the first a letter or a digit.
  if (prefix !== undefined && !(isPath(prefix) && isId(`${prefix}/0`))) {
    throw refuse(
      "its prefix is no path of 1 to 62 characters that begins with a letter or a digit",
    );
  }
  if (action === "keys" && rest !== "*") throw refuse('keys are of the house: write "keys@*"');
  return prefix === undefined ? { action, book } : { action, book, prefix };
}

/** Writes a scope so that `parseScope` reads the same. */
export function scopeText({ action, book, prefix }: Scope): string {
  if (isRunAction(action)) return `${action}@${book}`;
  const where = `${action}@${book.replaceAll(":", "%3A")}`;
  return prefix === undefined ? where : `${where}:${prefix}`;
}

/** Does holding `own` mean holding all of `asked`? */
export function covers(own: Scope, asked: Scope): boolean {
  const { action, book } = asked;
  if (!(isRunAction(action) ? names(own, action, book) : reaches(own, action, book))) return false;
  if (own.prefix === undefined) return true;
  return asked.prefix !== undefined && isPathUnder(asked.prefix, own.prefix);
}

/** Is the scope about this action in this book (or on this flow), wholly or under its prefix? */
export function reaches(own: Scope, action: Action, book: string): boolean {
  if (isRunAction(action)) {
    if (!names(own, action, book)) return false;
    return isAll(own) || action === "runs.read" || !isOfHouse(book);
  }
  if (own.action !== action && own.action !== "admin") return false;
  return own.book === "*" || own.book === book;
}

const isAll = ({ action, book, prefix }: Scope): boolean =>
  action === "admin" && book === "*" && prefix === undefined;

/** Who may everything in one book may nothing on runs: a flow may be called like it. */
function names(own: Scope, action: RunAction, flow: string): boolean {
  return isAll(own) || (own.action === action && namesFlow(own.book, flow));
}

/** Is it a well-formed path, and the prefix itself or below it? */
export function isPathUnder(path: string, prefix: string): boolean {
  return isPath(path) && (path === prefix || path.startsWith(`${prefix}/`));
}

/**
 * Is it a well-formed id that begins with `PREFIX/`? An id is no path, but who reads it as one (a
 * proxy, a folder of files) must not be led out of the prefix: no empty segment, no `.`, no `..`.
 */
export function isIdUnder(id: string, prefix: string): boolean {
  if (!isId(id) || !id.startsWith(`${prefix}/`)) return false;
  const below = id.slice(prefix.length + 1).split("/");
  return below.every((segment) => segment !== "" && segment !== "." && segment !== "..");
}
