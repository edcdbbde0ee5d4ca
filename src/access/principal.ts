/** What a checked key becomes, and what it may. Pure: doors ask it for every request. */
import { fail, type Instant, toRfc3339 } from "../base/index.ts";
import { accessErrors } from "./access.errors.ts";
import {
  type Action,
  covers,
  isIdUnder,
  isOfHouse,
  isPathUnder,
  isRunAction,
  reaches,
  type RunAction,
  type Scope,
} from "./scope.ts";

export type OwnerKind = "person" | "service";

export interface Principal {
  readonly keyId: string;
  readonly owner: string;
  readonly ownerKind: OwnerKind;
  readonly scopes: readonly Scope[];
  /** When its key ends, by the database's clock; undefined: when it is revoked. */
  readonly expiresAt?: Instant | undefined;
}

/**
 * May the principal do this in this book, naming these paths and these ids (of transfers, chains,
 * holds)? Several limited scopes add up: a transfer may go from one prefix to another. What names
 * neither path nor id is about the whole book, and needs a scope without a prefix.
 */
export function mayDo(
  { scopes }: Principal,
  action: Action,
  book: string,
  paths: readonly string[] = [],
  ids: readonly string[] = [],
): boolean {
  const prefixes: string[] = [];
  for (const scope of scopes) {
    if (!reaches(scope, action, book)) continue;
    if (scope.prefix === undefined) return true;
    prefixes.push(scope.prefix);
  }
  if (paths.length === 0 && ids.length === 0) return false;
  return (
    paths.every((path) => prefixes.some((prefix) => isPathUnder(path, prefix))) &&
    ids.every((id) => prefixes.some((prefix) => isIdUnder(id, prefix)))
  );
}

/**
 * The same as an order. Says nothing of the paths and ids: whether they are there is not to be told.
 * Refuses: access.not_permitted.
 */
export function demand(
  principal: Principal,
  action: Action,
  book: string,
  paths?: readonly string[],
  ids?: readonly string[],
): void {
  if (mayDo(principal, action, book, paths, ids)) return;
  const isHouses = isRunAction(action) && action !== "runs.read" && isOfHouse(book);
  throw notPermitted(isHouses ? "admin@*" : `${action}@${book}`);
}

/** May it do this to anything in the book at all, be it under one path only? */
export function mayDoSomewhere({ scopes }: Principal, action: Action, book: string): boolean {
  return scopes.some((scope) => reaches(scope, action, book));
}

/** Does any scope name this book? If not, it is to be answered exactly like one that is not there. */
export function knowsBook({ scopes }: Principal, book: string): boolean {
  return scopes.some((scope) => isOfBooks(scope) && [book, "*"].includes(scope.book));
}

/** The books that its scopes name, there or not; undefined: every book. */
export function knownBooks({ scopes }: Principal): readonly string[] | undefined {
  const named = scopes.filter(isOfBooks).map(({ book }) => book);
  return named.includes("*") ? undefined : [...new Set(named)];
}

const isOfBooks = ({ action }: Scope): boolean => action !== "keys" && !isRunAction(action);

/** May it do this to runs of any flow at all? */
export function mayOnSomeFlow({ scopes }: Principal, action: RunAction): boolean {
  return scopes.some((scope) => scope.action === action || reaches(scope, action, "*"));
}

/** The same as an order. Refuses: access.not_permitted. */
export function demandOnSomeFlow(principal: Principal, action: RunAction): void {
  if (!mayOnSomeFlow(principal, action)) throw notPermitted(`${action}@FLOW`);
}

/** Does it take more than the book's name to say whether the principal may do this there? */
export function isLimited(principal: Principal, action: Action, book: string): boolean {
  return !mayDo(principal, action, book);
}

/**
 * May the principal see, make, rotate or revoke a key with these scopes? Nobody hands out, or takes
 * over by rotating, what they don't have; and of keys that may more they don't learn that they are there.
 */
export function mayAdminister(principal: Principal, scopes: readonly Scope[]): boolean {
  if (!mayDo(principal, "keys", "*")) return false;
  return scopes.every((asked) => principal.scopes.some((own) => covers(own, asked)));
}

/** The same as an order. Refuses: access.not_permitted. */
export function demandAdminister(principal: Principal, scopes: readonly Scope[]): void {
  if (!mayAdminister(principal, scopes)) throw notPermitted("keys@* and every scope of that key");
}

/**
 * A key that ends makes none that ends later, nor takes one over by rotating it: it would live on in it.
 * Refuses: access.outlives_maker.
 */
export function demandEnd(
  { expiresAt }: Principal,
  asked: { readonly expiresAt?: Instant | undefined },
): void {
  if (expiresAt === undefined) return;
  if (asked.expiresAt !== undefined && asked.expiresAt <= expiresAt) return;
  throw fail(accessErrors, "outlives_maker", { until: toRfc3339(expiresAt) });
}

function notPermitted(needed: string) {
  return fail(accessErrors, "not_permitted", { needed });
}
