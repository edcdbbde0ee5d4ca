/** One request of a command line: sent, and told where nobody knows what became of it, or the book says no. */
import { newId } from "../base/index.ts";
import type { Answer, Refused, Request } from "../client/index.ts";
import { adviceOf, type AskedBook, isOutcomeUnknown } from "./asked-book.ts";
import { type CommandContext, textOption } from "./command.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { errorText, type Terminal } from "./terminal.ts";

export const idOption = {
  name: "id",
  value: "ID",
  doc: "its id; made and printed if not given",
} as const;

/** Told before it is sent: after a kill its user must still know it. */
export function idOf(context: CommandContext): string {
  const given = textOption(context, "id");
  if (given !== undefined) return given;
  const id = newId();
  context.terminal.say(`id ${id}`);
  return id;
}

/** Answers nothing where nobody can say whether it was done; its user is told what tells. */
export async function submitTold(
  terminal: Terminal,
  book: AskedBook,
  request: Request,
): Promise<Answer | undefined> {
  try {
    return await book.submit(request);
  } catch (error) {
    if (!isOutcomeUnknown(error)) throw error;
    const same = request.id === undefined ? "" : ` with --id ${request.id}`;
    terminal.say(errorText(error));
    terminal.say(
      `  Run the same command again${same}: it is carried out once, and its answer tells.`,
    );
    return undefined;
  }
}

/** Tells an answer as it was asked to be told: an object, or words; of a refusal the words go aside. */
export function tellAnswer(
  { terminal, options }: CommandContext,
  answer: Answer,
  told: { readonly json: () => object; readonly text: (done: Exclude<Answer, Refused>) => string },
): ExitCode {
  const isJson = options["json"] === true;
  if (isJson) terminal.answer(JSON.stringify(told.json()));
  if (answer.status === "refused") return sayRefused(terminal, answer);
  if (!isJson) terminal.answer(told.text(answer));
  return exitCodes.done;
}

/** A refusal's part of an object of --json. */
export function refusedJson({ code, detail, seq, original }: Refused): object {
  return { code, detail, advice: adviceOf(code), seq, original };
}

export function sayRefused(terminal: Terminal, { code, detail, original }: Refused): ExitCode {
  const first = original === undefined ? "" : `, at first ${original}`;
  const advice = adviceOf(original ?? code);
  terminal.say(
    [
      `longmen: refused: ${detail}`,
      ...(advice === undefined ? [] : [`  ${advice}`]),
      `  (${code}${first})`,
    ].join("\n"),
  );
  return exitCodes.refused;
}
