/** What the door takes at most. Every one can be set by who opens it; the defaults are for a server. */
export interface HttpLimits {
  /** Bytes of one body: a full batch of described transfers has about 4 MiB. */
  readonly bodyMaxBytes: number;
  /** Bytes of all bodies that are being received at one time. */
  readonly bodiesMaxBytes: number;
  /** Requests in work at one time; past it http.overloaded. Long polls count apart. */
  readonly inFlightMax: number;
  /** Long polls waiting at one time; past it they answer at once, as if their time had passed. */
  readonly waitingMax: number;
  /** From the first byte of a request to its last. */
  readonly receiveTimeoutMs: number;
  /** How long a write may wait for its place in the lane. */
  readonly writeDeadlineMs: number;
  /** How long close() waits for what was accepted. */
  readonly closeTimeoutMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  bodyMaxBytes: 16 * 1024 * 1024,
  bodiesMaxBytes: 256 * 1024 * 1024,
  inFlightMax: 4_096,
  waitingMax: 4_096,
  receiveTimeoutMs: 10_000,
  writeDeadlineMs: 10_000,
  closeTimeoutMs: 10_000,
};

/** Items of one batch: as many as one flush of the lane holds. */
export const BATCH_MAX = 8_192;
export const JSON_DEPTH_MAX = 32;
export const WAIT_MAX_MS = 30_000;
/** What a client is told to wait when the door itself is full. */
export const OVERLOADED_RETRY_MS = 250;
