/**
 * Server processes behind wires that broke: each may still commit what it was sent, until it is known
 * to be gone or the books have gone on without it.
 */
import type { Logger } from "../../base/index.ts";
import type { Executor } from "../executor.ts";
import { type Backend, endBackend } from "./backend.sql.ts";

/** A process ends within milliseconds, unless it is stopped or waits for a disk. */
export const END_WAIT_MS = 3_000;

export class Strays {
  private known: Backend[] = [];
  /** Waited for once, in vain: nobody waits for them again. */
  private readonly stuck = new WeakSet<Backend>();
  /** One is behind a pooler: nobody can say which process it is. */
  private hidden = false;
  private readonly log: Logger | undefined;

  constructor(log: Logger | undefined) {
    this.log = log;
  }

  add(backend: Backend | undefined): void {
    if (backend === undefined) this.hidden = true;
    else this.known.push(backend);
  }

  /** A batch was committed behind theirs: what follows the same one as it did can't be any more. */
  outrun(): void {
    if (this.known.length === 0 && !this.hidden) return;
    this.known = [];
    this.hidden = false;
  }

  /** Ends them and waits for it. False: one may be left, and may commit what it was sent. */
  async end(reader: Pick<Executor, "maybe">): Promise<boolean> {
    for (const backend of [...this.known]) {
      const waitMs = this.stuck.has(backend) ? 0 : END_WAIT_MS;
      if (!(await isGone(reader, backend, waitMs, this.log))) {
        this.stuck.add(backend);
        continue;
      }
      this.known = this.known.filter((each) => each !== backend);
    }
    return this.known.length === 0 && !this.hidden;
  }
}

async function isGone(
  reader: Pick<Executor, "maybe">,
  backend: Backend,
  waitMs: number,
  log: Logger | undefined,
): Promise<boolean> {
  try {
    const found = await reader.maybe(endBackend, { ...backend, waitMs: BigInt(waitMs) });
    return found?.gone !== false;
  } catch (error) {
    log?.warn({ error, ...backend }, "could not end the server process behind a lost connection");
    return false;
  }
}
