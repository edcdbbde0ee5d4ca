/** `longmen migrate`: bring the tables up to date and end. */
import { type Command, jsonOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { openHouse } from "../open-house.ts";

export const migrate: Command = {
  name: "migrate",
  summary: "bring the tables up to date, then end",
  help: `
Makes the schema if it is missing and applies what is new. Every command does so
at its start; this one is for those who want it done before. Safe from several
nodes at once.`,
  options: [jsonOption],
  async run(context) {
    const { terminal, options } = context;
    const opened = await openHouse(context);
    await opened.close();
    const { migrated } = opened;
    if (options["json"] === true) terminal.answer(JSON.stringify(migrated));
    else if (migrated.applied.length === 0) terminal.answer("the tables are up to date");
    else terminal.answer(migrated.applied.map((one) => `applied ${one}`).join("\n"));
    return exitCodes.done;
  },
};
