/** Who may reach which book. A book that no scope names is answered like one that is not there. */
import { accessErrors, type Action, demand, isLimited, knowsBook, mayDo } from "../access/index.ts";
import { fail, LongmenError } from "../base/index.ts";
import {
  type Book,
  type Entry,
  ledgerErrors,
  type Posting,
  type Request,
} from "../ledger/index.ts";
import { httpErrors } from "./http.errors.ts";
import { type Call, contextOf, principalOf } from "./route.ts";

interface InBook {
  readonly book: string;
}

/**
 * Opens the book of a request's path, if its key may do this there to all that is named; with
 * nothing named, to the whole book. Asks the key first, so that neither answer nor time tells
 * whether a stranger's book is there.
 * Refuses: ledger.book_missing, ledger.book_name_malformed, access.not_permitted.
 */
export function enter(
  call: Call<InBook>,
  action: Action,
  paths?: readonly string[],
  ids?: readonly string[],
): Promise<Book> {
  const { book } = call.params;
  const principal = principalOf(call);
  if (!knowsBook(principal, book))
    return Promise.reject(fail(ledgerErrors, "book_missing", { name: book }));
  demand(principal, action, book, paths, ids);
  return call.doors.ledger.book(book);
}

/** The same for postings, each by what it is: account events and assets need another action. */
export function enterToPost(
  call: Call<InBook>,
  postings: readonly Posting[],
  at?: "/items",
): Promise<Book> {
  const principal = principalOf(call);
  const { book } = call.params;
  if (!knowsBook(principal, book))
    return Promise.reject(fail(ledgerErrors, "book_missing", { name: book }));
  if (!mayAllOf(call, book)) {
    demandEach(call, book, postings, at);
  }
  return call.doors.ledger.book(book);
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

/** Names the first that is not allowed by its place in the body. */
function demandEach(
  call: Call,
  book: string,
  postings: readonly Posting[],
  at: string | undefined,
): void {
  for (const [place, posting] of postings.entries()) {
    const pointer = at === undefined ? "" : `${at}/${place}`;
    if (!("requests" in posting)) {
      demandAt(pointer, () => demandRequest(call, book, posting, undefined));
      continue;
    }
    for (const [member, request] of posting.requests.entries()) {
      const inside = `${pointer}/requests/${member}`;
      demandAt(inside, () => demandRequest(call, book, request, posting.chain));
    }
  }
}

/** The same refusal, with the place of what it is about. */
function demandAt(pointer: string, demand: () => void): void {
  try {
    demand();
  } catch (error) {
    if (pointer === "" || !(error instanceof LongmenError)) throw error;
    const { code, details } = error;
    if (code === "access.not_permitted") {
      throw fail(accessErrors, "not_permitted", { ...details, pointer }, error);
    }
    throw fail(httpErrors, "hold_accounts_unnamed", { ...details, pointer }, error);
  }
}

function demandRequest(
  call: Call,
  book: string,
  request: Request,
  chain: string | undefined,
): void {
  const { paths, ids } = namedBy(request);
  if (chain !== undefined) ids.push(chain);
  demand(principalOf(call), actionOf(request), book, paths, ids);
  demandNamedHold(call, book, request);
}

/**
 * A hold moves accounts that its end need not name. Who may move only some names them, so that they
 * are asked about; the book refuses when they are not the hold's. Refuses: http.hold_accounts_unnamed.
 */
function demandNamedHold(call: Call, book: string, request: Request): void {
  if (request.kind !== "post" && request.kind !== "void") return;
  if (request.debit !== undefined && request.credit !== undefined) return;
  if (isLimited(principalOf(call), "write", book)) throw fail(httpErrors, "hold_accounts_unnamed");
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
