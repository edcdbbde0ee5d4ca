/** Lines of one turn of the event loop go out in one write: a write a line costs more than the line. */

export interface LogDestination {
  write(line: string): void;
}

/** pino then leaves the level of each line in `lastLevel` before it writes the line. */
const WITH_LEVEL = Symbol.for("pino.metadata");
const WARN = 40;
const HELD_MAX = 65_536;

/**
 * A line of level warn or above goes out at once, with all before it. What is held at the end of
 * the process goes out then; who is killed in the middle of a turn loses the lines of that turn.
 */
export class TurnLines implements LogDestination {
  readonly [WITH_LEVEL] = true;
  lastLevel = 0;
  private held = "";
  private readonly destination: LogDestination;

  constructor(destination: LogDestination) {
    this.destination = destination;
    process.once("exit", () => this.flush());
  }

  write(line: string): void {
    if (this.held === "") setImmediate(() => this.flush());
    this.held += line;
    if (this.lastLevel >= WARN || this.held.length > HELD_MAX) this.flush();
  }

  private flush(): void {
    const lines = this.held;
    this.held = "";
    if (lines !== "") this.destination.write(lines);
  }
}
