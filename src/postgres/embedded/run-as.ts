import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { promisify } from "node:util";
import { fail } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import { program } from "./binaries.ts";

const execFileAsync = promisify(execFile);
const PROBE_TIMEOUT_MS = 30_000;

/**
 * As whom PostgreSQL runs. It refuses root, and initdb refuses a user without a name.
 *
 *   self     as the user that started Longmen
 *   userns   as the same user, seen from inside a user namespace under another number: needs no
 *            other account, changes no owner, and enters every folder that its user owns
 *   account  as another account: the owner of existing data, or one of Longmen's own
 */
export type RunAsKind = "self" | "userns" | "account";

/** What a user may ask for: `auto` takes the first that works. */
export type RunAsWish = "auto" | RunAsKind;

export interface RunAs {
  readonly kind: RunAsKind;
  /** Who must own the data folder; undefined leaves it as it is. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Turns a program and its arguments into what is to be spawned. */
  readonly command: (file: string, args: readonly string[]) => Command;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: {
    readonly uid?: number;
    readonly gid?: number;
    readonly env?: Record<string, string>;
  };
}

// A known environment: LC_ALL and PG… of the caller would change what initdb and postgres do, and
// macOS needs LC_ALL. Windows cannot start programs without its own variables, so it keeps them.
const ENVIRONMENT =
  process.platform === "win32"
    ? {}
    : { env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" } };

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function accounts(): Account[] {
  let text: string;
  try {
    text = readFileSync("/etc/passwd", "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name = "", , uid = "", gid = ""]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid }) => name !== "" && uid > 0);
}

/** Some account with a name, to be seen as inside a namespace: initdb looks the number up. */
function namedAccount(): Account {
  const all = accounts();
  const nobody = all.find(({ name }) => name === "nobody");
  return nobody ?? all[0] ?? { name: "nobody", uid: 65_534, gid: 65_534 };
}

export const asSelf: RunAs = {
  kind: "self",
  owner: undefined,
  command: (file, args) => ({ file, args, options: ENVIRONMENT }),
};

function inNamespace(): RunAs {
  const { uid, gid } = namedAccount();
  const map = ["--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"];
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return {
    kind: "userns",
    owner: self,
    command: (file, args) => ({
      file: "unshare",
      args: [...map, file, ...args],
      options: ENVIRONMENT,
    }),
  };
}

export function asAccount(account: { uid: number; gid: number }): RunAs {
  const { uid, gid } = account;
  return {
    kind: "account",
    owner: { uid, gid },
    command: (file, args) => ({ file, args, options: { uid, gid, ...ENVIRONMENT } }),
  };
}

/**
 * Tries a way: can it enter the folder and run the program there? Answers why not, or undefined.
 * `writable` also asks whether it can write there.
 */
export async function whyNot(
  runAs: RunAs,
  where: { native: string; folder: string; writable: boolean },
): Promise<string | undefined> {
  const script = `cd "$1" && { ! ${where.writable} || test -w .; } && exec "$2" --version`;
  const command = runAs.command("/bin/sh", [
    "-c",
    script,
    "sh",
    where.folder,
    program(where.native, "postgres"),
  ]);
  try {
    await execFileAsync(command.file, [...command.args], {
      ...command.options,
      cwd: "/",
      timeout: PROBE_TIMEOUT_MS,
    });
    return undefined;
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    return said !== "" ? said : `${runAs.kind} cannot use ${where.folder}`;
  }
}

const ACCOUNT_NAME = "longmen";

/** Longmen's own account, made on first use. Root only. */
export async function ownAccount(): Promise<Account> {
  const known = accounts().find(({ name }) => name === ACCOUNT_NAME);
  if (known !== undefined) return known;
  const args = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"];
  try {
    await execFileAsync("useradd", [...args, ACCOUNT_NAME], { ...ENVIRONMENT });
  } catch (error) {
    const raced = accounts().find(({ name }) => name === ACCOUNT_NAME);
    if (raced !== undefined) return raced;
    const reason = error instanceof Error ? error.message : String(error);
    throw refused("an account of its own", reason, error);
  }
  const made = accounts().find(({ name }) => name === ACCOUNT_NAME);
  if (made === undefined) throw refused("an account of its own", "useradd made none");
  return made;
}

export function refused(tried: string, reason: string, cause?: unknown): Error {
  return fail(postgresErrors, "run_as_impossible", { tried, reason }, cause);
}

/** Whether this process is one that PostgreSQL accepts as it is. */
export function selfIsFine(): string | undefined {
  if (process.platform === "win32") return undefined;
  if (process.getuid?.() === 0) return "this is root";
  try {
    os.userInfo();
    return undefined;
  } catch {
    return `user ${process.getuid?.()} has no name in /etc/passwd`;
  }
}

/**
 * Chooses the way for a folder. `dataOwner` is who owns data that is there already: as root,
 * data of another user is run as that user, so that nothing changes hands.
 * Refuses: postgres.run_as_impossible.
 */
export async function chooseRunAs(
  wish: RunAsWish,
  where: { native: string; folder: string; dataOwner: { uid: number; gid: number } | undefined },
): Promise<RunAs> {
  const selfProblem = selfIsFine();
  if (wish === "self" || (wish === "auto" && selfProblem === undefined)) {
    if (selfProblem !== undefined) throw refused("running as oneself", selfProblem);
    return asSelf;
  }
  const isRoot = process.getuid?.() === 0;
  const { dataOwner } = where;
  if (wish === "auto" && isRoot && dataOwner !== undefined && dataOwner.uid !== 0) {
    return asAccount(dataOwner);
  }
  const namespace = inNamespace();
  const problem =
    wish === "account" ? "not asked for" : await whyNot(namespace, { ...where, writable: true });
  if (problem === undefined) return namespace;
  if (wish === "userns" || !isRoot) throw refused("a user namespace", problem);
  const existing = dataOwner !== undefined && dataOwner.uid !== 0 ? dataOwner : undefined;
  return asAccount(existing ?? (await ownAccount()));
}
