/** `longmen migrate`: bring the tables up to date and end; or say what that would do. */
import { type MigrationPlan, planFromNothing, planMigrations } from "../../postgres/index.ts";
import { type Command, type CommandContext, jsonOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { migrations, openHouse, withDatabase } from "../open-house.ts";

export const migrate: Command = {
  name: "migrate",
  group: "tables",
  summary: "bring the tables up to date, then end",
  help: `
Makes the schema if it is missing and applies what is new. start, replay,
restore, move-to and what writes do so themselves; what only looks (verify,
balance, history, doctor, backup) refuses instead. Safe from several
nodes at once, and while nodes of the version before are at work: a migration
that they can't live with shuts them out by name, from its commit on.

  longmen migrate --plan          what it would apply, and whether the nodes
                                  that run now may stay; changes nothing
  longmen migrate                 do it`,
  options: [{ name: "plan", doc: "only say what would be done" }, jsonOption],
  async run(context) {
    const { terminal, options } = context;
    if (options["plan"] === true) return plan(context);
    const opened = await openHouse(context);
    await opened.close();
    const { migrated } = opened;
    if (options["json"] === true) terminal.answer(JSON.stringify(migrated));
    else if (migrated.applied.length === 0) terminal.answer("the tables are up to date");
    else terminal.answer(migrated.applied.map((one) => `applied ${one}`).join("\n"));
    return exitCodes.done;
  },
};

async function plan(context: CommandContext): Promise<ExitCode> {
  const planned = await withDatabase(context, (database) =>
    database === undefined ? planFromNothing(migrations) : planMigrations(database, migrations),
  );
  const { terminal, options } = context;
  terminal.answer(options["json"] === true ? JSON.stringify(planned) : planText(planned));
  return exitCodes.done;
}

export function planText(plan: MigrationPlan): string {
  const { schemaExists, pending, currentNodesMayStay, otherSessions, otherAddresses } = plan;
  if (pending.length === 0) return "the tables are up to date; nothing would be done";
  const width = Math.max(...pending.map(({ migration }) => migration.length));
  const lines = pending.map(({ migration, needs }) => {
    const who = needs === undefined ? "older nodes may stay" : `needs nodes that know ${needs}`;
    return `  ${migration.padEnd(width)}  ${who}`;
  });
  const head = schemaExists ? "would apply, in this order:" : "would make the schema, and apply:";
  if (!schemaExists) return [head, ...lines].join("\n");
  const connected =
    otherSessions === 0
      ? "no other Longmen is connected"
      : `${otherSessions} sessions of others are connected, from ${otherAddresses} addresses`;
  const verdict = currentNodesMayStay
    ? "the nodes that run now may stay: start new ones beside them, then stop the old"
    : "the nodes that run now are refused every write from then on: stop them first, or\n" +
      "go by a version between, which knows what is needed and may run beside them";
  return [head, ...lines, connected, verdict].join("\n");
}
