/**
 * `npm run simulate-selling -- --seed N --minutes M`: rounds of the shop, one seed after the other, on an embedded
 * PostgreSQL of its own. Ends with 1 at the first round that found something, and leaves its database for a look.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { startEmbedded } from "../../../src/postgres/index.ts";
import { simulateSelling } from "./simulate-selling.ts";
import { storyOf } from "./story.ts";

const ROUND_MS = 20_000;
const EXIT_INTERRUPTED = 130;
const USAGE = "npm run simulate-selling -- [--seed N] [--minutes M] [--nodes N]\n";

interface Wish {
  readonly seed: number;
  readonly minutes: number;
  readonly nodes: number;
}

function readWish(args: readonly string[]): Wish | undefined {
  const options = {
    seed: { type: "string" },
    minutes: { type: "string" },
    nodes: { type: "string" },
  } as const;
  const { values, tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const isStrange = tokens.some((token) => token.kind !== "option" || !(token.name in options));
  if (isStrange) return undefined;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  const minutes = Number(values.minutes ?? 1);
  const nodes = Number(values.nodes ?? 3);
  const isRight = Number.isInteger(seed) && seed >= 0 && minutes > 0;
  return isRight && Number.isInteger(nodes) && nodes > 0 && nodes <= 8
    ? { seed, minutes, nodes }
    : undefined;
}

async function run({ seed, minutes, nodes }: Wish): Promise<number> {
  const dir = await mkdtemp(path.join(tmpdir(), "longmen-simulate-selling-"));
  const server = await startEmbedded({ dir });
  const breakOff = () => {
    // What a round says while its server is taken from under it is of no interest.
    process.on("uncaughtException", () => undefined);
    void server
      .stop()
      .then(() => rm(dir, { recursive: true, force: true }))
      .finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", breakOff).once("SIGTERM", breakOff);
  const until = performance.now() + minutes * 60_000;
  let found = 0;
  try {
    for (let round = seed; found === 0 && (round === seed || performance.now() < until); round++) {
      const schema = `selling_${round}`;
      const durationMs = Math.min(ROUND_MS, minutes * 60_000);
      const report = await simulateSelling({
        seed: round,
        url: server.url,
        schema,
        durationMs,
        nodes,
      });
      process.stdout.write(`${storyOf(report)}\n`);
      found = report.findings.length;
    }
  } finally {
    await server.stop();
    if (found === 0) await rm(dir, { recursive: true, force: true });
    else process.stdout.write(`The database is kept in ${server.dataDir}\n`);
  }
  return found === 0 ? 0 : 1;
}

const wish = readWish(process.argv.slice(2));
if (wish === undefined) process.stderr.write(USAGE);
process.exit(wish === undefined ? 2 : await run(wish));
