import { defineConfig } from "vitest/config";
import { allProjects } from "./scripts/suites.ts";

/** The projects are the suites of `npm test`, from the same table: see scripts/suites.ts. */
export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    projects: allProjects.map((project) => ({
      test: {
        name: project.name,
        include: [...project.include],
        exclude: ["**/node_modules/**", ...project.exclude],
        testTimeout: project.testTimeoutMs,
        hookTimeout: project.testTimeoutMs,
        fileParallelism: project.parallel,
      },
    })),
  },
});
