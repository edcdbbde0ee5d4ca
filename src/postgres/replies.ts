/**
 * A connection whose other end has silently gone answers nothing, for ever: the system notices after
 * hours, if at all. So somebody else looks at how long a reply has been waited for.
 */
import type pg from "pg";

/** How often it is looked, in one time-out. */
const LOOKS = 4;

export class Replies {
  private readonly watch: NodeJS.Timeout | undefined;
  /** Looks since the last reply began or came. Not time: while this process stands still nobody reads, and it looks once. */
  private looks = 0;
  private waitingCount = 0;

  /** Without a time-out nobody looks. `onSilent` is to cut the connection. */
  constructor(timeoutMs: number | undefined, onSilent: (error: Error) => void) {
    if (timeoutMs === undefined) return;
    this.watch = setInterval(() => {
      if (this.waitingCount === 0) return;
      this.looks += 1;
      if (this.looks <= LOOKS) return;
      onSilent(new Error(`no reply for ${timeoutMs} ms`));
    }, timeoutMs / LOOKS);
    this.watch.unref();
  }

  /** Waits for a reply; each that begins or comes sets the time back. */
  async of<T>(reply: Promise<T>): Promise<T> {
    this.waitingCount += 1;
    this.looks = 0;
    try {
      return await reply;
    } finally {
      this.waitingCount -= 1;
      this.looks = 0;
    }
  }

  stop(): void {
    clearInterval(this.watch);
  }
}

/** Cuts a connection at once: whoever waits for a reply on it is told that it broke. */
export function cut(client: pg.ClientBase): void {
  (
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy();
}
