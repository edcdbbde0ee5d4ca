/**
 * Flows of the shop's book that every house serves: a statement for each customer, and a verification that
 * a schedule may start each night. They write nothing into the book; what they found is their result.
 */
import { fail } from "../../base/index.ts";
import { type AnyFlow, flow, type Steps } from "../../flow/index.ts";
import type { AccountView, Book, Ledger } from "../../ledger/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { MONEY } from "../replay/names.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";

const STATEMENTS_FLOW = "retail.statements";
export const VERIFY_FLOW = "retail.verify";

export interface CustomerStatement {
  /** The path that all of the customer's accounts stand under. */
  readonly customer: string;
  readonly debitMinor: bigint;
  readonly creditMinor: bigint;
  /** What the customer owes at the end of it; below zero it is owed to the customer. */
  readonly owedMinor: bigint;
  /** As of this place in the book's order. */
  readonly seq: number;
}

export interface Statements {
  readonly statements: number;
  readonly owedMinor: bigint;
  /** The customers' accounts say the same together. */
  readonly agrees: boolean;
}

/** Customers buy on credit: what each owes stands under `company/NAME`, a month's credit and corrections. */
const CUSTOMERS = "company";
/** Of walk-ins only what adjustments say: they pay in cash. */
const WALK_IN = "walk-in";
const PAGE = 1_000;
/** So many statements are under way at once: each is a run of its own. */
const TOGETHER = 50;

interface Customers {
  readonly customers: readonly { readonly path: string; readonly owedMinor: bigint }[];
  readonly cursor?: string;
}

export function retailFlows(ledger: Ledger): readonly AnyFlow[] {
  const book = () => ledger.book(RETAIL_BOOK);
  const statement = flow("retail.statement", { input: customerPath }, (f, path) =>
    f.step("read", async () => readStatement(await book(), path)),
  );

  async function togetherOf(f: Steps, paths: readonly string[]): Promise<CustomerStatement[]> {
    const branches = Object.fromEntries(
      paths.map((path) => {
        const name = path.replaceAll("/", ":");
        return [name, (branch: Steps) => branch.child("statement", statement, path)];
      }),
    );
    return Object.values(await f.all(branches));
  }

  const statements = flow(STATEMENTS_FLOW, {}, async (f): Promise<Statements> => {
    let sum = { statements: 0, owedMinor: 0n };
    let listedMinor = 0n;
    let last: string | undefined;
    let cursor: string | undefined;
    do {
      const from: string | undefined = cursor;
      const page = await f.step("customers", async () => customersOf(await book(), from));
      for (const { owedMinor } of page.customers) listedMinor += owedMinor;
      const fresh = page.customers.map(({ path }) => path).filter((path) => path !== last);
      last = page.customers.at(-1)?.path ?? last;
      for (let at = 0; at < fresh.length; at += TOGETHER) {
        const paths = fresh.slice(at, at + TOGETHER);
        for (const one of await togetherOf(f, paths)) {
          sum = {
            statements: sum.statements + 1,
            owedMinor: sum.owedMinor + one.owedMinor,
          };
        }
      }
      ({ cursor } = page);
    } while (cursor !== undefined);
    return { ...sum, agrees: sum.owedMinor === listedMinor };
  });

  const verify = flow(VERIFY_FLOW, {}, (f) =>
    f.step("verify", async ({ signal }) => {
      const report = await (await book()).verify({ signal });
      const { verified, entries, findingsCount, head } = report;
      return { verified, entries, findingsCount, seq: head.seq, headHash: head.hash };
    }),
  );
  return [statement, statements, verify];
}

/** What a statement is started with: the path of a customer. */
function customerPath(input: unknown): string {
  if (typeof input === "string") return input;
  throw new TypeError("the path of a customer is wanted, as text: company/17850");
}

/**
 * Accounts come in the order of their paths, so those of a customer stand together; only the last of a page may
 * go on on the next one, which is why it is told again there and counted once. Walk-ins are on the first page.
 */
async function customersOf(book: Book, cursor: string | undefined): Promise<Customers> {
  const filter = { prefix: CUSTOMERS, asset: MONEY };
  const page = await book.accounts(filter, { limit: PAGE, cursor });
  const owed = new Map<string, bigint>();
  const walkIns = cursor === undefined ? await accountsUnder(book, WALK_IN) : [];
  for (const { path, balance } of [...walkIns, ...page.items]) {
    const name = path
      .split("/")
      .slice(0, path.startsWith(WALK_IN) ? 1 : 2)
      .join("/");
    owed.set(name, (owed.get(name) ?? 0n) + balance.debitsPosted - balance.creditsPosted);
  }
  return {
    customers: Array.from(owed, ([path, owedMinor]) => ({ path, owedMinor })),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  };
}

async function accountsUnder(book: Book, prefix: string): Promise<readonly AccountView[]> {
  return (await book.accounts({ prefix, asset: MONEY }, { limit: PAGE })).items;
}

/** Its totals; line by line the API has it: GET /v1/books/retail/statement. */
async function readStatement(book: Book, path: string): Promise<CustomerStatement> {
  const own = await accountsUnder(book, path);
  if (own.length === 0) throw fail(cliErrors, "account_missing", { path });
  let [debitMinor, creditMinor, seq] = [0n, 0n, 0];
  for (const { balance } of own) {
    debitMinor += balance.debitsPosted;
    creditMinor += balance.creditsPosted;
    seq = Math.max(seq, balance.seq);
  }
  return { customer: path, debitMinor, creditMinor, owedMinor: debitMinor - creditMinor, seq };
}
