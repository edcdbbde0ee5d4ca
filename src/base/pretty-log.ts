/** A JSON log line as a person at a terminal wants it: time, level, sentence, fields. */

const COLOR_OF: Readonly<Record<string, string>> = {
  debug: "\u001b[90m",
  info: "\u001b[36m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
};
const FAINT = "\u001b[2m";
const PLAIN = "\u001b[0m";

/** Formats one line, its newline included. What is no JSON object is passed on as it is. */
export function prettyLine(line: string, color: boolean): string {
  const record = parsed(line);
  if (!record) return line;
  const { time, level, message, ...fields } = record;
  const paint = (code: string | undefined, text: string) =>
    color && code !== undefined ? `${code}${text}${PLAIN}` : text;
  const clockTime = typeof time === "string" ? time.slice(11, 23) : "";
  const label = typeof level === "string" ? level : "info";
  const stacks: string[] = [];
  const shown = Object.entries(fields).map(([key, value]) => `${key}=${field(value, stacks)}`);
  const head = [
    paint(FAINT, clockTime),
    paint(COLOR_OF[label], label.padEnd(5)),
    typeof message === "string" ? message : "",
    paint(FAINT, shown.join(" ")),
  ];
  const below = stacks.map((stack) => `\n${paint(FAINT, stack)}`).join("");
  return `${head.join(" ").trimEnd()}${below}\n`;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An error is shown by its message beside the others, its stack below the line. */
function field(value: unknown, stacks: string[]): string {
  if (typeof value === "string") return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === "object" && value !== null && "stack" in value && "message" in value) {
    const { stack, message } = value;
    if (typeof stack === "string" && typeof message === "string") {
      stacks.push(stack.replace(/^/gm, "    "));
      return JSON.stringify(message);
    }
  }
  return JSON.stringify(value);
}
