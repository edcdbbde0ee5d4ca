/** `longmen backup`: everything that the books have at one instant, as one file. */
import type { Writable } from "node:stream";
import { fail, noFaults, systemClock } from "../../base/index.ts";
import type { SchemaManifest } from "../../postgres/index.ts";
import { backupErrors } from "../backup/backup.errors.ts";
import { fileFor, PIPE, writtenTo } from "../backup/backup-place.ts";
import { backupJson, backupText, leftOutText } from "../backup/tell-backup.ts";
import { takeBackup, type Taken } from "../backup/take-backup.ts";
import { type Command, type CommandContext, jsonOption, neededOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { bookRooms, migrations, openStore, type OpenStore } from "../open-house.ts";
import { counted } from "../replay/report.ts";
import { barText } from "../terminal.ts";

export const backup: Command = {
  name: "backup",
  group: "copies",
  summary: "write everything to one file, while others go on writing",
  help: `
Reads all tables as of one instant, beside a running node, and writes them with
their sums and the head of every book. Never replaces a file, nor leaves half a
one.

  longmen backup --to backups/            a file named after the instant
  longmen backup --to - | ssh other 'cat > longmen.tar.gz'`,
  options: [
    { name: "to", value: "FILE", doc: "the new file, a folder for it, or - for standard output" },
    jsonOption,
  ],
  stopped: "nothing was written",
  async run(context) {
    const { terminal, options } = context;
    const to = neededOption(context, "backup", "to");
    const output = to === PIPE ? outputOf(context) : undefined;
    const path = to === PIPE ? "standard output" : await fileFor(to, systemClock.now());
    const opened = await openStore(context, { beside: true, looks: bookRooms });
    try {
      const began = performance.now();
      const take = (sink: Writable) => takeFrom(context, opened, sink);
      const taken = output === undefined ? await writtenTo(path, take) : await piped(take, output);
      terminal.bar(undefined);
      const told = { taken, path, seconds: (performance.now() - began) / 1_000 };
      const text = options["json"] === true ? JSON.stringify(backupJson(told)) : backupText(told);
      if (output === undefined) terminal.answer(text);
      else terminal.say(text);
      return exitCodes.done;
    } finally {
      await opened.close();
    }
  },
};

async function takeFrom(
  { terminal, house, signal }: CommandContext,
  { database, config }: OpenStore,
  sink: Writable,
): Promise<Taken> {
  const manifest = await house.manifest();
  const taken = await takeBackup(
    {
      database,
      clock: systemClock,
      version: house.version,
      known: manifest === undefined ? undefined : (JSON.parse(manifest) as SchemaManifest),
      migrations,
      onRows: (done, total) =>
        terminal.bar(barText("backing up", done, total, counted(done, "row"))),
      signal,
      faults: config.faults ?? noFaults,
    },
    sink,
  );
  if (taken.leftOut.length > 0) terminal.say(leftOutText(taken.leftOut));
  return taken;
}

/** Refuses: backup.screen. */
function outputOf({ terminal }: CommandContext): Writable {
  const { output } = terminal;
  const isScreen = output !== undefined && "isTTY" in output && output.isTTY === true;
  if (output === undefined || isScreen) throw fail(backupErrors, "screen");
  return output;
}

/** Refuses: backup.file_unwritable. */
async function piped<T>(take: (sink: Writable) => Promise<T>, output: Writable): Promise<T> {
  try {
    return await take(output);
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error) || "address" in error) throw error;
    const details = { path: "standard output", problem: error.message };
    throw fail(backupErrors, "file_unwritable", details, error);
  }
}
