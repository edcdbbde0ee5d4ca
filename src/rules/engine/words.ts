/** What this process and the engine's say to each other. */

/** A decision's text under a name, with the sub-decisions it is pinned to by their keys. */
export interface Loading {
  readonly kind: "load";
  readonly content: string;
  /** JDM. */
  readonly jdm: unknown;
  readonly uses: Readonly<Record<string, unknown>>;
}

export interface Dropping {
  readonly kind: "drop";
  readonly content: string;
}

export interface Asking {
  readonly kind: "decide";
  readonly n: number;
  readonly content: string;
  readonly input: unknown;
  readonly trace: boolean;
}

export interface Checking {
  readonly kind: "check";
  readonly n: number;
  readonly expressions: readonly (readonly ["standard" | "unary", string])[];
}

/** Can the engine read this decision at all? */
export interface Trying {
  readonly kind: "try";
  readonly n: number;
  readonly jdm: unknown;
}

export type Word = Loading | Dropping | Asking | Checking | Trying;

export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "missing"; readonly reason: string }
  | { readonly kind: "done"; readonly n: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly n: number; readonly reason: string }
  /** The next verdicts of a check: if nothing follows, one of the next few ended the process. */
  | { readonly kind: "some"; readonly n: number; readonly verdicts: Verdicts };

/** What a check says of each expression: null is sound. */
export type Verdicts = readonly (string | null)[];

/** What the engine answers. */
export interface Evaluated {
  readonly result: unknown;
  readonly trace?: unknown;
}
