/**
 * `npm run build` writes dist/, what is published: JavaScript, declarations, and the migrations,
 * which TypeScript doesn't know about. It ends with an error unless everything that package.json
 * promises (each subpath and the command) is really there.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisedFiles, type Manifest } from "./promised-files.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXECUTABLE = 0o755;

function build(): number {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const compiled = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
    { cwd: root, stdio: ["ignore", 2, 2] },
  );
  if (compiled.status !== 0) return compiled.status ?? 1;

  for (const file of globSync("**/*.sql", { cwd: join(root, "src"), exclude: ["**/testing/**"] })) {
    const copy = join(root, "dist", file);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(root, "src", file), copy);
  }

  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  for (const command of Object.values(manifest.bin)) {
    const file = join(root, command);
    if (existsSync(file)) chmodSync(file, EXECUTABLE);
  }
  const missing = promisedFiles(manifest).filter((file) => !existsSync(join(root, file)));
  for (const file of missing) {
    process.stderr.write(`package.json promises ${file}, and the build did not write it\n`);
  }
  return missing.length === 0 ? 0 : 1;
}

process.exitCode = build();
