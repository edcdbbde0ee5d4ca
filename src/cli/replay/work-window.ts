/**
 * Work on its way, as much of it as a window holds. The window opens with what was done: at first
 * little is begun at once, since what is done by the first spares the later ones work.
 */
export interface WorkWindow {
  /** Begins the work once there is room for its weight. Throws what earlier work failed with. */
  enter(weight: number, work: () => Promise<void>): Promise<void>;
  /** Waits for all that was begun. Throws what it failed with. */
  finish(): Promise<void>;
  /** Waits for all that was begun, however it ends. */
  settle(): Promise<void>;
}

export function workWindow({ first, most }: { first: number; most: number }): WorkWindow {
  let begun = 0;
  let done = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => undefined as void;

  async function carryOut(weight: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      failure ??= { error };
    } finally {
      done += weight;
      wake();
    }
  }

  function someDone(): Promise<void> {
    return new Promise((resolve) => (wake = resolve));
  }

  function hasRoom(weight: number): boolean {
    const underWay = begun - done;
    return underWay === 0 || underWay + weight <= Math.min(most, first + done);
  }

  async function settle(): Promise<void> {
    while (begun > done) await someDone();
  }

  return {
    async enter(weight, work) {
      while (failure === undefined && !hasRoom(weight)) await someDone();
      if (failure !== undefined) throw failure.error;
      begun += weight;
      void carryOut(weight, work);
    },
    async finish() {
      await settle();
      if (failure !== undefined) throw failure.error;
    },
    settle,
  };
}
