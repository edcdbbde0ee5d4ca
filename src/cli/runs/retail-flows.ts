/**
 * Flows of the shop's book that every house serves: a statement for each customer, and a verification that
 * a schedule may start each night. They write nothing into the book; what they found is their result.
 */
import { fail } from "../../base/index.ts";
import { type AnyFlow, flow, type Steps } from "../../flow/index.ts";
import type { Book, Ledger } from "../../ledger/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { MONEY } from "../replay/names.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";

const STATEMENTS_FLOW = "retail.statements";
export const VERIFY_FLOW = "retail.verify";

export interface CustomerStatement {
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

const CUSTOMERS = "customer";
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
    let cursor: string | undefined;
    do {
      const from: string | undefined = cursor;
      const page = await f.step("customers", async () => customersOf(await book(), from));
      for (const { owedMinor } of page.customers) listedMinor += owedMinor;
      for (let at = 0; at < page.customers.length; at += TOGETHER) {
        const paths = page.customers.slice(at, at + TOGETHER).map(({ path }) => path);
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

/** What a statement is started with: the account's path. */
function customerPath(input: unknown): string {
  if (typeof input === "string") return input;
  throw new TypeError("the path of a customer's account is wanted, as text: customer/17850");
}

/** Walk-ins are one customer, on the first page. */
async function customersOf(book: Book, cursor: string | undefined): Promise<Customers> {
  const filter = { prefix: CUSTOMERS, asset: MONEY };
  const page = await book.accounts(filter, { limit: PAGE, cursor });
  const customers = page.items.map(({ path, available }) => ({ path, owedMinor: available }));
  const walkIn = cursor === undefined ? await book.account(WALK_IN, MONEY) : undefined;
  return {
    customers:
      walkIn === undefined
        ? customers
        : [{ path: WALK_IN, owedMinor: walkIn.available }, ...customers],
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  };
}

/** Its totals; line by line the API has it: GET /v1/books/retail/statement. */
async function readStatement(book: Book, path: string): Promise<CustomerStatement> {
  const account = await book.account(path, MONEY);
  if (account === undefined) throw fail(cliErrors, "account_missing", { path });
  const { debitsPosted: debitMinor, creditsPosted: creditMinor, seq } = account.balance;
  return { customer: path, debitMinor, creditMinor, owedMinor: debitMinor - creditMinor, seq };
}
