/** Who may reach which book. A book that no scope names is answered like one that is not there. */
import {
  accessErrors,
  type Action,
  demand,
  demandAdminister,
  demandOnSomeFlow,
  isLimited,
  isRunAction,
  knowsBook,
  mayDo,
  mayDoSomewhere,
  type Principal,
} from "../access/index.ts";
import { fail } from "../base/index.ts";
import {
  type Book,
  type Entry,
  ledgerErrors,
  type Posting,
  type Request,
} from "../ledger/index.ts";
import { demandOwnIds } from "../order/index.ts";
import { httpErrors } from "./http.errors.ts";
import { actionsOf, type Call, contextOf, principalOf, type Route } from "./route.ts";

interface InBook {
  readonly book: string;
}

/**
 * What key, action and path refuse by themselves, before a body is read: who may do this nowhere in
 * the book. Asks no database, so that neither answer nor time tells whether a stranger's book is there.
 * Refuses: ledger.book_missing, access.not_permitted.
 */
export function demandAtDoor(route: Route, principal: Principal, book: string | undefined): void {
  const { needs, codes } = route;
  if (needs === "keys") demandAdminister(principal, []);
  if (needs !== undefined && isRunAction(needs)) demandOnSomeFlow(principal, needs);
  if (needs === undefined || book === undefined) return;
  const actions = actionsOf(route);
  if (actions.some((action) => mayDoSomewhere(principal, action, book))) return;
  // Who makes a book is not told that it is missing.
  if (!knowsBook(principal, book) && codes.includes("ledger.book_missing")) {
    throw fail(ledgerErrors, "book_missing", { name: book });
  }
  const needed = actions.map((action) => `${action}@${book}`).join(" or ");
  throw fail(accessErrors, "not_permitted", { needed });
}

/**
 * Opens the book of a request's path, if its key may do this there to all that is named; with
 * nothing named, to the whole book.
 * Refuses: ledger.book_missing, ledger.book_name_malformed, access.not_permitted.
 */
export function enter(
  call: Call<InBook>,
  action: Action,
  paths?: readonly string[],
  ids?: readonly string[],
): Promise<Book> {
  const { book } = call.params;
  demand(principalOf(call), action, book, paths, ids);
  return call.doors.ledger.book(book);
}

/**
 * The same for postings, each by what it is: account events and assets need another action. No key gives ids that
 * selling gives. Refuses: order.id_reserved, and as `enter`.
 */
export async function enterToPost(
  call: Call<InBook>,
  postings: readonly Posting[],
  at?: "/items",
): Promise<Book> {
  const { book: name } = call.params;
  if (!mayAllOf(call, name)) {
    demandEach(call, name, postings, at);
  }
  const book = await call.doors.ledger.book(name);
  await demandOwnIds(book, postings, at);
  return book;
}

/** The usual key may post and define in the whole book; then nothing needs to be looked at. */
function mayAllOf(call: Call, book: string): boolean {
  let write = false;
  let define = false;
  for (const scope of principalOf(call).scopes) {
    if (scope.prefix !== undefined || (scope.book !== "*" && scope.book !== book)) continue;
    if (scope.action === "admin") return true;
    if (scope.action === "write") write = true;
    if (scope.action === "define") define = true;
  }
  return write && define;
}

/** Why a request is not allowed: a right that its key lacks, or accounts of a hold that it doesn't name. */
type Lacks = `${Action}@${string}` | "accounts";

interface Denied {
  readonly pointer: string;
  readonly lacks: Lacks;
}

/**
 * Names in one answer every posting that is not allowed for the same reason as the first one, by its
 * place in the body: who sent them for many can tell each its own, and send the others once.
 */
function demandEach(
  call: Call,
  book: string,
  postings: readonly Posting[],
  at: string | undefined,
): void {
  const denied = postings.flatMap((posting, place) => {
    return deniedIn(call, book, posting, at === undefined ? "" : `${at}/${place}`) ?? [];
  });
  const [first] = denied;
  if (first === undefined) return;
  const { lacks, pointer } = first;
  const alike = denied.filter((one) => one.lacks === lacks).map((one) => one.pointer);
  const where = {
    ...(pointer === "" ? {} : { pointer }),
    ...(at === undefined ? {} : { pointers: alike }),
  };
  if (lacks === "accounts") throw fail(httpErrors, "hold_accounts_unnamed", where);
  throw fail(accessErrors, "not_permitted", { needed: lacks, ...where });
}

/** The first request of a posting that is not allowed. */
function deniedIn(call: Call, book: string, posting: Posting, at: string): Denied | undefined {
  if (!("requests" in posting)) {
    const lacks = lackedBy(call, book, posting, undefined);
    return lacks === undefined ? undefined : { pointer: at, lacks };
  }
  for (const [member, request] of posting.requests.entries()) {
    const lacks = lackedBy(call, book, request, posting.chain);
    if (lacks !== undefined) return { pointer: `${at}/requests/${member}`, lacks };
  }
  return undefined;
}

/**
 * A hold moves accounts that its end need not name. Who may move only some names them, so that they
 * are asked about; the book refuses when they are not the hold's.
 */
function lackedBy(
  call: Call,
  book: string,
  request: Request,
  chain: string | undefined,
): Lacks | undefined {
  const principal = principalOf(call);
  const action = actionOf(request);
  const { paths, ids } = namedBy(request);
  if (chain !== undefined) ids.push(chain);
  if (!mayDo(principal, action, book, paths, ids)) return `${action}@${book}`;
  if (request.kind !== "post" && request.kind !== "void") return undefined;
  if (request.debit !== undefined && request.credit !== undefined) return undefined;
  return isLimited(principal, "write", book) ? "accounts" : undefined;
}

/**
 * May an entry that was found by an id of one's own be told? An id under one's prefix may have been
 * given, by who may do more, to something between others' accounts.
 */
export function mayRead(call: Call<InBook>, entry: Entry): boolean {
  const { book } = call.params;
  const principal = principalOf(call);
  if (!isLimited(principal, "read", book) || entry.by === contextOf(call, undefined).by)
    return true;
  const { debit, credit } = entry;
  return [debit, credit].some(
    (path) => path !== undefined && mayDo(principal, "read", book, [path]),
  );
}

function actionOf({ kind }: Request): Action {
  switch (kind) {
    case "open":
    case "bound":
    case "close":
    case "reopen":
    case "asset":
      return "define";
    default:
      return "write";
  }
}

/** Every path and id that a request names. An asset is of the whole book: it names no path. */
function namedBy(request: Request): { paths: string[]; ids: string[] } {
  if (request.kind === "asset") return { paths: [], ids: [] };
  const paths: string[] = [];
  const ids: string[] = request.id === undefined ? [] : [request.id];
  if ("path" in request) paths.push(request.path);
  else {
    if (request.debit !== undefined) paths.push(request.debit);
    if (request.credit !== undefined) paths.push(request.credit);
    if ("pendingId" in request) ids.push(request.pendingId);
  }
  return { paths, ids };
}
