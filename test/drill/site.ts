/** Where drills take place: one embedded PostgreSQL with all its safety on, one book for each drill. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Book, type Request, ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import {
  migrate,
  openDatabase,
  postgresMigrations,
  startEmbedded,
  type Database,
  type Embedded,
} from "../../src/postgres/index.ts";

export interface Site {
  readonly server: Embedded;
  readonly schema: string;
  readonly dir: string;
  /** Opens a book with goods in stock, under a name of its own. */
  newBook(): Promise<string>;
  /** Lends a connection of the auditor's own, which no drill cuts. */
  withBook<T>(name: string, work: (book: Book, database: Database) => Promise<T>): Promise<T>;
  close(keep: boolean): Promise<void>;
}

const STOCK = 1_000_000n;
const USERS = 20;

export async function openSite(): Promise<Site> {
  const dir = await mkdtemp(path.join(tmpdir(), "longmen-drill-"));
  const server = await startEmbedded({ dir });
  const site = await siteOn(server, dir);
  return {
    ...site,
    close: async (keep) => {
      await server.stop();
      if (!keep) await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Another schema on the same server, for drills that leave it other than they found it. */
export function siteBeside({ server, dir }: Site, schema: string): Promise<Site> {
  return siteOn(server, path.join(dir, schema), schema);
}

async function siteOn(server: Embedded, dir: string, schema = "longmen"): Promise<Site> {
  const database = await openDatabase({ url: server.url, schema });
  await migrate(database, [postgresMigrations, ledgerMigrations]);
  await database.close();
  let books = 0;
  const withBook: Site["withBook"] = async (name, work) => {
    const own = await openDatabase({ url: server.url, schema, poolMax: 3 });
    const ledger = openLedger({ database: own, sweep: false });
    try {
      return await work(await ledger.createBook(name), own);
    } finally {
      await ledger.close();
      await own.close();
    }
  };
  return {
    server,
    schema,
    dir,
    withBook,
    newBook: async () => {
      books += 1;
      const name = `drill/${books}`;
      await withBook(name, async (book) => {
        for (const request of furnishing()) await book.submit(request);
      });
      return name;
    },
    // Its server is somebody else's.
    close: () => Promise.resolve(),
  };
}

function furnishing(): Request[] {
  const users = Array.from({ length: USERS }, (_, index): Request => ({
    kind: "open",
    path: `user/${index + 1}`,
    asset: "CNY/2",
    side: "credit",
  }));
  return [
    { kind: "asset", asset: "CNY/2" },
    { kind: "open", path: "supplier", asset: "CNY/2", side: "credit", bound: "none" },
    { kind: "open", path: "stock", asset: "CNY/2", side: "credit" },
    ...users,
    { id: "furnish", asset: "CNY/2", debit: "supplier", credit: "stock", amount: STOCK },
  ];
}
