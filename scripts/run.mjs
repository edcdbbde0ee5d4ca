/**
 * Runs one of this repository's TypeScript entries: `node scripts/run.mjs src/main.ts [arguments]`.
 *
 * It is plain JavaScript because it must still speak when the Node that runs it is too old to read
 * TypeScript: all it does is look at the version, and step aside.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const OLDEST_NODE = 24;

/**
 * What to tell the person whose Node is too old; nothing when it is new enough.
 * @param {string} version as `process.version` writes it
 * @returns {string | undefined}
 */
export function complaintAbout(version) {
  const major = Number.parseInt(version.replace(/^v/, ""), 10);
  if (major >= OLDEST_NODE) return undefined;
  return [
    `Longmen needs Node ${OLDEST_NODE} or newer; this is ${version}.`,
    "On Linux (x64, arm64), Windows and Intel Macs `npm ci` brings one for this folder alone, which",
    "`npm start` and `npm test` then use: run `npm ci` here, without --omit=optional.",
    `Elsewhere install Node ${OLDEST_NODE} from https://nodejs.org and try again.`,
  ].join("\n");
}

async function run() {
  const complaint = complaintAbout(process.version);
  if (complaint !== undefined) {
    process.stderr.write(`${complaint}\n`);
    process.exitCode = 1;
    return;
  }
  const entry = process.argv[2];
  if (entry === undefined) {
    process.stderr.write("usage: node scripts/run.mjs ENTRY.ts [arguments]\n");
    process.exitCode = 2;
    return;
  }
  // The entry sees itself where a program expects its own name.
  const program = resolve(entry);
  process.argv.splice(1, 2, program);
  await import(pathToFileURL(program).href);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run();
