/** `longmen restore`: books out of a backup, proved to be the same. */
import { noFaults } from "../../base/index.ts";
import { migrate } from "../../postgres/index.ts";
import { checkEnd, type Source, sourceFrom } from "../backup/backup-place.ts";
import { type Backup, readBackup } from "../backup/read-backup.ts";
import { proveBackup, restoreBackup, verifyBooks } from "../backup/restore-backup.ts";
import { checkedText, headerJson, restoredJson, restoredText } from "../backup/tell-backup.ts";
import { type Command, type CommandContext, jsonOption, neededOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { migrations, openStore } from "../open-house.ts";
import { counted } from "../replay/report.ts";
import { barText } from "../terminal.ts";

export const restore: Command = {
  name: "restore",
  group: "copies",
  summary: "make a schema out of a backup, and verify every book",
  help: `
Copies everything into an empty schema, in one transaction: whole, or nothing at
all. Then applies later migrations, verifies each book, and compares its head
with the one in the file. Exit code 4 when a book does not verify.

  longmen restore --from longmen.tar.gz --dir restored
  longmen restore --from longmen.tar.gz --check   only prove that it is whole`,
  options: [
    { name: "from", value: "FILE", doc: "what longmen backup wrote, or - for standard input" },
    { name: "check", doc: "read and prove the file; no database is touched" },
    jsonOption,
  ],
  stopped: "nothing was restored unless it said so",
  async run(context) {
    const { house, options, terminal } = context;
    const from = neededOption(context, "restore", "from");
    const { source, bar } = await openSource(context, from);
    const backup = await readBackup(source.bytes, { path: source.path, version: house.version });
    try {
      await checkEnd(source);
      if (options["check"] !== true) return await restoreFrom(context, backup, source);
      bar("checking");
      await proveBackup(backup, context.signal);
      terminal.bar(undefined);
      const json = options["json"] === true;
      terminal.answer(
        json ? JSON.stringify(headerJson(backup.header)) : checkedText(backup.header, source.path),
      );
      return exitCodes.done;
    } finally {
      backup.close();
    }
  },
};

async function openSource({ terminal }: CommandContext, from: string) {
  let label = "restoring";
  let done = 0;
  const source: Source = await sourceFrom(from, terminal.input, (bytes) => {
    done += bytes;
    const total = source.size ?? 0;
    terminal.bar(barText(label, done, total, `${(done / 1e6).toFixed(1)} MB of the file`));
  });
  return {
    source,
    bar: (text: string) => {
      label = text;
    },
  };
}

async function restoreFrom(
  context: CommandContext,
  backup: Backup,
  { path }: Source,
): Promise<ExitCode> {
  const { terminal, house, options, signal } = context;
  const began = performance.now();
  const { header } = backup;
  const opened = await openStore(context);
  try {
    const { database, config } = opened;
    const faults = config.faults ?? noFaults;
    const { version } = house;
    await restoreBackup({ backup, path, version, database, migrations, signal, faults });
    terminal.bar(undefined);
    const { applied } = await migrate(database, migrations);
    terminal.say("everything is there; verifying it");
    const reports = await verifyBooks(database, header.books, {
      onProgress: (done, total) =>
        terminal.bar(barText("verifying", done, total, counted(total, "entry", "entries"))),
      signal,
    });
    terminal.bar(undefined);
    const seconds = (performance.now() - began) / 1_000;
    const told = { header, reports, applied, schema: database.schema, seconds };
    const json = options["json"] === true;
    terminal.answer(json ? JSON.stringify(restoredJson(told)) : restoredText(told));
    return reports.every(({ verified }) => verified) ? exitCodes.done : exitCodes.wrong;
  } finally {
    await opened.close();
  }
}
