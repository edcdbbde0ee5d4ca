/** `npm run bench -- NAME [options]`: see usage in options.ts and bench/README.md. */
import { benchNames, loadBench } from "./benches.ts";
import { Void } from "./contest.ts";
import { parseOptions, usage, UsageError, type Options } from "./options.ts";
import { reportOf } from "./print.ts";
import { runBench, withServers, type Servers } from "./run.ts";
import { EXIT_MET, EXIT_NOT_JUDGED, exitCodeOf } from "./verdict.ts";

async function main(line: readonly string[]): Promise<number> {
  if (line.includes("--help") || line.includes("-h")) {
    process.stdout.write(usage);
    return EXIT_MET;
  }
  const options = parseOptions(line);
  return options.bench === "profile" ? profile(options) : measure(options);
}

async function measure(options: Options): Promise<number> {
  const bench = await loadBench(options.bench);
  if (bench === undefined) {
    throw new UsageError(`no benchmark "${options.bench}"; there is ${benchNames.join(", ")}`);
  }
  const result = await withServers(options, say, (servers) =>
    runBench(bench, options, servers, say),
  );
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : reportOf(result));
  for (const name of options.cases) {
    const ran = result.cases.some((row) => row.case.split("@")[0] === name);
    if (!ran) say(`no case "${name}" was run`);
  }
  return exitCodeOf(result, options);
}

async function profile(options: Options): Promise<number> {
  const { profileCase, PRELOAD } = await import("./profile.ts");
  const work = (servers: Servers) => profileCase(options, servers);
  process.stdout.write(await withServers(options, say, work, PRELOAD));
  return EXIT_MET;
}

/** What happens meanwhile; never on standard output, which holds the result only. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

// A reader that left early (| head) must not end the run before its servers are stopped.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Nothing was judged: the line was wrong, or what was measured must not be used.
  process.exitCode = EXIT_NOT_JUDGED;
  if (error instanceof UsageError) say(`${error.message}\n\n${usage}`);
  else if (error instanceof Void) say(`This run is void: ${error.message}.`);
  else throw error;
}
