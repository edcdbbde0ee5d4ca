/** What a benchmark is, and what it runs on. */
import type { Case } from "./contest.ts";

/** What the cases of a benchmark run on. */
export interface World {
  readonly url: string;
  /** Undefined: no Redis here. */
  readonly redisPort: number | undefined;
  readonly callers: number;
  readonly seconds: number;
  readonly quick: boolean;
  /** A folder for what a case needs; removed at the end. */
  readonly scratch: string;
  /** A file of the user's own for the cases that read one. */
  readonly data: string | undefined;
}

export interface Bench {
  readonly name: string;
  /** Where its cases say themselves how many callers there are, `--callers` counts for nothing. */
  readonly ownCallers?: boolean;
  /** Each contender in a process of its own: none in another's heap, nor on code compiled for another. */
  readonly apart?: boolean;
  readonly peers: readonly string[];
  /** Those that are missing where Redis is. */
  readonly redisPeers: readonly string[];
  readonly cases: (world: World) => readonly Case[];
  /** Run only when asked for by name. */
  readonly longCases: readonly string[];
}
