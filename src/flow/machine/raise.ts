/** An event that a machine sends to itself when the work that answers it is done. */
export class Raised {
  readonly name: string;
  readonly payload: unknown;

  constructor(name: string, payload: unknown) {
    this.name = name;
    this.payload = payload;
  }
}

/**
 * What work answers to send its own machine an event, in the commit that ends the work. If others were taken
 * meanwhile it is decided behind them, and dropped where it is not allowed any more.
 */
export const raise = (name: string, payload?: unknown): Raised => new Raised(name, payload);
