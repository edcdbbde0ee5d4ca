import type { Lane } from "../postgres/index.ts";

/** A lane without an engine: what a node commits rows through that belong to no book's ledger. */
export type RulesLane = Pick<Lane<never, never>, "submit">;
