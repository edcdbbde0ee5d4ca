/** Who may reach which book. A book that no scope names is answered like one that is not there. */
import { type Action, demand, knowsBook } from "../access/index.ts";
import { fail } from "../base/index.ts";
import { type Book, ledgerErrors, type Posting, type Request } from "../ledger/index.ts";
import { type Call, principalOf } from "./route.ts";

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
export function enterToPost(call: Call<InBook>, postings: readonly Posting[]): Promise<Book> {
  const principal = principalOf(call);
  const { book } = call.params;
  if (!knowsBook(principal, book))
    return Promise.reject(fail(ledgerErrors, "book_missing", { name: book }));
  if (!mayAllOf(call, book)) {
    for (const posting of postings) demandPosting(call, book, posting);
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

function demandPosting(call: Call, book: string, posting: Posting): void {
  if (!("requests" in posting)) return demandRequest(call, book, posting, undefined);
  for (const request of posting.requests) demandRequest(call, book, request, posting.chain);
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
