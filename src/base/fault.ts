/**
 * Fault points: places with a name where a drill may throw, end or kill the process. Production
 * code is handed `noFaults`; a drill hands in a plan. Nothing is ever armed by default.
 */
import { baseErrors } from "./base.errors.ts";
import { assert, fail } from "./errors.ts";

/**
 * What code with fault points is handed. `at` answers nothing when nothing happens there, so a
 * hot path writes `const fault = faults.at(name); if (fault) await fault;` and pays no await.
 */
export interface Faults {
  at(name: string): void | Promise<void>;
}

/** `throw` an InjectedFault, `exit` the process, `kill` it with SIGKILL, or anything of yours. */
export type FaultAction = "throw" | "exit" | "kill" | (() => void | Promise<void>);

export interface ArmOptions {
  /** The hit at which it strikes first, counted from 1 since the plan was made. */
  readonly onHit?: number;
  /** How many hits in a row it strikes; once unless given. */
  readonly times?: number;
}

/** The exit code of a process that the action `exit` ended. */
export const FAULT_EXIT_CODE = 86;

/** What the action `throw` throws: no LongmenError, since it plays the unexpected. */
export class InjectedFault extends Error {
  readonly point: string;

  constructor(point: string) {
    super(`injected fault at ${point}`);
    this.name = "InjectedFault";
    this.point = point;
  }
}

/** The faults of production: none. */
export const noFaults: Faults = Object.freeze({ at: () => undefined });

interface Armed {
  readonly action: FaultAction;
  readonly fromHit: number;
  readonly toHit: number;
}

/** A drill's plan: what happens at which hit of which point. */
export class FaultPlan implements Faults {
  readonly #armed = new Map<string, Armed[]>();
  readonly #hits = new Map<string, number>();

  /** Adds a fault. Several may be armed at one point; the first that is due strikes. */
  arm(name: string, action: FaultAction, { onHit = 1, times = 1 }: ArmOptions = {}): this {
    assert(Number.isInteger(onHit) && onHit >= 1, "onHit counts from 1");
    assert(times >= 1, "an armed fault strikes at least once");
    const armed = this.#armed.get(name) ?? [];
    armed.push({ action, fromHit: onHit, toHit: onHit + times - 1 });
    this.#armed.set(name, armed);
    return this;
  }

  at(name: string): void | Promise<void> {
    const hit = this.hits(name) + 1;
    this.#hits.set(name, hit);
    const due = this.#armed.get(name)?.find((each) => hit >= each.fromHit && hit <= each.toHit);
    return due && strike(name, due.action);
  }

  /** How often the point was passed: a drill that never hit its point proved nothing. */
  hits(name: string): number {
    return this.#hits.get(name) ?? 0;
  }

  /** Armed names that no loaded module declares: most likely misspelt. */
  undeclared(): string[] {
    return [...this.#armed.keys()].filter((name) => !declared.has(name)).sort();
  }
}

function strike(name: string, action: FaultAction): void | Promise<void> {
  if (typeof action === "function") return action();
  if (action === "throw") throw new InjectedFault(name);
  if (action === "exit") process.exit(FAULT_EXIT_CODE);
  process.kill(process.pid, "SIGKILL");
}

const ONE_FAULT = /^([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)=(throw|exit|kill)(?:@([1-9][0-9]{0,8}))?$/;

/**
 * Reads a plan for a process under drill: `lane.after_send=kill@3,ledger.before_decide=throw`
 * kills at the third hit of the one point and throws at the first of the other. Empty text is a
 * plan without faults. Refuses: base.faults_malformed.
 */
export function faultsFromText(text: string): FaultPlan {
  const plan = new FaultPlan();
  if (text.trim() === "") return plan;
  for (const part of text.split(",")) {
    const [, name, action, hit] = ONE_FAULT.exec(part.trim()) ?? [];
    if (name === undefined || !isNamedAction(action)) {
      throw fail(baseErrors, "faults_malformed", { text: part.trim() });
    }
    plan.arm(name, action, { onHit: Number(hit ?? 1) });
  }
  return plan;
}

function isNamedAction(text: string | undefined): text is "throw" | "exit" | "kill" {
  return text === "throw" || text === "exit" || text === "kill";
}

const declared = new Map<string, string>();

/**
 * Declares a fault point at the top of the module that has it, and gives its name back:
 * `const afterSend = faultPoint("lane.after_send", "the flush was sent, its answer not read")`.
 */
export function faultPoint<const Name extends string>(name: Name, doc: string): Name {
  assert(!declared.has(name), `the fault point "${name}" is declared twice`);
  declared.set(name, doc);
  return name;
}

/** All declared points of the modules loaded so far, by name, for drills to go through. */
export function listFaultPoints(): { name: string; doc: string }[] {
  return [...declared]
    .map(([name, doc]) => ({ name, doc }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
