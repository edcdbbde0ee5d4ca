/** What the door takes at most. Every one can be set by who opens it; the defaults are for a server. */
export interface HttpLimits {
  /** Bytes of one body: a full batch of described transfers has about 4 MiB. */
  readonly bodyMaxBytes: number;
  /**
   * Bytes of the bodies of all requests in work: received, waiting in a lane, being answered. A key
   * has a share of them (shares.ts), alone a half: less than two of the largest takes none of those.
   */
  readonly bodiesMaxBytes: number;
  /** Requests in work at one time; past it http.overloaded. Who waits in a long poll counts apart. */
  readonly inFlightMax: number;
  /**
   * Long polls waiting at one time, a key with a share of them, alone a half (shares.ts); past it they
   * answer at once, as if their time had passed.
   */
  readonly waitingMax: number;
  /** Bytes of one file that is taken as it comes. */
  readonly uploadMaxBytes: number;
  /** Files on their way at one time, a key with a share of them, alone a half (shares.ts). */
  readonly uploadsMax: number;
  /** From the first byte of a request to its last. */
  readonly receiveTimeoutMs: number;
  /** How long a request may take whose caller does not say: Request-Timeout-Ms. */
  readonly deadlineMs: number;
  /** How long close() waits for what was accepted. */
  readonly closeTimeoutMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  bodyMaxBytes: 16 * 1024 * 1024,
  bodiesMaxBytes: 256 * 1024 * 1024,
  inFlightMax: 4_096,
  waitingMax: 4_096,
  uploadMaxBytes: 512 * 1024 * 1024,
  uploadsMax: 8,
  receiveTimeoutMs: 10_000,
  deadlineMs: 10_000,
  closeTimeoutMs: 10_000,
};

/** Items of one batch: as many as one flush of the lane holds. */
export const BATCH_MAX = 8_192;
export const JSON_DEPTH_MAX = 32;
export const WAIT_MAX_MS = 30_000;
/** The longest that a file may take: what reads it sets the pace. */
export const UPLOAD_MAX_MS = 30 * 60_000;
/** What a client is told to wait when the door itself is full. */
export const OVERLOADED_RETRY_MS = 250;
/** The longest that a caller may say it waits. */
export const DEADLINE_MAX_MS = 60_000;
export const HEADERS_MAX = 100;
/** Connections that wait to be accepted; the system's own limit (somaxconn) is often this. */
export const BACKLOG = 4_096;
/** An idle connection stays so long: longer than proxies keep theirs, so that it is they who end it. */
export const KEEP_ALIVE_MS = 72_000;
/** A connection on which nothing moves: its reader is gone or stuck, and holds an answer in memory. */
export const STUCK_MS = 90_000;
