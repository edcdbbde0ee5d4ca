import { sourcesOf } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

/**
 * No file reaches itself through imports, type-only and lazy ones included: a knot of types is a
 * knot of thoughts, and it becomes one of values with the next import.
 */
export function cycles(tree: Tree): readonly Finding[] {
  const edges = new Map<string, readonly string[]>();
  for (const source of sourcesOf(tree)) {
    const targets = source.imports.flatMap((found) => found.target ?? []);
    edges.set(source.path, [...new Set(targets)].filter((target) => tree.has(target)).sort());
  }
  return knots(edges).map((knot) => ({
    path: knot[0] ?? "",
    message: `import cycle: ${knot.join(" → ")} → ${knot[0] ?? ""}`,
  }));
}

/** One shortest cycle for each file that is the alphabetically first of its cycle. */
function knots(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const reported = new Set<string>();
  for (const start of [...edges.keys()].sort()) {
    if (reported.has(start)) continue;
    const cycle = shortestWayBack(start, edges);
    if (cycle === undefined) continue;
    for (const path of cycle) reported.add(path);
    found.push(cycle);
  }
  return found;
}

/** Breadth first, so that the cycle shown is the one easiest to see. */
function shortestWayBack(
  start: string,
  edges: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  let frontier: readonly string[] = [start];
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const path of frontier) {
      for (const target of edges.get(path) ?? []) {
        if (target === start) return wayTo(path, start, cameFrom);
        if (cameFrom.has(target)) continue;
        cameFrom.set(target, path);
        next.push(target);
      }
    }
    frontier = next;
  }
  return undefined;
}

function wayTo(
  end: string,
  start: string,
  cameFrom: ReadonlyMap<string, string>,
): readonly string[] {
  const way: string[] = [];
  for (let path: string | undefined = end; path !== undefined; path = cameFrom.get(path)) {
    way.unshift(path);
    if (path === start) break;
  }
  return way;
}
