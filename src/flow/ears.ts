/** Who on this node waits for what, so that what happens here is heard at once; the tables are the truth. */
export class Ears {
  private readonly waiting = new Map<string, Set<() => void>>();

  /** Resolves `heard` at the next word of that subject. `stop` gives up. */
  listen(subject: string): { readonly heard: Promise<void>; readonly stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ears = this.waiting.get(subject) ?? new Set<() => void>();
    this.waiting.set(subject, ears);
    ears.add(resolve);
    const stop = (): void => {
      ears.delete(resolve);
      if (ears.size === 0 && this.waiting.get(subject) === ears) this.waiting.delete(subject);
    };
    return { heard: promise, stop };
  }

  tell(subject: string): void {
    const ears = this.waiting.get(subject);
    if (ears === undefined) return;
    this.waiting.delete(subject);
    for (const wake of ears) wake();
  }
}

export const endOf = (runId: bigint): string => `end ${runId}`;
export const eventOf = (name: string, match: string): string => `event ${name}\n${match}`;
