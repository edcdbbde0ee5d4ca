/**
 * `npm run drill -- --rounds N`: all drills, N times over, on an embedded PostgreSQL of its own with
 * all its safety on. Ends with 1 at the first round that found something, and leaves its database;
 * broken off it leaves nothing.
 */
import { parseArgs } from "node:util";
import { drills, type Drill } from "./drills.ts";
import { killNodes } from "./node-process.ts";
import { openSite, type Site } from "./site.ts";

const options = { rounds: { type: "string", default: "1" } } as const;
const { values, tokens } = parseArgs({ options, strict: false, tokens: true });
const rounds = Number(values.rounds);
const isStrange = tokens.some((token) => token.kind !== "option" || token.name !== "rounds");
if (isStrange || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write("npm run drill -- [--rounds N]\n");
  process.exit(2);
}
const EXIT_INTERRUPTED = 130;
/** A backup has the books of all rounds in it: now and then they begin anew. */
const SITE_ROUNDS = 5;
process.exitCode = await main();

async function main(): Promise<number> {
  let site = await openSite();
  const { promise: ended } = Promise.withResolvers<never>();
  let isBrokenOff = false;
  const breakOff = () => {
    // What a drill says while its server is taken from under it is of no interest.
    isBrokenOff = true;
    process.on("uncaughtException", () => undefined);
    killNodes();
    void site.close(false).finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", breakOff).once("SIGTERM", breakOff);
  let found = 0;
  for (let round = 1; round <= rounds && found === 0; round++) {
    if (round % SITE_ROUNDS === 0) {
      await site.close(false);
      site = await openSite();
    }
    process.stdout.write(`round ${round} of ${rounds}\n`);
    for (const drill of drills) {
      const told = await run(site, drill);
      // The process ends when its server has stopped.
      if (isBrokenOff) return ended;
      found += tell(drill, told);
    }
  }
  await site.close(found > 0);
  if (found > 0) process.stdout.write(`The database is kept in ${site.server.dataDir}\n`);
  return found > 0 ? 1 : 0;
}

interface Told extends Awaited<ReturnType<Drill["run"]>> {
  readonly seconds: string;
}

async function run(site: Site, drill: Drill): Promise<Told> {
  const began = performance.now();
  const told = await drill.run(site).catch((error: unknown) => ({
    findings: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    acknowledged: 0,
    entries: 0,
  }));
  return { ...told, seconds: ((performance.now() - began) / 1_000).toFixed(1) };
}

/** Says how a drill went; answers how much was found. */
function tell(drill: Drill, { findings, acknowledged, entries, seconds }: Told): number {
  const numbers = `${acknowledged} acknowledged, ${entries} entries, ${seconds} s`;
  process.stdout.write(`  ${findings.length === 0 ? "ok " : "BAD"} ${drill.title}: ${numbers}\n`);
  for (const finding of findings) process.stdout.write(`      ${finding}\n`);
  return findings.length;
}
