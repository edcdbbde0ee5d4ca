/** `longmen doctor`: what about this database could hurt later? It looks, and changes nothing. */
import { doctor as examine, type Finding, type SchemaManifest } from "../../postgres/index.ts";
import { type Command, jsonOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { migrations, withDatabase } from "../open-house.ts";

const marks: Readonly<Record<Finding["level"], string>> = {
  ok: "ok   ",
  warn: "warn ",
  error: "ERROR",
};

export const doctor: Command = {
  name: "doctor",
  group: "tables",
  summary: "examine the database: version, settings, schema, long work",
  help: `
Looks at the server and at Longmen's tables, and says what to do about what it
finds. Changes nothing and makes nothing: tables that are missing, older or
newer than this version are a finding. Exit code 0 when nothing is wrong
(warnings included), 4 when something is.`,
  options: [jsonOption],
  async run(context) {
    const { terminal, house, options } = context;
    const text = await house.manifest();
    const manifest = text === undefined ? undefined : (JSON.parse(text) as SchemaManifest);
    const findings = await withDatabase(context, (database) =>
      database === undefined
        ? [noDatabase(house.loadConfig(context.flags).dir)]
        : examine(database, { migrations, ...(manifest && { manifest }) }),
    );
    const json = options["json"] === true;
    terminal.answer(json ? JSON.stringify({ findings }) : findings.map(findingText).join("\n"));
    const bad = findings.some(({ level }) => level === "error");
    return bad ? exitCodes.wrong : exitCodes.done;
  },
};

function noDatabase(dir: string): Finding {
  return {
    check: "database",
    level: "error",
    message: `there is no database in ${dir} yet`,
    advice: "longmen migrate makes one; or check DATABASE_URL and LONGMEN_DIR.",
  };
}

function findingText({ level, check, message, advice }: Finding): string {
  const line = `${marks[level]} ${check.padEnd(22)} ${message}`;
  return advice === "" ? line : `${line}\n${" ".repeat(29)}${advice}`;
}
