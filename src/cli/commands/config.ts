/** `longmen config`: every setting, its value and where that is from. */
import { type Command, jsonOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ConfigLineShown, ConfigShown } from "../house.ts";

export const config: Command = {
  name: "config",
  summary: "show every setting, its value and where it is from",
  help: `
Prints the settings as the other commands would use them, secrets masked, and
every mistake in them. A flag wins over the environment. Exit code 2 when there
is a mistake.

  longmen config
  longmen config --port 7400             what would be with this flag`,
  options: [jsonOption],
  run({ terminal, house, flags, options }) {
    const shown = house.describeConfig(flags);
    terminal.answer(
      options["json"] === true ? jsonText(shown) : shown.lines.map(lineText).join("\n"),
    );
    for (const notice of shown.notices) terminal.say(`longmen: ${notice}`);
    for (const mistake of shown.mistakes) terminal.say(`longmen: ${mistake}`);
    return Promise.resolve(shown.mistakes.length > 0 ? exitCodes.usage : exitCodes.done);
  },
};

function jsonText({ lines, ...others }: ConfigShown): string {
  return JSON.stringify({ settings: lines, ...others });
}

function lineText({ name, flag, value, source, doc, mistake }: ConfigLineShown): string {
  const wrong = mistake === undefined ? "" : `\n  MISTAKE: ${mistake}`;
  return `${name} = ${value}  (${source})\n  ${flag}  ${doc}${wrong}`;
}
