/** `longmen completion SHELL`: the shell's Tab key learns the same table of commands as --help. */
import { fail } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { type Command, jsonOption } from "../command.ts";
import { completionScripts, type Completed } from "../completion-scripts.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ConfigLineShown } from "../house.ts";
import { settingsOf } from "../settings-of.ts";

/** The list is asked for when it is complete: this command stands in it, too. */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: "completion",
    words: "bash | zsh | fish",
    summary: "let the Tab key complete commands and options",
    help: `
Prints a script for your shell, made from the same table as this help.

  source <(longmen completion bash)       in ~/.bashrc; the same with zsh
  longmen completion fish | source        in ~/.config/fish/config.fish`,
    options: [jsonOption],
    run({ terminal, house, words, options }) {
      const [shell = "", more] = words;
      const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
      if (script === undefined || more !== undefined) {
        const problem = "say for which shell: bash, zsh or fish";
        throw fail(cliErrors, "option_malformed", { problem, command: "completion" });
      }
      const text = script(commands().map((one) => completed(one, settingsOf(one, house))));
      terminal.answer(options["json"] === true ? JSON.stringify({ shell, script: text }) : text);
      return Promise.resolve(exitCodes.done);
    },
  };
}

const HELP = { name: "help", doc: "what it does, with examples", takes: "nothing" } as const;

function completed(
  { name, summary, words = "", options }: Command,
  settings: readonly ConfigLineShown[],
): Completed {
  return {
    name,
    summary,
    // Of "list | create | rotate KEY" what is written as it stands: the rest is for people.
    words: words.split("|").flatMap((word) => /^\s*([a-z][a-z-]*)/.exec(word)?.[1] ?? []),
    options: [
      ...options.map((option) => ({ ...option, takes: takenBy(option.value) })),
      HELP,
      ...settings.map(({ flag, doc }) => ({
        name: flag.slice(2),
        doc,
        takes: flag === "--dir" ? ("file" as const) : ("text" as const),
      })),
    ],
  };
}

function takenBy(value: string | undefined): "nothing" | "file" | "text" {
  if (value === undefined) return "nothing";
  return value === "FILE" ? "file" : "text";
}
