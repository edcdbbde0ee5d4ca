/** A signal that costs nothing until somebody outside asks for it: most runs, steps and tasks never do. */
export class LateSignal {
  private controller: AbortController | undefined;
  private listeners: Set<() => void> | undefined;
  /** Why it was aborted, the first time. */
  reason: unknown;
  aborted = false;

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.controller?.abort(reason);
    for (const listener of this.listeners ?? []) listener();
    this.listeners = undefined;
  }

  /** Acts when it is aborted, at once where it is already. Answers what calls that off. */
  whenAborted(act: () => void): () => void {
    if (this.aborted) act();
    else (this.listeners ??= new Set()).add(act);
    return () => this.listeners?.delete(act);
  }
}
