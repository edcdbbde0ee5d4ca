/**
 * The configuration: one table of settings, read once at start from flags and the environment.
 * A flag wins over the environment, that over the default; an empty value counts as not given.
 * Nothing else in Longmen touches `process.env`.
 */
import { isIP } from "node:net";
import { resolve } from "node:path";
import {
  fail,
  type FaultPlan,
  faultsFromText,
  isId,
  logLevels,
  LongmenError,
  MASK,
  maskUrlPasswords,
} from "./base/index.ts";
import { configErrors } from "./config.errors.ts";

/** How the embedded PostgreSQL, which refuses root, is run when we are root. */
export const postgresRunners = ["auto", "self", "userns", "account"] as const;

/** A text that is no value of its setting; `problem` ends a sentence that begins with its name. */
class Unreadable {
  readonly problem: string;
  constructor(problem: string) {
    this.problem = problem;
  }
}

interface Setting<T> {
  /** The environment variable; the flag is made from it. */
  readonly name: string;
  readonly doc: string;
  /** Read like any other value; undefined means there is none. */
  readonly fallback: string | undefined;
  /** What to print where there is no fallback. */
  readonly unset?: string;
  /** Never printed, not even where it can't be read. */
  readonly isSecret?: boolean;
  readonly read: (text: string) => T | Unreadable;
}

interface OptionalSetting<T> extends Setting<T> {
  readonly fallback: undefined;
}

const settings = {
  databaseUrl: {
    name: "DATABASE_URL",
    doc: "your own PostgreSQL 15 to 18, as postgres://user:password@host:port/database",
    fallback: undefined,
    unset: "the embedded PostgreSQL",
    read: databaseUrl,
  } satisfies OptionalSetting<string>,
  dir: {
    name: "LONGMEN_DIR",
    doc: "folder of the embedded PostgreSQL and of what this node remembers",
    fallback: ".longmen",
    read: (text) => resolve(text),
  } satisfies Setting<string>,
  port: {
    name: "LONGMEN_PORT",
    doc: "port to serve at, or the next free one; 0 takes any",
    fallback: "7300",
    read: wholeNumber(0, 65_535),
  } satisfies Setting<number>,
  host: {
    name: "LONGMEN_HOST",
    doc: "address to listen on; 0.0.0.0 opens it to the network",
    fallback: "127.0.0.1",
    read: (text) =>
      /^[\w.:%-]{1,253}$/.test(text) ? text : new Unreadable("is no host name or address"),
  } satisfies Setting<string>,
  healthPort: {
    name: "LONGMEN_HEALTH_PORT",
    doc: "a port of its own for /health and /metrics, which no crowd at the other stands before",
    fallback: undefined,
    unset: "none: they are at the port",
    read: wholeNumber(0, 65_535),
  } satisfies OptionalSetting<number>,
  trustProxy: {
    name: "LONGMEN_TRUST_PROXY",
    doc: "proxies whose X-Forwarded-For is believed: addresses and CIDR ranges, with commas between",
    fallback: undefined,
    unset: "none",
    read: proxies,
  } satisfies OptionalSetting<readonly string[]>,
  schema: {
    name: "LONGMEN_SCHEMA",
    doc: "PostgreSQL schema that holds all tables",
    fallback: "longmen",
    read: schemaName,
  } satisfies Setting<string>,
  log: {
    name: "LONGMEN_LOG",
    doc: `least level to log: ${logLevels.join(", ")}; a line a request is info`,
    fallback: "warn",
    read: oneOf(logLevels),
  } satisfies Setting<(typeof logLevels)[number]>,
  pgPort: {
    name: "LONGMEN_PG_PORT",
    doc: "port of the embedded PostgreSQL; 0 chooses a free one and keeps it",
    fallback: "0",
    read: wholeNumber(0, 65_535),
  } satisfies Setting<number>,
  pgAs: {
    name: "LONGMEN_PG_AS",
    doc: `how the embedded PostgreSQL runs when started by root: ${postgresRunners.join(", ")}`,
    fallback: "auto",
    read: oneOf(postgresRunners),
  } satisfies Setting<(typeof postgresRunners)[number]>,
  url: {
    name: "LONGMEN_URL",
    doc: "a running node to ask instead of the database here, by the commands that can; others say so",
    fallback: undefined,
    unset: "the database here",
    read: nodeUrl,
  } satisfies OptionalSetting<string>,
  key: {
    name: "LONGMEN_KEY",
    doc: "the token for LONGMEN_URL; as a flag others on this machine can read it",
    fallback: undefined,
    unset: "none",
    isSecret: true,
    read: (text) =>
      /^lm_[\w-]{1,200}$/.test(text) ? text : new Unreadable("is no token: they begin with lm_"),
  } satisfies OptionalSetting<string>,
  callSecrets: {
    name: "LONGMEN_CALL_SECRETS",
    doc: "what signs the HTTP calls of schedules: NAME=whsec_…, with commas between; a NAME twice: both",
    fallback: undefined,
    unset: "none: this node makes no calls",
    isSecret: true,
    read: callSecrets,
  } satisfies OptionalSetting<ReadonlyMap<string, readonly string[]>>,
  callHosts: {
    name: "LONGMEN_CALL_HOSTS",
    doc: "hosts that such calls may reach though they are not public, or by http, with commas between",
    fallback: undefined,
    unset: "none",
    read: callHosts,
  } satisfies OptionalSetting<readonly string[]>,
  poolMax: {
    name: "LONGMEN_POOL_MAX",
    doc: "most connections of this node to PostgreSQL",
    fallback: "10",
    // The lanes and the tx form hold connections of their own; fewer than three would starve reads.
    read: wholeNumber(3, 1_000),
  } satisfies Setting<number>,
  keepDays: {
    name: "LONGMEN_KEEP_DAYS",
    doc: "days that what is recorded of runs and of schedules' ticks is kept; 0 is for ever",
    fallback: "90",
    // The least among all nodes of a database is what counts.
    read: wholeNumber(0, 36_500),
  } satisfies Setting<number>,
  payWithinS: {
    name: "LONGMEN_PAY_WITHIN_S",
    doc: "seconds that an order waits to be paid; then it ends, and what it held is free",
    fallback: "900",
    read: wholeNumber(60, 30 * 86_400),
  } satisfies Setting<number>,
  node: {
    name: "LONGMEN_NODE",
    doc: "name of this node, different from every other node on the same database",
    fallback: undefined,
    unset: "the host name and a random part, kept in the folder",
    read: (text) =>
      isId(text) ? text : new Unreadable("must be 1 to 64 letters, digits and . _ : / @ # + -"),
  } satisfies OptionalSetting<string>,
  faults: {
    name: "LONGMEN_FAULTS",
    doc: "drills only: fault points to strike, as name=throw|exit|kill[@hit],…",
    fallback: undefined,
    unset: "none",
    read: faultPlan,
  } satisfies OptionalSetting<FaultPlan>,
};

type Settings = typeof settings;
type Key = keyof Settings;
type ValueOf<S> = S extends { read: (text: string) => infer R } ? Exclude<R, Unreadable> : never;

/** The configuration as the rest of Longmen gets it: parsed, checked, never changed. */
export type Config = {
  readonly [K in Key]: Settings[K] extends { fallback: undefined }
    ? ValueOf<Settings[K]> | undefined
    : ValueOf<Settings[K]>;
};

export interface ConfigInput {
  /** `process.env` unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Flags without their dashes: `{ "pg-port": "5433" }`. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

export type ConfigSource = "default" | "environment" | "flag";

/** One setting as `longmen config` prints it, secrets masked. */
export interface ConfigLine {
  readonly name: string;
  readonly flag: string;
  readonly value: string;
  readonly source: ConfigSource;
  readonly doc: string;
  /** Why the value can't be used. */
  readonly mistake?: string;
}

export interface ConfigDescription {
  readonly lines: readonly ConfigLine[];
  /** Every mistake, as sentences; `loadConfig` throws when there is one. */
  readonly mistakes: readonly string[];
  /** What is odd but stops nothing: misspelt variables, armed faults. */
  readonly notices: readonly string[];
}

/**
 * Reads the configuration. Touches nothing but its input. Safe to repeat: yes.
 * Refuses: config.invalid, with all mistakes in its details.
 */
export function loadConfig(input: ConfigInput = {}): Config {
  const { values, description } = readAll(input);
  const { mistakes } = description;
  if (mistakes.length > 0) throw fail(configErrors, "invalid", { mistakes });
  return values as Config; // every key was read: readAll goes through the table itself
}

/** Says what each setting is, where it is from and what is wrong with it; never throws. */
export function describeConfig(input: ConfigInput = {}): ConfigDescription {
  return readAll(input).description;
}

/** The flag of a setting: LONGMEN_PG_PORT is `pg-port`, DATABASE_URL is `database-url`. */
export function flagOf(name: string): string {
  return name
    .replace(/^LONGMEN_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
}

function readAll(input: ConfigInput): {
  values: Record<string, unknown>;
  description: ConfigDescription;
} {
  const environment = input.environment ?? process.env;
  const flags = input.flags ?? {};
  const values: Record<string, unknown> = {};
  const lines: ConfigLine[] = [];
  const mistakes = unknownFlags(flags);
  for (const [key, setting] of Object.entries<Setting<unknown>>(settings)) {
    const { text, source, given } = find(setting, environment, flags);
    const value = text === undefined ? undefined : readOne(setting, text);
    const mistake =
      value instanceof Unreadable ? `${given} ${value.problem}${hint(text)}` : undefined;
    if (mistake !== undefined) mistakes.push(mistake);
    values[key] = value;
    lines.push({
      name: setting.name,
      flag: `--${flagOf(setting.name)}`,
      value: shown(setting, text, value),
      source,
      doc: setting.doc,
      ...(mistake === undefined ? {} : { mistake }),
    });
  }
  return { values, description: { lines, mistakes, notices: noticesOf(environment, values) } };
}

function find(
  setting: Setting<unknown>,
  environment: NonNullable<ConfigInput["environment"]>,
  flags: NonNullable<ConfigInput["flags"]>,
): { text: string | undefined; source: ConfigSource; given: string } {
  const flag = flagOf(setting.name);
  const fromFlag = flags[flag];
  if (isGiven(fromFlag)) return { text: fromFlag, source: "flag", given: `--${flag}` };
  const fromEnvironment = environment[setting.name];
  if (isGiven(fromEnvironment)) {
    return { text: fromEnvironment, source: "environment", given: setting.name };
  }
  return { text: setting.fallback, source: "default", given: setting.name };
}

/** Compose files and shells often "unset" a variable by leaving it empty. */
function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

function readOne(setting: Setting<unknown>, text: string): unknown {
  if (text !== text.trim()) return new Unreadable("begins or ends with a space or a line break");
  return setting.read(text);
}

/** What is printed: the value in use, or else the text as given, but never a password. */
function shown(setting: Setting<unknown>, text: string | undefined, value: unknown): string {
  if (text === undefined) return setting.unset ?? "";
  if (setting.isSecret === true) return MASK;
  if (typeof value === "string" || typeof value === "number") {
    return maskUrlPasswords(String(value));
  }
  // A database URL that can't be read can't be masked for sure either.
  const unsafe = value instanceof Unreadable && setting.name === settings.databaseUrl.name;
  return unsafe ? MASK : maskUrlPasswords(text);
}

/** Kubernetes sets LONGMEN_PORT=tcp://… in every pod beside a service that is called longmen. */
function hint(text: string | undefined): string {
  const isServiceLink = text !== undefined && /^(?:tcp|udp):\/\//.test(text);
  return isServiceLink ? "; Kubernetes set it for a service: use enableServiceLinks: false" : "";
}

function unknownFlags(flags: NonNullable<ConfigInput["flags"]>): string[] {
  const known = Object.values(settings).map((setting) => flagOf(setting.name));
  return Object.keys(flags)
    .filter((flag) => !known.includes(flag))
    .map((flag) => `--${flag} is no setting`);
}

function noticesOf(
  environment: NonNullable<ConfigInput["environment"]>,
  values: Readonly<Record<string, unknown>>,
): string[] {
  const known = Object.values(settings).map((setting): string => setting.name);
  const notices = Object.keys(environment)
    .filter((name) => name.startsWith("LONGMEN_") && !known.includes(name))
    .map((name) => `${name} is no setting and is ignored`);
  if (values["faults"] !== undefined) {
    notices.push("faults are armed: this process will hurt itself on purpose");
  }
  return notices;
}

function wholeNumber(least: number, most: number): (text: string) => number | Unreadable {
  return (text) => {
    const value = /^(?:0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    return new Unreadable(`must be a whole number from ${least} to ${most}`);
  };
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => T | Unreadable {
  return (text) =>
    values.find((value) => value === text) ?? new Unreadable(`must be one of ${values.join(", ")}`);
}

function databaseUrl(text: string): string | Unreadable {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return new Unreadable("is no URL; write special characters as %40 and so");
  if (url.protocol === "postgres:" || url.protocol === "postgresql:") return text;
  return new Unreadable("must begin with postgres:// or postgresql://");
}

function proxies(text: string): readonly string[] | Unreadable {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !isAddressRange(name));
  return wrong === undefined
    ? names
    : new Unreadable(`must be addresses such as 10.0.0.7 or 10.0.0.0/8; ${wrong} is none`);
}

/** By name, in the order given: the first one of a name is the newest. Says of none what it is. */
function callSecrets(text: string): ReadonlyMap<string, readonly string[]> | Unreadable {
  const secrets = new Map<string, readonly string[]>();
  for (const one of text.split(",")) {
    const [, name, secret] =
      /^([A-Za-z0-9._-]{1,100})=(whsec_[A-Za-z0-9+/]{32,88}={0,2})$/.exec(one.trim()) ?? [];
    if (name === undefined || secret === undefined) {
      return new Unreadable(
        "must be NAME=whsec_ and base64 of 24 to 64 bytes, with commas between",
      );
    }
    secrets.set(name, [...(secrets.get(name) ?? []), secret]);
  }
  return secrets;
}

function callHosts(text: string): readonly string[] | Unreadable {
  const hosts = text.split(",").map((host) => host.trim());
  const wrong = hosts.find((host) => !/^(\[[0-9a-f:.]+\]|[\w.-]{1,253})(:\d{1,5})?$/i.test(host));
  return wrong === undefined
    ? hosts
    : new Unreadable(`must be hosts such as billing.internal:8080; ${wrong} is none`);
}

function isAddressRange(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const most = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
}

function nodeUrl(text: string): string | Unreadable {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return new Unreadable("is no URL, such as https://ledger.example.com");
  const isPlain = url.username === "" && url.search === "" && url.hash === "";
  if (/^https?:$/.test(url.protocol) && isPlain) return text;
  return new Unreadable("must be of the form https://host:port, without user, query or #");
}

function schemaName(text: string): string | Unreadable {
  const isReserved = text.startsWith("pg_") || text === "information_schema";
  if (isReserved) return new Unreadable("names a schema of PostgreSQL's own");
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(text)) return text;
  return new Unreadable("must be up to 63 of a-z, 0-9 and _, not beginning with a digit");
}

function faultPlan(text: string): FaultPlan | Unreadable {
  try {
    return faultsFromText(text);
  } catch (error) {
    if (error instanceof LongmenError) return new Unreadable(`is unreadable: ${error.message}`);
    throw error;
  }
}
