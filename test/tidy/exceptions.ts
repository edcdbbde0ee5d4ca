/**
 * The house's debts, each by name and with its reason. Numbers may only fall: a size must be the
 * true one, so a file that grew fails, and one that shrank asks for its number to be lowered until
 * the line can go.
 */
export interface LongFile {
  readonly path: string;
  readonly lines: number;
  readonly reason: string;
}

export interface LongFunction extends LongFile {
  readonly name: string;
}

/** One file that may break one rule, for a reason that a reader will accept. */
export interface Permit {
  readonly path: string;
  readonly reason: string;
}

export interface BackDoor extends Permit {
  /** The inner file that is imported past its room's door. */
  readonly target: string;
}

export interface Exceptions {
  readonly longFiles: readonly LongFile[];
  readonly longFunctions: readonly LongFunction[];
  readonly backDoors: readonly BackDoor[];
  /** Files outside src/postgres that open a database transaction of their own. */
  readonly transactions: readonly Permit[];
  /** Files other than src/config.ts that read the environment. */
  readonly environment: readonly Permit[];
}

export const exceptions: Exceptions = {
  longFiles: [],
  longFunctions: [],
  backDoors: ["api-types", "api-operations", "api-refusals"].map((name) => ({
    path: "test/tidy/client.test.ts",
    target: `src/client/${name}.ts`,
    reason: "compares what was generated with the client's own types, which are all it exports",
  })),
  transactions: [
    {
      path: "src/ledger/commit-with-sql.ts",
      reason: "the slow form: a library user's own SQL in one transaction with a posting",
    },
    {
      path: "src/ledger/open-ledger.ts",
      reason: "makes a book: its lane can't carry the row that comes before the lane",
    },
    {
      path: "src/flow/steps/run-tx.ts",
      reason: "the slow form: a library user's own SQL in one transaction with its step's record",
    },
  ],
  environment: [
    {
      path: "src/settle-memory.ts",
      reason:
        "reads no setting of Longmen's: hands all on to itself, with two more for the allocator",
    },
    {
      path: "src/postgres/testing/long.ts",
      reason: "test code: whether the tests that take long run, too",
    },
    {
      path: "src/postgres/testing/server.ts",
      reason: "test code: on which server the suites run, if not on one of their own",
    },
    {
      path: "scripts/run-suite.ts",
      reason: "hands its own environment on to a suite, with one word more for Node",
    },
    {
      path: "test/story/command.ts",
      reason: "hands Node's compile cache on to a command that gets nothing else of it",
    },
    {
      path: "test/story/flow/flow-simulation.test.ts",
      reason: "FLOW_SEED brings back what a run of that seed did to its nodes",
    },
    {
      path: "test/story/whole/whole-simulation.test.ts",
      reason: "a failure is brought back by its seed, and looked for with more seconds",
    },
    {
      path: "test/story/whole/whole-kills.test.ts",
      reason: "kills at every commit where somebody has the time",
    },
    {
      path: "test/story/schedule/schedule-simulation.test.ts",
      reason: "SCHEDULE_SEED brings back what a run of that seed did to its nodes",
    },
    {
      path: "test/pack/stranger.ts",
      reason: "a stranger's npm must not inherit the settings that the npm running us exports",
    },
  ],
};

export const noExceptions: Exceptions = {
  longFiles: [],
  longFunctions: [],
  backDoors: [],
  transactions: [],
  environment: [],
};
