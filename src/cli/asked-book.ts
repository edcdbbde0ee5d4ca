/** Books that a command asks: of the database here, as the operator, or of a node, with a key. */
import { LongmenError } from "../base/index.ts";
import {
  type AccountFilter,
  type AccountView,
  type Answer,
  type AssetView,
  type Balance,
  type Book as NodeBook,
  type Entry,
  type EntryFilter,
  type Head,
  type Longmen,
  LongmenProblem,
  OutcomeUnknown,
  type Page,
  type Point,
  type Request,
} from "../client/index.ts";
import {
  type Book as OwnBook,
  type Ledger,
  refusalCodes,
  refusalErrors,
  type VerifyOptions,
  type VerifyReport,
} from "../ledger/index.ts";
import { demandOwnIds } from "../order/index.ts";
import { type CommandContext, textOption } from "./command.ts";
import { namedNode } from "./connect-node.ts";
import { bookRooms, openHouse } from "./open-house.ts";
import { operator } from "./operator.ts";
import { malformed } from "./read-options.ts";
import { RETAIL_BOOK } from "./replay/replay.ts";

export const bookOption = {
  name: "book",
  value: "NAME",
  doc: `the book, ${RETAIL_BOOK} if not given`,
} as const;

export interface PageAsked {
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** What both kinds of book can be asked, in the client's words. */
export interface AskedBook {
  submit(request: Request): Promise<Answer>;
  head(): Promise<Head>;
  assets(page: PageAsked): Promise<Page<AssetView>>;
  find(id: string): Promise<Entry | undefined>;
  account(path: string, asset: string): Promise<AccountView | undefined>;
  accounts(filter: AccountFilter, page: PageAsked): Promise<Page<AccountView>>;
  balanceAt(path: string, asset: string, point: Point): Promise<Balance>;
  history(filter: EntryFilter, page: PageAsked): Promise<Page<Entry>>;
  /** Refuses: cli.option_malformed, where a node is to look at files of this machine. */
  verify(options: VerifyOptions): Promise<VerifyReport>;
}

export interface AskedBooks {
  /** Refuses: ledger.book_missing, ledger.book_name_malformed. */
  book(name: string): Promise<AskedBook>;
  /** Makes it, if it isn't there. Refuses: ledger.book_name_malformed. */
  create(name: string): Promise<AskedBook>;
  list(page: PageAsked): Promise<Page<string>>;
}

interface AskOptions {
  /** True: nothing is made and nothing migrated. */
  readonly looks?: boolean;
}

/**
 * Opens the book that the command line means, lends it to `work` and closes what was opened. Makes
 * and migrates nothing, unless `work` writes and `looks` is false.
 * Refuses: cli.key_needed, ledger.book_missing, and what openHouse refuses.
 */
export function withBook<T>(
  context: CommandContext,
  work: (book: AskedBook) => Promise<T>,
  options?: AskOptions,
): Promise<T> {
  const name = textOption(context, "book") ?? RETAIL_BOOK;
  return withBooks(context, async (books) => work(await books.book(name)), options);
}

/** The same with all books. Refuses: cli.key_needed, and what openHouse refuses. */
export async function withBooks<T>(
  context: CommandContext,
  work: (books: AskedBooks) => Promise<T>,
  { looks = true }: AskOptions = {},
): Promise<T> {
  const node = namedNode(context.house.loadConfig(context.flags));
  if (node !== undefined) return work(booksOfNode(node, context.signal));
  const opened = await openHouse(context, { beside: true, looks: looks ? bookRooms : undefined });
  try {
    return await work(booksOfHouse(opened.ledger));
  } finally {
    await opened.close();
  }
}

function booksOfNode(node: Longmen, signal: AbortSignal): AskedBooks {
  return {
    book: (name) => Promise.resolve(ofNode(node.book(name), signal)),
    async create(name) {
      const book = node.book(name);
      await book.create({ signal });
      return ofNode(book, signal);
    },
    list: ({ limit, cursor }) => node.books({ limit, signal }).page(cursor),
  };
}

function booksOfHouse(ledger: Ledger): AskedBooks {
  return {
    book: async (name) => ofHouse(await ledger.book(name)),
    async create(name) {
      const { by, request } = operator();
      return ofHouse(await ledger.createBook(name, { context: { by, request } }));
    },
    list: (page) => ledger.books(page),
  };
}

function ofNode(book: NodeBook, signal: AbortSignal): AskedBook {
  const options = { signal };
  return {
    submit: (request) => book.submit(request, options),
    head: () => book.head(options),
    assets: ({ limit, cursor }) => book.assets({ ...options, limit }).page(cursor),
    find: (id) => book.find(id, options),
    account: (path, asset) => book.account(path, asset, options),
    accounts: (filter, { limit, cursor }) =>
      book.accounts(filter, { ...options, limit }).page(cursor),
    balanceAt: (path, asset, point) => book.balance(path, asset, point, options),
    async history(filter, { limit, cursor }) {
      try {
        return await book.history(filter, { ...options, limit }).page(cursor);
      } catch (error) {
        // Here as with the database itself: who asks looks whether the account is there.
        if (error instanceof LongmenProblem && error.code === "ledger.account_not_found") {
          return { items: [] };
        }
        throw error;
      }
    },
    async verify({ archives, ...asked }) {
      if (archives === undefined) return book.verify(asked);
      throw malformed(
        "verify",
        "--archive looks at files here, and a node can't: leave --url away",
      );
    },
  };
}

function ofHouse(book: OwnBook): AskedBook {
  return {
    async submit(asked) {
      const { by, request } = operator();
      await demandOwnIds(book, [asked]);
      const answer = await book.submit(asked, { context: { by, request } });
      return answer.status === "refused" ? { ...answer, detail: detailOf(answer.code) } : answer;
    },
    async head() {
      return { name: book.name, ...(await book.head()), created: await book.origin() };
    },
    async assets(page) {
      const { items, cursor } = await book.assets(page);
      const views = items.map(({ code, scale, refusals, definedSeq }) => {
        return { asset: code, scale, refusals, seq: definedSeq };
      });
      return { items: views, cursor };
    },
    find: (id) => book.find(id),
    account: (path, asset) => book.account(path, asset),
    accounts: ({ prefix, asset }, page) =>
      book.accounts(
        { ...(prefix !== undefined && { prefix }), ...(asset !== undefined && { asset }) },
        page,
      ),
    balanceAt: (path, asset, point) => book.balanceAt(path, asset, point),
    history: ({ order, ...filter }, page) => book.history(filter, { ...page, order }),
    verify: (options) => book.verify(options),
  };
}

function detailOf(code: string): string {
  return rowOf(code)?.message ?? "";
}

/** What can be done about a refusal; nothing is known of a newer server's own. */
export function adviceOf(code: string): string | undefined {
  return rowOf(code)?.advice;
}

function rowOf(code: string) {
  if (!Object.hasOwn(refusalCodes, code)) return undefined;
  const rows: Readonly<Record<string, { readonly message: string; readonly advice: string }>> =
    refusalErrors.rows;
  return rows[code.slice(code.indexOf(".") + 1)];
}

/** Was it sent, and nobody can say what became of it? */
export function isOutcomeUnknown(error: unknown): error is LongmenError | LongmenProblem {
  if (error instanceof OutcomeUnknown) return true;
  return error instanceof LongmenError && error.code === "lane.outcome_unknown";
}
