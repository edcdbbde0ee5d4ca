/** What callers know: every act that was asked for, as often as it was, and what came back each time. */
import type { Deed } from "./selling-node.ts";

/** What came back of an act; `order` where it is one of an order. */
export interface Said {
  readonly status: "done" | "created" | "exists" | "refused";
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly order?: {
    readonly id: string;
    readonly version: number;
    readonly state: string;
    readonly paid: bigint;
    readonly refunded: bigint;
    readonly total: bigint;
  };
  readonly quote?: { readonly id: string; readonly hash: string; readonly total: bigint };
  readonly sold?: readonly {
    readonly sku: string;
    readonly quantity: bigint;
    readonly amount: bigint;
  }[];
}

export interface Attempt {
  readonly node: string;
  /** In one count of all callers. */
  readonly begun: number;
  /** Undefined while nothing came back. */
  ended: number | undefined;
  said: Said | undefined;
}

/** One thing that somebody wants, under one key: asked until there is an answer. */
export interface Act {
  readonly deed: Deed;
  readonly key: string;
  readonly command: unknown;
  readonly attempts: Attempt[];
}

export class AskLog {
  readonly acts = new Map<string, Act>();
  /** What no caller should ever see. */
  readonly wrong: string[] = [];
  private moment = 0;

  act(deed: Deed, key: string, command: unknown): Act {
    const name = `${deed} ${key}`;
    const known = this.acts.get(name);
    if (known !== undefined) return known;
    const act: Act = { deed, key, command, attempts: [] };
    this.acts.set(name, act);
    return act;
  }

  begin(act: Act, node: string): Attempt {
    this.moment += 1;
    const attempt: Attempt = { node, begun: this.moment, ended: undefined, said: undefined };
    act.attempts.push(attempt);
    return attempt;
  }

  end(attempt: Attempt, said: Said | undefined): void {
    this.moment += 1;
    attempt.ended = this.moment;
    attempt.said = said;
  }
}

export const saysYes = ({ said }: Attempt): boolean =>
  said !== undefined && said.status !== "refused";

/** Nobody was quick enough: no answer of the shop's. */
export const isBusy = (said: Said | undefined): boolean => said?.code === "order.busy";

/** Nothing came back of some attempt, and no other told how it ended. */
export function isOpen({ attempts }: Act): boolean {
  return !attempts.some(({ said }) => said !== undefined && !isBusy(said));
}

/** Answered each time, and each time with a no: nothing of it may be in the tables. */
export function isRefused({ attempts }: Act): boolean {
  return (
    attempts.length > 0 && attempts.every(({ said }) => said?.status === "refused" && !isBusy(said))
  );
}
