import { rooms } from "../house.ts";
import type { Finding, Tree } from "../tree.ts";

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(sql|errors|flow|db|test|d))*\.(ts|tsx|mjs)$/;
const migration = /^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.sql$/;

/** A room always has the same shape, so that knowing one is knowing all. */
export function shape(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  for (const path of tree.keys()) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (/\.(ts|tsx|mjs)$/.test(name) && !kebab.test(name) && name !== "vitest.config.ts") {
      findings.push({ path, message: "file names are kebab-case with a known suffix" });
    }
    if (path.endsWith(".sql") && path.startsWith("src/")) {
      const fits = /^src\/[^/]+\/(testing\/)?migrations\/[^/]+$/.test(path) && migration.test(name);
      if (!fits)
        findings.push({ path, message: "migrations are migrations/0001-what-it-does.sql" });
    }
  }
  for (const room of Object.keys(rooms)) {
    const inside = [...tree.keys()].some((path) => path.startsWith(`src/${room}/`));
    if (!inside) continue;
    for (const file of ["index.ts", "README.md"]) {
      const path = `src/${room}/${file}`;
      if (!tree.has(path)) findings.push({ path, message: `the room ${room} lacks it` });
    }
  }
  return findings;
}
