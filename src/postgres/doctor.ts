import { NEWEST_TESTED_MAJOR, versionName } from "./check-server.ts";
import type { Database } from "./database.ts";
import { LongmenError } from "../base/index.ts";
import {
  deadRows,
  doctorSettings,
  heldSlots,
  invalidIndexes,
  longTransactions,
  preparedTransactions,
  serverPressure,
} from "./doctor.sql.ts";
import { demandMigrated } from "./migrate.ts";
import type { MigrationFolder } from "./migration.ts";
import type { SchemaManifest } from "./schema-manifest.ts";
import { compareSchemas, describeSchema } from "./schema-manifest.ts";

/** One thing that was looked at, and what to do about it. `advice` is empty when all is well. */
export interface Finding {
  readonly check: string;
  readonly level: "ok" | "warn" | "error";
  readonly message: string;
  readonly advice: string;
}

export interface DoctorOptions {
  /** The schema as this version makes it; without it drift is not looked for. */
  readonly manifest?: SchemaManifest;
  /** All that this version has; without them it is not asked whether they were applied. */
  readonly migrations?: readonly MigrationFolder[];
  /** A transaction open for longer is reported. */
  readonly longTransactionSeconds?: number;
  /** Dead rows of a table below this are no matter. */
  readonly deadRowsLeast?: bigint;
  /** Log held for an absent reader below this is no matter. */
  readonly heldLogBytes?: bigint;
}

const LONG_TRANSACTION_SECONDS = 60;
const DEAD_ROWS_LEAST = 100_000n;
const HELD_LOG_BYTES = 1_073_741_824n;
const SHOWN_MAX = 20;
const SMALL_BUFFERS_MB = 64;
const MANY_CONNECTIONS = 0.8;
/** Of two thousand million: autovacuum begins at 200 million, the server stops near the end. */
const OLD_TRANSACTION_AGE = 1_000_000_000;

type Check = (database: Database, options: DoctorOptions) => Promise<Finding[]>;

function ok(check: string, message: string): Finding {
  return { check, level: "ok", message, advice: "" };
}

/** All findings, or one that says that nothing was found. */
function orFine(check: string, found: Finding[], fine: string): Finding[] {
  return found.length === 0 ? [ok(check, fine)] : found;
}

const version: Check = (database) => {
  const { serverVersion } = database;
  const name = `PostgreSQL ${versionName(serverVersion)}`;
  const tooNew = Math.floor(serverVersion / 10_000) > NEWEST_TESTED_MAJOR;
  return Promise.resolve([
    tooNew
      ? {
          check: "version",
          level: "warn",
          message: `${name} is newer than any tested one`,
          advice: `Tested up to PostgreSQL ${NEWEST_TESTED_MAJOR}; look for a newer Longmen.`,
        }
      : ok("version", name),
  ]);
};

const MUST_BE_ON: Readonly<Record<string, string>> = {
  fsync: "A power cut can lose or damage everything. Set it to on and restart.",
  full_page_writes: "A power cut can damage pages. Set it to on and reload.",
  synchronous_commit:
    "What others than Longmen acknowledge can be lost in a crash, and no standby is waited for. Set it to on (or remote_apply) and reload.",
  autovacuum: "Hot rows slow down and transaction ids run out. Set it to on and reload.",
};

const settings: Check = async (database) => {
  const names = [...Object.keys(MUST_BE_ON), "shared_buffers"];
  const found = await database.run(doctorSettings, { names });
  const findings: Finding[] = [];
  for (const { name, setting } of found) {
    const advice = MUST_BE_ON[name];
    if (advice !== undefined && (setting === "off" || setting === "local")) {
      findings.push({
        check: "settings",
        level: "error",
        message: `${name} is ${setting}`,
        advice,
      });
    }
    // shared_buffers is told in pages of 8 kB.
    const megabytes = name === "shared_buffers" ? Number(setting) / 128 : undefined;
    if (megabytes !== undefined && megabytes < SMALL_BUFFERS_MB) {
      findings.push({
        check: "settings",
        level: "warn",
        message: `shared_buffers is ${megabytes} MB`,
        advice: "An eighth to a quarter of the memory is usual. Set it and restart.",
      });
    }
  }
  return orFine("settings", findings, "what is acknowledged is on the disk");
};

/** Nothing, or what is wrong with the schema as a whole: then its parts are not looked at. */
async function schemaFound(
  database: Database,
  folders: readonly MigrationFolder[],
): Promise<Finding> {
  try {
    await demandMigrated(database, folders);
    return ok("schema", "every migration of this version was applied");
  } catch (error) {
    if (!(error instanceof LongmenError) || !SCHEMA_CODES.includes(error.code)) throw error;
    const message = `${error.message} (${error.code})`;
    return { check: "schema", level: "error", message, advice: error.advice };
  }
}

const SCHEMA_CODES: readonly string[] = [
  "postgres.schema_missing",
  "postgres.schema_foreign",
  "postgres.schema_older",
  "postgres.schema_newer",
  "postgres.migration_changed",
  "postgres.migration_skipped",
];

const drift: Check = async (database, { manifest }) => {
  if (manifest === undefined) return [];
  const different = compareSchemas(manifest, await describeSchema(database));
  const findings = different.slice(0, SHOWN_MAX).map(({ line, wanted, found }): Finding => ({
    check: "drift",
    level: "error",
    message: `${line}: ${found === undefined ? "missing" : `is "${found}"`}, should ${wanted === undefined ? "not be there" : `be "${wanted}"`}`,
    advice: "Somebody changed the schema by hand, or a migration is missing: longmen migrate.",
  }));
  return orFine("drift", findings, "the schema is the one of this version");
};

const indexes: Check = async (database) => {
  const found = await database.run(invalidIndexes, { schema: database.schema });
  const findings = found.map(({ name }): Finding => ({
    check: "indexes",
    level: "error",
    message: `index ${name} is invalid`,
    advice: `reindex index concurrently ${database.schema}.${name};`,
  }));
  return orFine("indexes", findings, "all indexes are valid");
};

const transactions: Check = async (database, options) => {
  const seconds = options.longTransactionSeconds ?? LONG_TRANSACTION_SECONDS;
  const found = await database.run(longTransactions, { seconds, limit: SHOWN_MAX });
  const findings = found.map((one): Finding => ({
    check: "transactions",
    level: "warn",
    message: `process ${one.pid} (${one.application}) holds a transaction for ${one.seconds} s, ${one.state}`,
    advice: `Nothing newer can be cleaned up meanwhile. End it: select pg_terminate_backend(${one.pid});`,
  }));
  return orFine("transactions", findings, `none is open for more than ${seconds} s`);
};

const deadTuples: Check = async (database, options) => {
  const least = options.deadRowsLeast ?? DEAD_ROWS_LEAST;
  const found = await database.run(deadRows, { schema: database.schema, least });
  const findings = found.map(({ name, dead, live }): Finding => ({
    check: "dead rows",
    level: "warn",
    message: `${name} has ${dead} dead rows beside ${live} live ones`,
    advice: `Vacuum is held up or too slow; see the transactions. vacuum ${database.schema}.${name};`,
  }));
  return orFine("dead rows", findings, "vacuum keeps up");
};

const prepared: Check = async (database) => {
  const findings = (await database.run(preparedTransactions, {})).map(
    ({ id, seconds }): Finding => ({
      check: "prepared transactions",
      level: "error",
      message: `"${id}" has been waiting for its commit for ${seconds} s`,
      advice: "Longmen never prepares one; ask who did. It holds its locks: rollback prepared.",
    }),
  );
  return orFine("prepared transactions", findings, "none is waiting");
};

const slots: Check = async (database, options) => {
  const bytes = options.heldLogBytes ?? HELD_LOG_BYTES;
  const findings = (await database.run(heldSlots, { bytes })).map(
    ({ name, heldBytes }): Finding => ({
      check: "replication slots",
      level: "warn",
      message: `${name} has no reader and holds ${heldBytes / 1_048_576n} MB of log`,
      advice: `It fills the disk. Bring its reader back, or: select pg_drop_replication_slot('${name}');`,
    }),
  );
  return orFine("replication slots", findings, "none holds log for nobody");
};

const pressure: Check = async (database) => {
  const { connections, maxConnections, oldestTransactionAge } = await database.one(
    serverPressure,
    {},
  );
  const findings: Finding[] = [];
  if (connections > maxConnections * MANY_CONNECTIONS) {
    findings.push({
      check: "limits",
      level: "warn",
      message: `${connections} of ${maxConnections} connections are in use`,
      advice: "Raise max_connections, or lower the pools of the nodes.",
    });
  }
  if (oldestTransactionAge > OLD_TRANSACTION_AGE) {
    findings.push({
      check: "limits",
      level: "error",
      message: `the oldest transaction id is ${oldestTransactionAge} old`,
      advice: "The server stops at two thousand million. Find what holds vacuum up, then vacuum.",
    });
  }
  return orFine("limits", findings, `${connections} of ${maxConnections} connections in use`);
};

const checks: readonly Check[] = [
  version,
  settings,
  drift,
  indexes,
  transactions,
  deadTuples,
  prepared,
  slots,
  pressure,
];

/** What looks at our own tables. */
const ofTables: readonly Check[] = [drift, indexes, deadTuples];

/**
 * Looks a database over and tells what it found, check by check. Changes nothing and makes nothing:
 * a schema that is missing, foreign, older or newer is a finding, and its tables are left alone.
 */
export async function doctor(database: Database, options: DoctorOptions = {}): Promise<Finding[]> {
  const { migrations } = options;
  const findings: Finding[] = [];
  if (migrations !== undefined) findings.push(await schemaFound(database, migrations));
  const isOurs = findings.every(({ level }) => level === "ok");
  for (const check of checks) {
    if (isOurs || !ofTables.includes(check)) findings.push(...(await check(database, options)));
  }
  return findings;
}
