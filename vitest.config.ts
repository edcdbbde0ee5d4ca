import { defineConfig } from "vitest/config";
import { SOURCE_CONDITION } from "./scripts/promised-files.ts";
import { allProjects } from "./scripts/suites.ts";

/** The projects are the suites of `npm test`, from the same table: see scripts/suites.ts. */
export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    // Test what you fly: Node itself strips the types, as it does for `npm start`.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Examples and stories import longmen/…, as their readers will, and get src/ without a build.
    execArgv: [`--conditions=${SOURCE_CONDITION}`],
    projects: allProjects.map((project) => ({
      test: {
        name: project.name,
        include: [...project.include],
        exclude: ["**/node_modules/**", ...project.exclude],
        testTimeout: project.testTimeoutMs,
        hookTimeout: project.testTimeoutMs,
        // vitest's own second is less than what a busy machine may stand still for.
        expect: { poll: { timeout: project.testTimeoutMs / 2 } },
        fileParallelism: project.parallel,
        isolate: project.isolate,
        globalSetup: project.database ? ["./src/postgres/testing/server.ts"] : [],
      },
    })),
  },
});
