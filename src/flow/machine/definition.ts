/** The shapes of a state machine as a user writes it. */
import type { InputCheck, Steps } from "../define-flow.ts";
import type { RetryPolicy } from "../retry-policy.ts";

/** An event as a machine took it. */
export interface TakenEvent {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  /** By the database's clock. */
  readonly at: number;
}

export interface GuardContext<D> {
  readonly data: D;
  readonly event: TakenEvent;
}

/** What work is given to work with. */
export interface WorkContext<D> {
  readonly subject: string;
  /** The data as they were when this state was decided. */
  readonly data: D;
  /** What led here; undefined in the first state. */
  readonly event: TakenEvent | undefined;
  readonly from: string | undefined;
  readonly state: string;
}

export interface UndoContext<D> extends WorkContext<D> {
  /** What the work of the state answered that is taken back. */
  readonly result: unknown;
}

/** Steps on the machine's run; may answer `raise(…)`, and anything else for `compensate` to know. */
export type Work<D> = (f: Steps, context: WorkContext<D>) => unknown;
export type UndoWork<D> = (f: Steps, context: UndoContext<D>) => unknown;

export interface StateDefinition<S extends string, D> {
  /** Nothing follows. Every machine has such a state. */
  readonly final?: boolean | undefined;
  /** Done when the state was entered. Events are taken meanwhile, and worked off behind it. */
  readonly entry?: Work<D> | undefined;
  /** Where it goes when its work fails for good. Without it the machine is stuck, and waits for a person. */
  readonly failed?: S | undefined;
  /** Where it goes when nothing was taken for so long. */
  readonly timeout?: { readonly afterMs: number; readonly to: S } | undefined;
}

export interface Transition<S extends string, E extends string, D> {
  readonly from: S | readonly S[];
  readonly on: E;
  readonly to: S;
  /** Pure, and quick: asked in the process that sends the event. The first that holds is taken. */
  readonly guard?: ((context: GuardContext<D>) => boolean) | undefined;
  /** Pure: what the data are from now on. */
  readonly assign?: ((context: GuardContext<D>) => D) | undefined;
  /** Done before the work of the state it leads to. */
  readonly action?: Work<D> | undefined;
  /** First everything is taken back that states entered before have done, newest first. */
  readonly compensates?: boolean | undefined;
}

export interface MachineDefinition<S extends string, E extends string, D> {
  /** Raise it with any change: subjects stay with theirs. */
  readonly version?: number | undefined;
  /** What the data are that it begins with. */
  readonly input?: InputCheck<D> | undefined;
  readonly initial: NoInfer<S>;
  readonly states: { readonly [K in S]: StateDefinition<NoInfer<S>, D> };
  readonly transitions: readonly Transition<NoInfer<S>, E, D>[];
  /** By state: what takes back its work. Tried until it is done. */
  readonly compensate?: { readonly [K in NoInfer<S>]?: UndoWork<D> } | undefined;
  /** Of `compensate`: for ever, up to five minutes apart, when left out. Past `attempts` it is stuck. */
  readonly retry?: RetryPolicy | undefined;
}

export interface MachineEnd<S extends string, D> {
  readonly state: S;
  readonly data: D;
}

/** A definition of whatever states and events. */
export type AnyDefinition = MachineDefinition<string, string, unknown>;

export function definitionOf(of: object): AnyDefinition | undefined {
  return (of as { readonly definition?: AnyDefinition }).definition;
}
