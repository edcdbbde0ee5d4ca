/**
 * `npm test` runs every suite that has tests, in order, the checks side by side, one line each; `npm test -- NAME [FILTER]`
 * runs one. What a suite prints is shown only when it fails. The last line is `N passed, N failed`.
 */
import { fileURLToPath } from "node:url";
import { runSuite, type SuiteResult } from "./run-suite.ts";
import { allSuites, presentSuites, type Suite } from "./suites.ts";
import { add, closingLine, nothing, type Tally } from "./tally.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...filters] = args;
  const suites = choose(name);
  if (suites === undefined) return EXIT_USAGE;

  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

  const startedAt = performance.now();
  let total: Tally = nothing;
  let ok = true;
  for (const turn of turnsOf(suites)) {
    announce(turn);
    const options = { root, filters, stop: stop.signal };
    const results = await Promise.all(turn.map((suite) => runSuite(suite, options)));
    for (const [place, suite] of turn.entries()) {
      const result = results[place];
      if (result === undefined) continue;
      report(suite, result);
      total = add(total, result.tally);
      ok &&= result.ok;
    }
    if (stop.signal.aborted) {
      print("interrupted");
      return EXIT_INTERRUPTED;
    }
  }
  if (suites.length > 1) print(line("all", seconds(performance.now() - startedAt), ""));
  print("");
  print(closingLine(total));
  return ok ? 0 : 1;
}

/** The suites asked for; explains itself and answers nothing when the name is wrong. */
function choose(name: string | undefined): readonly Suite[] | undefined {
  const present = presentSuites(root);
  if (name === undefined) return present;
  const found = present.filter((suite) => suite.name === name);
  if (found.length > 0) return found;
  const known = allSuites.some((suite) => suite.name === name);
  const reason = known ? `The suite "${name}" has no tests yet.` : `There is no suite "${name}".`;
  const names = present.map((suite) => suite.name).join(", ");
  process.stderr.write(`${reason} npm test -- NAME runs one of: ${names}.\n`);
  return undefined;
}

/** What runs at once: a check keeps one core busy, a project all of them but where it waits for another. */
function turnsOf(suites: readonly Suite[]): readonly (readonly Suite[])[] {
  const turns: Suite[][] = [];
  for (const [place, suite] of suites.entries()) {
    const isBeside = suite.kind === "check" ? place > 0 : suite.besideLast === true;
    const last = turns.at(-1);
    if (isBeside && last !== undefined) last.push(suite);
    else turns.push([suite]);
  }
  return turns;
}

/** On a terminal, says what is running now; the result line takes its place. */
function announce(turn: readonly Suite[]): void {
  const names = turn.map(({ name }) => name).join(", ");
  if (process.stdout.isTTY) process.stdout.write(`  ${names} …`);
}

function report(suite: Suite, result: SuiteResult): void {
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  const counts = suite.kind === "project" ? closingLine(result.tally) : result.ok ? "ok" : "failed";
  print(line(suite.name, seconds(result.elapsedMs), counts));
  if (!result.ok) print(`\n${result.output.trim()}\n`);
}

function line(name: string, time: string, counts: string): string {
  return `  ${name.padEnd(15)} ${time.padStart(8)}   ${counts}`.trimEnd();
}

function seconds(elapsedMs: number): string {
  return `${(elapsedMs / 1000).toFixed(1)} s`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main(process.argv.slice(2));
