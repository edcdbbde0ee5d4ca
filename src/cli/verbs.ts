/** Commands whose first word says what is to be done: `longmen account open …`. */
import type { CommandContext } from "./command.ts";
import type { ExitCode } from "./exit-codes.ts";
import { malformed } from "./read-options.ts";

export interface Verb<Asked> {
  /** Those that not every verb of the command takes. */
  readonly options: readonly string[];
  /** Only looks: nothing is made and nothing migrated. */
  readonly looks: boolean;
  /** Reads its words before a database is started for them. Refuses: cli.option_malformed. */
  readonly read: (context: CommandContext) => (asked: Asked) => Promise<ExitCode>;
}

/** The verb that is meant, with no option of another. Refuses: cli.option_malformed. */
export function verbOf<Asked>(
  { words: [name = ""], options }: CommandContext,
  command: string,
  verbs: Readonly<Record<string, Verb<Asked>>>,
): Verb<Asked> {
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) {
    throw malformed(command, `say what to do: ${Object.keys(verbs).join(", ")}`);
  }
  for (const option of Object.values(verbs).flatMap((one) => one.options)) {
    if (options[option] === undefined || verb.options.includes(option)) continue;
    throw malformed(command, `${name} takes no --${option}`);
  }
  return verb;
}
