import type { Logger } from "../base/index.ts";
import { fail } from "../base/index.ts";
import { as } from "./columns.ts";
import type { Executor } from "./executor.ts";
import { postgresErrors } from "./postgres.errors.ts";
import { sql } from "./sql.ts";

/** `server_version_num` of the oldest server Longmen works on, and of the newest it is tested on. */
export const OLDEST_VERSION = 150_000;
export const NEWEST_TESTED_MAJOR = 18;

export const serverFacts = sql.named("postgres.serverFacts", {
  columns: {
    version: as.int4,
    encoding: as.text,
    clientEncoding: as.text,
    dateStyle: as.text,
    byteaOutput: as.text,
    fsync: as.text,
    fullPageWrites: as.text,
    standby: as.bool,
    readOnly: as.text,
  },
})`
  select
    current_setting('server_version_num')::int4 as version,
    current_setting('server_encoding') as encoding,
    current_setting('client_encoding') as client_encoding,
    current_setting('DateStyle') as date_style,
    current_setting('bytea_output') as bytea_output,
    current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    pg_is_in_recovery() as standby,
    current_setting('transaction_read_only') as read_only`;

export interface ServerFacts {
  version: number;
  encoding: string;
  clientEncoding: string;
  dateStyle: string;
  byteaOutput: string;
  fsync: string;
  fullPageWrites: string;
  standby: boolean;
  readOnly: string;
}

/** `150004` as people say it: `15.4`. */
export function versionName(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}

/** Refuses what Longmen cannot work with; answers true when the server is newer than any tested. */
export function judgeServer(facts: ServerFacts): boolean {
  if (facts.version < OLDEST_VERSION) {
    throw fail(postgresErrors, "version_unsupported", {
      found: versionName(facts.version),
      oldest: versionName(OLDEST_VERSION).replace(".0", ""),
    });
  }
  const needed: readonly (readonly [
    setting: string,
    found: string,
    wanted: RegExp,
    say: string,
  ])[] = [
    ["server_encoding", facts.encoding, /^UTF8$/, "UTF8"],
    ["client_encoding", facts.clientEncoding, /^UTF8$/, "UTF8"],
    ["datestyle", facts.dateStyle, /^ISO\b/, "ISO"],
    ["bytea_output", facts.byteaOutput, /^hex$/, "hex"],
  ];
  for (const [setting, found, wanted, say] of needed) {
    if (!wanted.test(found)) {
      throw fail(postgresErrors, "setting_unsupported", { setting, found, wanted: say });
    }
  }
  if (facts.standby || facts.readOnly === "on") {
    const reason = facts.standby ? "it is a standby" : "default_transaction_read_only is on";
    throw fail(postgresErrors, "read_only", { reason });
  }
  return Math.floor(facts.version / 10_000) > NEWEST_TESTED_MAJOR;
}

/** Asks the server once what it is. Answers its version number. */
export async function checkServer(executor: Executor, log: Logger): Promise<number> {
  const facts = await executor.one(serverFacts, {});
  if (judgeServer(facts)) {
    log.warn(
      { found: versionName(facts.version), tested: NEWEST_TESTED_MAJOR },
      "PostgreSQL is newer than any version Longmen was tested with",
    );
  }
  // Of no process's death, but of the machine's: no session can set it for itself.
  const { fsync, fullPageWrites } = facts;
  if (fsync === "off" || fullPageWrites === "off") {
    log.warn(
      { fsync, fullPageWrites },
      "a power cut can lose what was acknowledged: set fsync and full_page_writes to on",
    );
  }
  return facts.version;
}
