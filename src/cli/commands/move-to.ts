/** `longmen move-to URL`: from the embedded PostgreSQL to a server of the user's own. */
import { assert, fail, LongmenError, noFaults, systemClock } from "../../base/index.ts";
import {
  type Database,
  embeddedUrl,
  isSameServer,
  migrate,
  openDatabase,
  type OpenOptions,
  readMove,
  type SchemaManifest,
} from "../../postgres/index.ts";
import { backupErrors } from "../backup/backup.errors.ts";
import { type Moved, movedBefore, moveBooks } from "../backup/move-books.ts";
import { movedJson, movedText, targetText } from "../backup/tell-backup.ts";
import { cliErrors } from "../cli.errors.ts";
import { type Command, type CommandContext, jsonOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { migrations, openStore } from "../open-house.ts";
import { counted } from "../replay/report.ts";
import { barText } from "../terminal.ts";

export const moveTo: Command = {
  name: "move-to",
  group: "copies",
  words: "URL",
  summary: "move the books to a PostgreSQL server of your own",
  help: `
Stop the node first. Copies everything to an empty schema over there, verifies
each book, and marks the folder, so that nobody goes on with the old books.
Killed at any instant: run it again. The password may be in PGPASSWORD or
~/.pgpass.

  longmen move-to postgres://longmen@db.example:5432/longmen`,
  options: [jsonOption],
  stopped: "nothing was moved",
  async run(context) {
    const { terminal, house, flags, words, options } = context;
    const [url, more] = words;
    if (url === undefined || more !== undefined) {
      const problem = "give one URL: postgres://user@host:port/database";
      throw fail(cliErrors, "option_malformed", { problem, command: "move-to" });
    }
    if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
      const problem = "its URL is of the form postgres://user@host:port/database";
      throw fail(cliErrors, "option_malformed", { problem, command: "move-to" });
    }
    const config = house.loadConfig(flags);
    if (config.databaseUrl !== undefined) throw fail(backupErrors, "source_is_server");
    const to = targetText(url, config.schema);
    const tell = (moved: Moved, already: boolean) => {
      const json = options["json"] === true;
      terminal.answer(json ? JSON.stringify(movedJson(moved, to, already)) : movedText(to, moved));
      return exitCodes.done;
    };
    const { dir } = config;
    const began = await readMove(dir);
    if (began?.state === "moved" && began.to === to) {
      terminal.say(`moved at ${began.at} already`);
      return tell(movedBefore(began), true);
    }
    if ((await embeddedUrl(dir)) === undefined) {
      throw fail(backupErrors, "nothing_to_move", { dir });
    }
    const isSame = began?.to === to;
    return tell(await move(context, { url, to, dir, evenIfMoved: isSame }), false);
  },
};

interface Asked {
  readonly url: string;
  readonly to: string;
  readonly dir: string;
  readonly evenIfMoved: boolean;
}

async function move(context: CommandContext, { url, to, dir, evenIfMoved }: Asked): Promise<Moved> {
  const { terminal, house, signal } = context;
  const source = await openStore(context, { evenIfMoved });
  try {
    const { config, log } = source;
    const manifest = await house.manifest();
    const target = await openTarget(to, { url, schema: config.schema, poolMax: 2, log });
    try {
      if (await isSameServer(source.database, target)) {
        throw fail(backupErrors, "target_is_source", { to });
      }
      await migrate(source.database, migrations);
      const begun = await readMove(dir);
      assert(begun === undefined || begun.to === to, "the folder was opened for this move");
      return await moveBooks({
        dir,
        source: source.database,
        target,
        to,
        begun,
        migrations,
        known: manifest === undefined ? undefined : (JSON.parse(manifest) as SchemaManifest),
        clock: systemClock,
        onRows: (done, total) => terminal.bar(barText("moving", done, total, counted(done, "row"))),
        onVerified: (done, total) =>
          terminal.bar(barText("verifying", done, total, counted(total, "entry", "entries"))),
        signal,
        faults: config.faults ?? noFaults,
        endSource: async () => source.stopServer?.(),
      });
    } finally {
      terminal.bar(undefined);
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** The store's advice is about DATABASE_URL; here it is another URL. Refuses: backup.target_unusable. */
async function openTarget(to: string, options: OpenOptions): Promise<Database> {
  try {
    return await openDatabase(options);
  } catch (error) {
    if (!(error instanceof LongmenError)) throw error;
    throw fail(backupErrors, "target_unusable", { to, problem: error.message }, error);
  }
}
