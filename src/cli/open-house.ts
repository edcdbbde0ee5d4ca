/** The database and the ledger of a command: embedded or the user's own, up to date, and closed after. */
import { type Access, accessMigrations, openAccess } from "../access/index.ts";
import { fail, hasCode, type Logger, pinoLogger } from "../base/index.ts";
import { catalogMigrations } from "../catalog/index.ts";
import { flowMigrations } from "../flow/index.ts";
import { type Ledger, ledgerMigrations, openLedger } from "../ledger/index.ts";
import { orderMigrations } from "../order/index.ts";
import { paymentMigrations } from "../payment/index.ts";
import {
  type Database,
  demandMigrated,
  type Embedded,
  embeddedUrl,
  Lane,
  migrate,
  type MigrateReport,
  type MigrationFolder,
  openDatabase,
  postgresErrors,
  postgresMigrations,
  startEmbedded,
  type StartStep,
} from "../postgres/index.ts";
import { rulesMigrations } from "../rules/index.ts";
import { scheduleMigrations } from "../schedule/index.ts";
import type { CommandContext } from "./command.ts";
import type { HouseConfig } from "./house.ts";

export interface OpenHouseOptions {
  /** For commands that only look: when another process owns the embedded server, join it. */
  readonly beside?: boolean;
  /** For the move itself: opens the embedded folder although its books have moved, or may have. */
  readonly evenIfMoved?: boolean;
  /**
   * For commands that only look, and at which rooms: nothing is made, nothing migrated; where these are
   * not up to date they refuse. A program that keeps books by the library may have fewer than all.
   */
  readonly looks?: readonly MigrationFolder[] | undefined;
  /** Told once it is clear that the embedded server is brought up by this process. */
  readonly onOwnServer?: () => void;
}

/** The database alone, whatever is in it. */
export interface OpenStore {
  readonly config: HouseConfig;
  /** Of the server, with its password. */
  readonly url: string;
  readonly database: Database;
  readonly log: Logger;
  /** Resolves when the embedded server is down and could not be brought back; else never. */
  readonly failed: Promise<Error>;
  /** Ends the embedded server where this process is its owner, whoever is connected to it. */
  readonly stopServer: (() => Promise<void>) | undefined;
  close(): Promise<void>;
}

export interface OpenHouse extends OpenStore {
  readonly ledger: Ledger;
  readonly access: Access;
  readonly migrated: MigrateReport;
}

/** Everything that this version knows to migrate, in order. */
export const migrations: readonly MigrationFolder[] = [
  postgresMigrations,
  ledgerMigrations,
  accessMigrations,
  flowMigrations,
  scheduleMigrations,
  rulesMigrations,
  catalogMigrations,
  paymentMigrations,
  orderMigrations,
];

/** What a book alone needs. */
export const bookRooms: readonly MigrationFolder[] = [postgresMigrations, ledgerMigrations];

const stepWords: Readonly<Record<StartStep, string | undefined>> = {
  creating: "creating a PostgreSQL database in {dir}",
  starting: "starting PostgreSQL",
  recovering: "PostgreSQL recovers from a crash; this takes a while",
  // Nothing to wait for: it is asked whose it is, and the answer is the next thing said, if any.
  adopting: undefined,
  ready: undefined,
};

/**
 * Opens everything that a command needs, making what is not there yet, unless it only looks. Closing
 * goes the other way round, also when opening failed half-way.
 * Refuses: config.invalid, and what startEmbedded, openDatabase and migrate refuse; for who only
 * looks, what openStore and demandMigrated refuse.
 */
export async function openHouse(
  context: CommandContext,
  options: OpenHouseOptions = {},
): Promise<OpenHouse> {
  const store = await openStore(context, options);
  const { config, database, log } = store;
  const closers = [() => store.close()];
  const close = () => closeAll(closers);
  try {
    const { looks } = options;
    const migrated =
      looks === undefined ? await migrate(database, migrations) : await lookedAt(database, looks);
    // Who only looks carries out nothing that fell due either.
    const ledger = openLedger({ database, log, faults: config.faults, sweep: looks === undefined });
    closers.push(() => ledger.close());
    const lane = new Lane<never, never>({
      name: "node rows",
      database,
      log,
      faults: config.faults,
      rooms: [postgresMigrations, accessMigrations],
    });
    closers.push(() => lane.close());
    const access = openAccess({ database, lane });
    closers.push(() => access.close());
    return { ...store, ledger, access, migrated, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function lookedAt(
  database: Database,
  rooms: readonly MigrationFolder[],
): Promise<MigrateReport> {
  await demandMigrated(database, rooms);
  return { applied: [], alreadyThere: 0 };
}

/**
 * Lends the database as it is: nothing is migrated, and no embedded server made that is not there;
 * then `work` gets nothing. Refuses: config.invalid, and what startEmbedded and openDatabase refuse.
 */
export async function withDatabase<T>(
  context: CommandContext,
  work: (database: Database | undefined) => T | Promise<T>,
): Promise<T> {
  const { databaseUrl, dir } = context.house.loadConfig(context.flags);
  if (databaseUrl === undefined && (await embeddedUrl(dir)) === undefined) return work(undefined);
  const store = await openStore(context, { beside: true });
  try {
    return await work(store.database);
  } finally {
    await store.close();
  }
}

/**
 * Opens the database as it is: nothing is migrated.
 * Refuses: config.invalid, and what startEmbedded and openDatabase refuse; postgres.schema_missing
 * for who only looks, where no embedded database was ever made.
 */
export async function openStore(
  context: CommandContext,
  options: OpenHouseOptions = {},
): Promise<OpenStore> {
  const config = context.house.loadConfig(context.flags);
  const log = logOf(context, config);
  if (options.looks !== undefined) await demandThere(config);
  const closers: (() => Promise<void>)[] = [];
  const close = () => closeAll(closers);
  try {
    const embedded = await embeddedOf(context, config, log, options);
    if (embedded?.stop !== undefined) closers.push(embedded.stop);
    const url = embedded?.url ?? config.databaseUrl ?? "";
    const database = await openDatabase({
      url,
      schema: config.schema,
      poolMax: config.poolMax,
      log,
    });
    closers.push(() => database.close());
    const failed = embedded?.failed ?? new Promise<Error>(() => undefined);
    return { config, url, database, log, failed, stopServer: embedded?.stop, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An embedded server that only sleeps is woken; one that was never made is not made to look at it. */
async function demandThere({ databaseUrl, dir }: HouseConfig): Promise<void> {
  if (databaseUrl !== undefined || (await embeddedUrl(dir)) !== undefined) return;
  const reason = `there is no database in ${dir} yet`;
  throw fail(postgresErrors, "schema_missing", { reason });
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (let one = closers.pop(); one !== undefined; one = closers.pop()) await one();
}

/** The server and, where this process is its owner, how it ends. */
type Served = Pick<Embedded, "url"> & Partial<Pick<Embedded, "failed" | "stop">>;

async function embeddedOf(
  context: CommandContext,
  config: HouseConfig,
  log: Logger,
  options: OpenHouseOptions,
): Promise<Served | undefined> {
  if (config.databaseUrl !== undefined) return undefined;
  try {
    return await startOf(context, config, log, options);
  } catch (error) {
    const url = await embeddedUrl(config.dir);
    const isBeside = url !== undefined && hasCode(error, "postgres.already_running");
    if (options.beside !== true || !isBeside) throw error;
    return { url };
  }
}

function startOf(
  { terminal }: CommandContext,
  config: HouseConfig,
  log: Logger,
  { evenIfMoved = false, onOwnServer }: OpenHouseOptions,
): Promise<Embedded> {
  return startEmbedded({
    evenIfMoved,
    dir: config.dir,
    port: config.pgPort,
    runAs: config.pgAs,
    log,
    onProgress: (step) => {
      const words = stepWords[step];
      if (words === undefined) return;
      terminal.say(words.replace("{dir}", config.dir));
      onOwnServer?.();
    },
  });
}

function logOf({ terminal }: CommandContext, { log: level }: HouseConfig): Logger {
  return pinoLogger({ level, pretty: terminal.isLive, color: terminal.isLive });
}
