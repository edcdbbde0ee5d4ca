/** Files that a command is given. */
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { type CommandContext, textOption } from "../command.ts";
import { malformed } from "../read-options.ts";

/** Refuses: cli.option_malformed, where it can't be read. */
export async function fileOf<T>(
  command: string,
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw malformed(command, `the file ${path} can't be read (${String(error.code)})`);
  }
}

/** A file's text, whole as it is: what is no UTF-8 would be sent as something else. Refuses: cli.option_malformed. */
export async function textAt(command: string, path: string): Promise<string> {
  const bytes = await fileOf(command, path, (at) => readFile(at));
  if (!isUtf8(bytes)) throw malformed(command, `the file ${path} is no text in UTF-8`);
  return bytes.toString("utf8");
}

/** Refuses: cli.option_malformed. */
export async function jsonAt(command: string, path: string): Promise<unknown> {
  const text = await textAt(command, path);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed(command, `the file ${path} is no JSON`);
  }
}

/** What an option's file holds; undefined where it isn't given. Refuses: cli.option_malformed. */
export async function jsonFileOf(
  context: CommandContext,
  command: string,
  option: string,
): Promise<unknown> {
  const path = textOption(context, option);
  return path === undefined ? undefined : jsonAt(command, path);
}
