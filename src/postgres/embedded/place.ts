import { createHash, randomBytes } from "node:crypto";
import { chmod, cp, lchown, mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Logger } from "../../base/index.ts";
import type { Binaries } from "./binaries.ts";
import type { Layout } from "./folder.ts";
import { folderError, ownerOf } from "./folder.ts";
import type { RunAs } from "./run-as.ts";
import { refused, whyNot } from "./run-as.ts";

/** Where another account finds what it cannot reach in the user's folder. */
const SHARED_FOLDER = "/var/lib/longmen";

/** Where the programs and the data are for the way PostgreSQL is run. */
export interface Place {
  readonly runAs: RunAs;
  readonly native: string;
  readonly dataDir: string;
  /** True when the data lies outside the user's folder, so that server.json must say where. */
  readonly outside: boolean;
}

async function copiedBinaries(binaries: Binaries): Promise<string> {
  const target = path.join(SHARED_FOLDER, `postgresql-${binaries.version}`);
  const source = createHash("sha256").update(binaries.native).digest("hex").slice(0, 8);
  const copy = `${target}-${source}`;
  const building = `${copy}.new-${process.pid}`;
  await mkdir(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  try {
    await readdir(path.join(copy, "bin"));
    return copy;
  } catch {
    await rm(building, { recursive: true, force: true });
  }
  await cp(binaries.native, building, { recursive: true, verbatimSymlinks: true });
  await chmod(building, 0o755);
  await rename(building, copy).catch(() => rm(building, { recursive: true, force: true }));
  return copy;
}

/** A new folder for data that its account cannot reach where the user wanted it. */
function outsideDataDir(): string {
  return path.join(SHARED_FOLDER, randomBytes(8).toString("hex"), "data");
}

/** Gives a folder and all in it to another owner. Root only. */
export async function giveTo(folder: string, owner: { uid: number; gid: number }): Promise<void> {
  await lchown(folder, owner.uid, owner.gid);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const child = path.join(folder, entry.name);
    if (entry.isDirectory()) await giveTo(child, owner);
    else await lchown(child, owner.uid, owner.gid);
  }
}

/**
 * Settles where an account other than our own finds programs and data: in place if it can enter,
 * otherwise copied under /var/lib/longmen, which is said in the log.
 */
export async function placeFor(
  runAs: RunAs,
  options: { binaries: Binaries; layout: Layout; knownDataDir: string | undefined; log: Logger },
): Promise<Place> {
  const { binaries, layout, log } = options;
  const inPlace = path.join(layout.home, "data");
  const dataDir = options.knownDataDir ?? inPlace;
  const outside = dataDir !== inPlace;
  if (runAs.kind !== "account") return { runAs, native: binaries.native, dataDir, outside };
  try {
    let { native } = binaries;
    if ((await whyNot(runAs, { native, folder: "/", writable: false })) !== undefined) {
      native = await copiedBinaries(binaries);
      log.info({ native }, "PostgreSQL's account cannot enter node_modules: using a copy");
    }
    const problem = await whyNot(runAs, { native, folder: layout.dir, writable: false });
    if (problem === undefined || outside) return { runAs, native, dataDir, outside };
    if (options.knownDataDir !== undefined) throw refused("its account", problem);
    const elsewhere = outsideDataDir();
    await mkdir(path.dirname(elsewhere), { recursive: true, mode: 0o711 });
    log.warn(
      { data: elsewhere },
      "PostgreSQL's account cannot enter the folder: data lies outside",
    );
    return { runAs, native, dataDir: elsewhere, outside: true };
  } catch (error) {
    throw folderError(SHARED_FOLDER, error);
  }
}

/** Lets PostgreSQL's account through to the data folder, and gives it that, if it has it not. */
export async function openTo(runAs: RunAs, home: string, dataDir: string): Promise<void> {
  const { owner, kind } = runAs;
  if (owner === undefined || process.getuid?.() !== 0) return;
  if (kind === "account") await chmod(home, 0o711);
  const present = await ownerOf(dataDir);
  if (present?.uid !== owner.uid) await giveTo(dataDir, owner);
}
