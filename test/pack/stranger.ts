import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Somebody else's project with Longmen installed from its tarball, and nothing of ours around it. */
export interface Stranger {
  readonly folder: string;
  /** Every file of the installed package, from its root. */
  readonly files: readonly string[];
  /** Runs a module of theirs and returns what it printed; fails with its error output. */
  runModule(code: string): string;
  /** Checks a TypeScript module of theirs with the strictest settings; answers the complaints. */
  checkTypes(code: string): string;
  leave(): void;
}

/** Packs this repository as publishing would, and installs it without its optional dependencies. */
export function packAndInstall(): Stranger {
  const folder = mkdtempSync(join(tmpdir(), "longmen-stranger-"));
  const leave = () => rmSync(folder, { recursive: true, force: true });
  try {
    return {
      folder,
      files: installInto(folder),
      runModule: (code) => runModule(folder, code),
      checkTypes: (code) => checkTypes(folder, code),
      leave,
    };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Answers the files of the installed package. */
function installInto(folder: string): readonly string[] {
  const packed = join(folder, "packed");
  mkdirSync(packed);
  npm(root, "pack", "--workspaces=false", "--pack-destination", packed);
  const tarball = readdirSync(packed)[0];
  if (tarball === undefined) throw new Error("npm pack wrote no tarball");

  const manifest = { name: "stranger", version: "1.0.0", private: true, type: "module" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const flags = ["--omit=optional", "--prefer-offline", "--no-audit", "--no-fund"];
  npm(folder, "install", ...flags, join(packed, tarball));

  const installed = join(folder, "node_modules/longmen");
  return globSync("**/*", { cwd: installed, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

function runModule(folder: string, code: string): string {
  const file = join(folder, "module.mjs");
  writeFileSync(file, code);
  return run(process.execPath, [file], folder);
}

function checkTypes(folder: string, code: string): string {
  writeFileSync(join(folder, "module.ts"), code);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2024",
    module: "nodenext",
    // A library's declarations must hold by themselves, not because nobody looks.
    skipLibCheck: false,
    typeRoots: [join(root, "node_modules/@types")],
    types: ["node"],
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["module.ts"] }),
  );
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const checked = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  return `${checked.stdout}${checked.stderr}`.trim();
}

/** Runs the npm that runs us, or the one on the path, as if nobody had called it before. */
function npm(folder: string, ...args: readonly string[]): string {
  const script = process.env["npm_execpath"];
  const [command, first] = script === undefined ? ["npm", []] : [process.execPath, [script]];
  return run(command, [...first, ...args], folder);
}

function run(command: string, args: readonly string[], folder: string): string {
  const ran = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: ownEnvironment(),
    shell: process.platform === "win32" && command === "npm",
  });
  if (ran.status === 0) return ran.stdout;
  const reason = ran.error?.message ?? `${ran.stdout}${ran.stderr}`;
  throw new Error(
    `${command} ${args.join(" ")} ended with ${ran.status ?? "no"} status: ${reason}`,
  );
}

/** The environment without what an `npm test` around us says about *this* package. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_(package|lifecycle)_|npm_config_(local_prefix|workspace|omit)|INIT_CWD)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
