/** From the words of a command line to an exit code. */
import { fail, LongmenError } from "../base/index.ts";
import { LongmenProblem } from "../client/index.ts";
import { cliErrors } from "./cli.errors.ts";
import type { Command } from "./command.ts";
import { account } from "./commands/account.ts";
import { archive } from "./commands/archive.ts";
import { bench } from "./commands/bench.ts";
import { backup } from "./commands/backup.ts";
import { balance } from "./commands/balance.ts";
import { book } from "./commands/book.ts";
import { catalog } from "./commands/catalog.ts";
import { completionOf } from "./commands/completion.ts";
import { bulk } from "./commands/bulk.ts";
import { config } from "./commands/config.ts";
import { doctor } from "./commands/doctor.ts";
import { history } from "./commands/history.ts";
import { keys } from "./commands/keys.ts";
import { leases } from "./commands/leases.ts";
import { machines } from "./commands/machines.ts";
import { migrate } from "./commands/migrate.ts";
import { moveTo } from "./commands/move-to.ts";
import { offerings } from "./commands/offerings.ts";
import { orders } from "./commands/orders.ts";
import { restore } from "./commands/restore.ts";
import { rules } from "./commands/rules.ts";
import { runs } from "./commands/runs.ts";
import { schedules } from "./commands/schedules.ts";
import { replay, start } from "./commands/start.ts";
import { tasks } from "./commands/tasks.ts";
import { credit, stock, till, wallet } from "./commands/till.ts";
import { tokens } from "./commands/tokens.ts";
import { transfer } from "./commands/transfer.ts";
import { verify } from "./commands/verify.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { commandHelp, houseHelp } from "./help.ts";
import type { House } from "./house.ts";
import { parseArguments } from "./parse-arguments.ts";
import { settingsOf, unaskedNode } from "./settings-of.ts";
import { bugText, errorText, type Terminal } from "./terminal.ts";

export const commands: readonly Command[] = [
  start,
  replay,
  transfer,
  balance,
  history,
  account,
  book,
  verify,
  catalog,
  rules,
  orders,
  offerings,
  stock,
  credit,
  wallet,
  tokens,
  till,
  runs,
  bulk,
  tasks,
  machines,
  schedules,
  leases,
  archive,
  doctor,
  migrate,
  keys,
  backup,
  restore,
  moveTo,
  bench,
  config,
  completionOf(() => commands),
];

const STOPPED = "what was booked is kept, start again to go on";

export interface CommandLine {
  readonly house: House;
  readonly terminal: Terminal;
  /** What stands behind `longmen`. */
  readonly words: readonly string[];
  readonly signal: AbortSignal;
}

/** Runs one command line. Throws nothing: whatever happened is said and has an exit code. */
export async function runCommandLine(line: CommandLine): Promise<ExitCode> {
  const { terminal, signal } = line;
  try {
    return await runNamed(line);
  } catch (error) {
    terminal.bar(undefined);
    if (signal.aborted) {
      const { stopped = STOPPED } = commands.find(({ name }) => name === line.words[0]) ?? {};
      terminal.say(`longmen: stopped; ${stopped}`);
      return exitCodes.interrupted;
    }
    if (!(error instanceof LongmenError || error instanceof LongmenProblem)) {
      terminal.say(bugText(error));
      return exitCodes.bug;
    }
    terminal.say(errorText(error));
    return isUsage(error) ? exitCodes.usage : exitCodes.refused;
  }
}

async function runNamed({ house, terminal, words, signal }: CommandLine): Promise<ExitCode> {
  const [name, ...rest] = words;
  if (name === "--version" || name === "-v") {
    terminal.answer(house.version);
    return exitCodes.done;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.answer(houseHelp(house.version, commands));
    return name === undefined ? exitCodes.usage : exitCodes.done;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw fail(cliErrors, "command_unknown", { command: name });
  const settings = settingsOf(command, house);
  const { help, options, words: further, flags } = parseArguments(command, settings, rest);
  if (help) {
    terminal.answer(commandHelp(command, settings));
    return exitCodes.done;
  }
  const unasked = unaskedNode(command, house);
  if (unasked !== undefined) terminal.say(unasked);
  return command.run({ house, terminal, options, words: further, flags, signal });
}

/** What these refuse stood on the command line or in the settings, whoever found it. */
const usageCodes: readonly string[] = [
  "access.field_malformed",
  "access.scope_malformed",
  "cli.command_unknown",
  "cli.option_malformed",
  "cli.head_malformed",
  "cli.key_needed",
  "client.port_forbidden",
  "client.request_malformed",
  "config.invalid",
  "ledger.book_name_malformed",
  "ledger.cursor_malformed",
  "postgres.url_malformed",
  "schedule.cron_malformed",
  "schedule.never_fires",
  "schedule.no_start_event",
  "schedule.plan_malformed",
  "schedule.zone_unknown",
];

function isUsage({ code }: { readonly code: string }): boolean {
  // Amounts, assets and times that the ground can't read stood on the command line.
  return usageCodes.includes(code) || code.startsWith("base.");
}
