import { statfs } from "node:fs/promises";
import os from "node:os";

const MB = 1024 * 1024;
const GB = 1024 * MB;
const SMALL_SHM = 256 * MB;
const ROOMY_DISK = 40 * GB;

export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly because: string;
}

export interface MachineFacts {
  readonly memoryBytes: number;
  readonly freeDiskBytes: number;
  readonly shmBytes: number | undefined;
  readonly platform: string;
}

/** Looks at the machine: memory (a container's limit counts), free disk, shared memory. */
export async function machineFacts(dataDir: string): Promise<MachineFacts> {
  const limit = process.constrainedMemory();
  const total = os.totalmem();
  const disk = await statfs(dataDir);
  const shm = await statfs("/dev/shm").catch(() => undefined);
  return {
    memoryBytes: limit > 0 ? Math.min(limit, total) : total,
    freeDiskBytes: disk.bavail * disk.bsize,
    shmBytes: shm === undefined ? undefined : shm.bavail * shm.bsize,
    platform: process.platform,
  };
}

function megabytes(bytes: number, least: number, most: number): string {
  return `${Math.min(most, Math.max(least, Math.floor(bytes / MB)))}MB`;
}

function setting(name: string, value: string, because: string): Setting {
  return { name, value, because };
}

function durability(machine: MachineFacts): Setting[] {
  const maxWal = machine.freeDiskBytes > ROOMY_DISK ? "4GB" : "1GB";
  return [
    setting("fsync", "on", "what is acknowledged is on the disk"),
    setting("synchronous_commit", "on", "a commit answers after its flush"),
    setting("full_page_writes", "on", "a page torn by a power cut is repaired from the log"),
    setting("wal_level", "replica", "base backups and archiving stay possible"),
    setting(
      "max_wal_size",
      maxWal,
      "checkpoints come by time, not by volume: each one makes every page be logged whole again",
    ),
    setting("min_wal_size", "256MB", "segments are reused; creating one stalls a commit"),
    setting("checkpoint_timeout", "15min", "fewer whole pages in the log; recovery stays minutes"),
    setting("checkpoint_completion_target", "0.9", "a checkpoint's writes are spread out"),
    setting("wal_buffers", "16MB", "a large flush fits without an early write"),
    setting("wal_compression", "off", "this build has only pglz, which costs the commit path CPU"),
  ];
}

function memory(machine: MachineFacts): Setting[] {
  const smallShm = machine.shmBytes !== undefined && machine.shmBytes < SMALL_SHM;
  return [
    setting(
      "shared_buffers",
      megabytes(machine.memoryBytes / 8, 64, 1024),
      "an eighth of the memory: it shares the machine with node and the file cache",
    ),
    setting(
      "effective_cache_size",
      megabytes(machine.memoryBytes / 2, 256, 65_536),
      "half of the memory: a hint for plans, allocates nothing",
    ),
    setting("work_mem", "16MB", "per sort; lanes sort nothing, reports a little"),
    setting(
      "maintenance_work_mem",
      megabytes(machine.memoryBytes / 32, 64, 512),
      "index builds and vacuum",
    ),
    setting("huge_pages", "try", "fewer page faults where the system offers them"),
    setting(
      "dynamic_shared_memory_type",
      smallShm ? "mmap" : machine.platform === "win32" ? "windows" : "posix",
      "a container's small /dev/shm would end parallel queries; files never do",
    ),
    setting("default_toast_compression", "pglz", "this build has no lz4"),
  ];
}

function upkeep(): Setting[] {
  return [
    setting(
      "autovacuum_vacuum_scale_factor",
      "0.05",
      "rows that are updated, leases for one, leave few versions behind",
    ),
    setting("autovacuum_vacuum_insert_scale_factor", "0.1", "append-only tables: freeze early"),
    setting("autovacuum_analyze_scale_factor", "0.05", "fresh tables get plans that fit soon"),
    setting("autovacuum_vacuum_cost_limit", "1000", "vacuum keeps up with a busy lane"),
    setting("autovacuum_max_workers", "2", "never more than a part of a small machine"),
    setting("autovacuum_naptime", "60s", "an idle server stays idle"),
  ];
}

function planning(): Setting[] {
  return [
    setting("jit", "off", "statements are short; compiling them costs more than it saves"),
    setting("random_page_cost", "1.1", "solid-state disks"),
    setting("track_io_timing", "on", "doctor and explain can tell waiting from working"),
    setting("track_activity_query_size", "4096", "statements are seen whole"),
  ];
}

function connections(port: number, machine: MachineFacts): Setting[] {
  const list = [
    setting("listen_addresses", "'127.0.0.1'", "this machine only"),
    setting("port", String(port), "chosen free; server.json keeps it"),
    setting("max_connections", "60", "a few nodes' pools, the lanes and a person with psql"),
    setting("password_encryption", "'scram-sha-256'", "the machine may have other users"),
    setting("unix_socket_directories", "''", "socket paths may be too long; TCP always works"),
  ];
  if (machine.platform === "linux") {
    list.push(
      setting("client_connection_check_interval", "5s", "a killed node's query ends with it"),
    );
  }
  return list;
}

function reporting(): Setting[] {
  return [
    setting("logging_collector", "off", "one file, opened by longmen, cut at start"),
    setting(
      "log_min_messages",
      "log",
      "starts, stops and crashes; a refused statement is an answer, not news",
    ),
    setting("log_checkpoints", "off", "routine"),
    setting("log_line_prefix", "'%m [%p] '", "when and who"),
    setting("log_timezone", "'UTC'", "one clock in all logs"),
    setting("timezone", "'UTC'", "a person with psql sees what the logs say"),
    setting("datestyle", "'iso, ymd'", "the one style Longmen reads"),
    setting("lc_messages", "'C'", "messages in one language"),
  ];
}

/** All settings of the embedded server, each with its reason. */
export function embeddedSettings(port: number, machine: MachineFacts): Setting[] {
  return [
    ...connections(port, machine),
    ...durability(machine),
    ...memory(machine),
    ...upkeep(),
    ...planning(),
    ...reporting(),
  ];
}

/** A path inside single quotes of a configuration file. */
function quoted(file: string): string {
  return file.replaceAll("\\", "/").replaceAll("'", "''");
}

/**
 * The text of postgresql.conf. It is written anew at every start; what a user wants otherwise goes
 * into `local.conf` beside the data folder, which is read last.
 */
export function settingsText(
  settings: readonly Setting[],
  extra: Readonly<Record<string, string>>,
  localConf: string | undefined,
): string {
  const lines = settings.map(({ name, value, because }) => `# ${because}\n${name} = ${value}`);
  const own = Object.entries(extra).map(([name, value]) => `${name} = ${value}`);
  const include = localConf === undefined ? [] : [`include '${quoted(localConf)}'`];
  return [
    "# Written by longmen at every start. Put changes into local.conf, which is read last.",
    ...lines,
    ...own,
    ...include,
    "",
  ].join("\n\n");
}

/** pg_hba.conf: a password from this machine, nothing else. */
export const HBA_TEXT = `# Written by longmen at every start.
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`;
