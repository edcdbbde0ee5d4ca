/** `longmen doctor`: what about this database could hurt later? */
import { doctor as examine, type Finding, type SchemaManifest } from "../../postgres/index.ts";
import { type Command, jsonOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { openHouse } from "../open-house.ts";

const marks: Readonly<Record<Finding["level"], string>> = {
  ok: "ok   ",
  warn: "warn ",
  error: "ERROR",
};

export const doctor: Command = {
  name: "doctor",
  summary: "examine the database: version, settings, schema, long work",
  help: `
Looks at the server and at Longmen's tables, and says what to do about what it
finds. Exit code 0 when nothing is wrong (warnings included), 4 when something
is.`,
  options: [jsonOption],
  async run(context) {
    const { terminal, house, options } = context;
    const opened = await openHouse(context, { beside: true });
    try {
      const text = await house.manifest();
      const manifest = text === undefined ? undefined : (JSON.parse(text) as SchemaManifest);
      const findings = await examine(opened.database, { ...(manifest && { manifest }) });
      const json = options["json"] === true;
      terminal.answer(json ? JSON.stringify({ findings }) : findings.map(findingText).join("\n"));
      const bad = findings.some(({ level }) => level === "error");
      return bad ? exitCodes.wrong : exitCodes.done;
    } finally {
      await opened.close();
    }
  },
};

function findingText({ level, check, message, advice }: Finding): string {
  const line = `${marks[level]} ${check.padEnd(22)} ${message}`;
  return advice === "" ? line : `${line}\n${" ".repeat(29)}${advice}`;
}
