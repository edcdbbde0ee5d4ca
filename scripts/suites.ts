import { globSync } from "node:fs";

/** One line of `npm test`: either a tool's own check, or a vitest project. */
export type Suite = Check | Project;

/** A tool that is right or wrong as a whole, so it counts as one test. */
export interface Check {
  readonly kind: "check";
  readonly name: string;
  /** The tool's JavaScript file under node_modules, then its arguments. */
  readonly command: readonly [string, ...string[]];
}

/** Tests counted one by one. `include` is what vitest runs for it, and what makes it exist. */
export interface Project {
  readonly kind: "project";
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** One test may take this long before it counts as hanging. */
  readonly testTimeoutMs: number;
  /** Test files side by side; suites that load the machine or kill processes run one by one. */
  readonly parallel: boolean;
  /** How many files at once where they mostly wait; as many as there are cores when left out. */
  readonly workers?: number;
  /** A process per test file; without it files share one, which saves its start. */
  readonly isolate: boolean;
  /** Runs while the suite before it does: one of the two mostly waits. */
  readonly besideLast?: boolean;
  /** An embedded PostgreSQL is started for the run: src/postgres/testing.ts. */
  readonly database: boolean;
}

/** No suite may hang a build for ever, however its tests are written. */
export const SUITE_LIMIT_MS = 10 * 60_000;

const defaults = {
  kind: "project",
  exclude: [],
  // Many times what any of them takes alone: a busy machine stands still for seconds, and some start processes.
  testTimeoutMs: 60_000,
  parallel: true,
  isolate: true,
  database: false,
} as const;

const projects: readonly Project[] = [
  { ...defaults, name: "tidy", include: ["test/tidy/**/*.test.ts"], isolate: false },
  {
    ...defaults,
    name: "pure",
    include: ["src/**/*.test.ts", "scripts/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["src/**/*.db.test.ts"],
    isolate: false,
  },
  { ...defaults, name: "cases", include: ["test/cases/**/*.test.ts"], database: true },
  {
    ...defaults,
    name: "rooms",
    include: ["src/**/*.db.test.ts"],
    testTimeoutMs: 120_000,
    workers: 4,
    isolate: false,
    database: true,
  },
  {
    ...defaults,
    name: "examples",
    include: ["test/examples/**/*.test.ts"],
    testTimeoutMs: 120_000,
    database: true,
  },
  {
    ...defaults,
    name: "story",
    include: ["test/story/**/*.test.ts"],
    // The longest take a quarter of it where nothing else runs: they start dozens of processes.
    testTimeoutMs: 240_000,
    workers: 3,
    isolate: false,
    database: true,
  },
  {
    ...defaults,
    name: "simulate-short",
    include: ["test/simulate/**/*.test.ts"],
    testTimeoutMs: 180_000,
    parallel: false,
    database: true,
  },
  {
    ...defaults,
    name: "pack",
    include: ["test/pack/**/*.test.ts"],
    testTimeoutMs: 240_000,
    parallel: false,
    database: true,
  },
  {
    ...defaults,
    name: "drill-short",
    include: ["test/drill/**/*.test.ts"],
    testTimeoutMs: 300_000,
    parallel: false,
    besideLast: true,
  },
];

const checks: readonly Check[] = [
  {
    kind: "check",
    name: "format",
    command: ["prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."],
  },
  {
    kind: "check",
    name: "lint",
    command: ["oxlint/bin/oxlint", "--type-aware", "--deny-warnings"],
  },
  { kind: "check", name: "types", command: ["typescript/bin/tsc", "-p", "tsconfig.json"] },
];

/** Every suite this house knows, in the order they run: cheapest and most telling first. */
export const allSuites: readonly Suite[] = [...checks, ...projects];

/** The suites that have something to run. A suite without files is left out, never faked. */
export function presentSuites(root: string): readonly Suite[] {
  return allSuites.filter((suite) => suite.kind === "check" || testFilesOf(suite, root).length > 0);
}

/** The test files of one project. */
export function testFilesOf(project: Project, root: string): readonly string[] {
  const found = globSync([...project.include], { cwd: root, exclude: [...project.exclude] });
  return found.sort();
}

/** The projects, for vitest's own configuration: one table serves both. */
export const allProjects = projects;
