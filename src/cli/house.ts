/** What the commands need of the layers above them, handed down by src/main.ts. */
import type { Faults, Logger, LogLevel } from "../base/index.ts";
import type { AnyFlow, Flows } from "../flow/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Orders, Reaction } from "../order/index.ts";
import type { RunAsWish } from "../postgres/index.ts";

/** The configuration as far as commands use it. */
export interface HouseConfig {
  readonly databaseUrl?: string | undefined;
  /** The node that is asked, and the token that it is asked with. */
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly dir: string;
  readonly port: number;
  readonly host: string;
  readonly healthPort?: number | undefined;
  readonly trustProxy?: readonly string[] | undefined;
  /** What signs the HTTP calls of schedules, by name; without any this node makes none. */
  readonly callSecrets?: ReadonlyMap<string, readonly string[]> | undefined;
  readonly callHosts?: readonly string[] | undefined;
  readonly node?: string | undefined;
  readonly schema: string;
  readonly log: LogLevel;
  readonly pgPort: number;
  readonly pgAs: RunAsWish;
  readonly poolMax: number;
  readonly keepDays: number;
  /** How long an order waits to be paid. */
  readonly payWithinS?: number | undefined;
  readonly faults?: Faults | undefined;
}

export interface ConfigLineShown {
  readonly name: string;
  readonly flag: string;
  readonly value: string;
  readonly source: "default" | "environment" | "flag";
  readonly doc: string;
  readonly mistake?: string;
}

export interface ConfigShown {
  readonly lines: readonly ConfigLineShown[];
  readonly mistakes: readonly string[];
  readonly notices: readonly string[];
}

/** Flags without their dashes. */
export type Flags = Readonly<Record<string, string | undefined>>;

/** What reactions work with; orders and flows are open once anything is done. */
export interface WiredParts {
  readonly orders: () => Orders;
  readonly flows: () => Flows;
  readonly books: Ledger;
  readonly log: Logger;
}

/** What follows what, and the flows that it starts. */
export interface Wired {
  readonly flows: readonly AnyFlow[];
  readonly reactions: readonly Reaction[];
}

export interface House {
  readonly reactions: (parts: WiredParts) => Wired;
  readonly version: string;
  /** The bundled month. */
  readonly sample: string;
  /** The schema as this version makes it, or nothing where the file is not there. */
  readonly manifest: () => Promise<string | undefined>;
  /** This node's name, made on first use. Refuses: config.node_name_unusable. */
  readonly nodeName: (config: HouseConfig) => string;
  /** Refuses: config.invalid. */
  readonly loadConfig: (flags: Flags) => HouseConfig;
  readonly describeConfig: (flags: Flags) => ConfigShown;
}
