/** Our side: the shipped room on tables of its own, filled once for all rounds of a case. */
import {
  type Catalog,
  catalogMigrations,
  type ImportReport,
  openCatalog,
} from "../../src/catalog/index.ts";
import { Lane, migrate, openDatabase, postgresMigrations } from "../../src/postgres/index.ts";
import { runCallers } from "../callers.ts";
import { type Contender, type Round, Void } from "../contest.ts";
import { checkpoint, onServer } from "../servers.ts";
import { waits } from "../statistics.ts";
import { asksFor, productLines, questions, thingType } from "./goods.ts";

export interface CatalogLoad {
  readonly url: string;
  readonly products: number;
}

const SCHEMA = "bench_longmen_catalog";
const BOOK = "bench";
const BY = { by: "bench" };
const QUOTE_CALLERS = 200;
const SEARCH_MAX_MS = 50;
export const SEARCHED_WITHIN = "50-ms/p99-of-the-slowest-kind";
/** Of each kind at least so many, however short a round is: else there is no 99th of a hundred. */
const SEARCHES_MIN = 200;

interface Open {
  readonly catalog: Catalog;
  readonly close: () => Promise<void>;
}

async function open(url: string): Promise<Open> {
  const drop = () =>
    onServer(url, (client) => client.query(`drop schema if exists ${SCHEMA} cascade`));
  await drop();
  const database = await openDatabase({ url, schema: SCHEMA });
  await migrate(database, [postgresMigrations, catalogMigrations]);
  const lane = new Lane<never, never>({ name: "bench", database });
  const catalog = openCatalog({ database, lane });
  await catalog.openBook(BOOK);
  await catalog.saveType(BOOK, "thing", thingType, { version: 0 }, BY);
  return {
    catalog,
    async close() {
      await catalog.close();
      await lane.close();
      await database.close();
      await drop();
    },
  };
}

async function imported(catalog: Catalog, products: number): Promise<ImportReport> {
  const report = await catalog.importCsv(BOOK, { open: () => productLines(products) }, BY);
  if (report.errorCount > 0 || report.products !== products) {
    throw new Void(`${report.products} of ${products} products were imported`);
  }
  return report;
}

/** The file into an empty catalogue; then the same file again, which changes nothing. */
export function importing({ url, products }: CatalogLoad): Contender {
  const timed = async (work: () => Promise<ImportReport>) => {
    const startedAt = performance.now();
    const report = await work();
    return { report, seconds: (performance.now() - startedAt) / 1_000 };
  };
  return {
    name: "longmen",
    async round(): Promise<Round> {
      const { catalog, close } = await open(url);
      try {
        const first = await timed(() => imported(catalog, products));
        const again = await timed(() => imported(catalog, products));
        if (first.report.created !== products || again.report.unchanged !== products) {
          throw new Void("a file imported again changed something");
        }
        return {
          count: products,
          seconds: first.seconds,
          shares: { "first-time/again": first.seconds / again.seconds },
        };
      } finally {
        await close();
      }
    },
  };
}

/** A contender whose rounds share one full catalogue. */
function onFullCatalog(
  { url, products }: CatalogLoad,
  work: (catalog: Catalog, seconds: number) => Promise<Round>,
): Contender {
  let opened: Promise<Open> | undefined;
  const fill = async (): Promise<Open> => {
    const filled = await open(url);
    await imported(filled.catalog, products);
    await checkpoint(url);
    return filled;
  };
  return {
    name: "longmen",
    round: async (seconds) => work((await (opened ??= fill())).catalog, seconds),
    close: async () => (await opened)?.close(),
  };
}

/** One after the other, each kind as often: what one person waits for. */
export function searching(load: CatalogLoad): Contender {
  const kinds = questions(load.products);
  return onFullCatalog(load, async (catalog, seconds) => {
    const all = waits();
    const ofKind = new Map(kinds.map(({ name }) => [name, waits()]));
    const startedAt = performance.now();
    const endsAt = startedAt + seconds * 1_000;
    for (let nth = 0; nth < SEARCHES_MIN || performance.now() < endsAt; nth++) {
      for (const { name, search, finds } of kinds) {
        const askedAt = performance.now();
        const { items } = await catalog.search(BOOK, search(nth));
        const waited = performance.now() - askedAt;
        if (finds && items.length === 0) throw new Void(`nothing was found by ${name}`);
        all.record(waited);
        ofKind.get(name)?.record(waited);
      }
    }
    const within = [...ofKind].map(([kind, waited]): [string, number] => {
      return [`50-ms/p99, ${kind}`, SEARCH_MAX_MS / waited.quantile(0.99)];
    });
    return {
      count: all.count,
      seconds: (performance.now() - startedAt) / 1_000,
      p50Ms: all.quantile(0.5),
      p99Ms: all.quantile(0.99),
      shares: {
        [SEARCHED_WITHIN]: Math.min(...within.map(([, share]) => share)),
        ...Object.fromEntries(within),
      },
    };
  });
}

export function quoting(load: CatalogLoad): Contender {
  const ask = asksFor(load.products);
  return onFullCatalog(load, async (catalog, seconds) => {
    const before = await quotesIn(load.url);
    const call = async (): Promise<number> => {
      const { quote, status } = await catalog.quote(BOOK, ask());
      if (status !== "created" || quote.lines.length === 0) throw new Void("a quote was not made");
      return 1;
    };
    const round = await runCallers({ callers: QUOTE_CALLERS, seconds, call });
    const made = (await quotesIn(load.url)) - before;
    if (made !== round.count) throw new Void(`${made} quotes are kept of ${round.count}`);
    return round;
  });
}

async function quotesIn(url: string): Promise<number> {
  const { rows } = await onServer(url, (client) =>
    client.query<{ count: string }>(`select count(*) from ${SCHEMA}.catalog_quote`),
  );
  return Number(rows[0]?.count);
}
