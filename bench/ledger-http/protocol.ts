/** What the processes of a round tell one another. The load generator shares no process with the server. */

/** Behind the same handler: our ledger, or Redis in its place. */
export type Behind = "longmen" | "redis-pipeline" | "redis-bare";

export interface ServerTask {
  readonly behind: Behind;
  readonly url: string;
  readonly schema: string;
  readonly redisPort: number | undefined;
}

export interface ServerReady {
  readonly port: number;
  readonly token: string;
}

/** How a server stands at a moment. */
export interface ServerState {
  readonly rssBytes: number;
  /** The most that it has taken since it was asked last, by looks a tenth of a second apart. */
  readonly peakRssBytes: number;
  /** Transfers that are in PostgreSQL; of a peer without any, those that Redis took. */
  readonly written: number;
}

/** The same after a full collection of garbage: what is in use, and not what V8 has not looked at yet. */
export interface ServerSettled {
  readonly rssBytes: number;
  /** V8's heap and what hangs on it: buffers. */
  readonly liveBytes: number;
}

export type ServerMessage = ServerTask | "state" | "settled" | "close";

export interface LoadTask extends ServerReady {
  readonly connections: number;
  readonly seconds: number;
  /** Transfers in a request; of one, the route for one is asked. */
  readonly batch: number;
  /** Asks for answers without balances. */
  readonly minimal?: boolean | undefined;
  /** Requests a second over all connections; as many as are answered when left out. */
  readonly rate?: number | undefined;
  /** Connections that are opened first, are asked one thing each, and nothing after that. */
  readonly idle?: number | undefined;
  /**
   * A 503 is an answer to be counted, not a failure. Whoever asks by the clock goes on by it; who asks
   * whenever he is answered comes back when the 503 says.
   */
  readonly refusable?: boolean | undefined;
}

export interface LoadReport {
  /** Transfers answered as carried out. */
  readonly created: number;
  /** Requests turned away with 503. */
  readonly refused: number;
  readonly seconds: number;
  /** Of the requests that were carried out. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late the generator itself was: what of those waits may be its own. */
  readonly ownLagP99Ms: number;
}

export const BOOK = "bench";
