/**
 * Where in a flow a step stands: the names of the branches that lead to it, its own name, and which of that
 * name it is in its branch. `charge`, `lines/b/pack#3`. A name that comes again gets its number by the order
 * of asking, which within one branch is the order of the code.
 */
import { assert, fail } from "../base/index.ts";
import { flowErrors } from "./flow.errors.ts";

const NAME_MAX_LENGTH = 100;
const POSITION_MAX_LENGTH = 500;
const SHOWN_MAX_LENGTH = 100;
// oxlint-disable-next-line no-control-regex -- a name with a line break in it would forge a line
const UNFIT = /[/#~\u0000-\u001f\u007f]/;

/** Refuses: flow.name_malformed. */
export function checkName(what: string, name: unknown): string {
  const fits =
    typeof name === "string" && name !== "" && name.length <= NAME_MAX_LENGTH && !UNFIT.test(name);
  if (!fits || !name.isWellFormed()) {
    throw fail(flowErrors, "name_malformed", { what, name, max: NAME_MAX_LENGTH });
  }
  return name;
}

/** What a text column of PostgreSQL takes, and gives back as it was: no NUL, no half of a pair. */
export const isKept = (text: string): boolean => !text.includes("\u0000") && text.isWellFormed();

/** A caller's own text: any but what can't be kept. Refuses: flow.name_malformed. */
export function checkText(what: string, text: unknown, max: number): void {
  if (typeof text === "string" && text.length <= max && isKept(text)) return;
  const name = typeof text === "string" ? text.slice(0, SHOWN_MAX_LENGTH) : text;
  throw fail(flowErrors, "name_malformed", { what, name, max });
}

/** One line of steps, each asked for after the one before. */
export class Scope {
  readonly path: string;
  private readonly counts = new Map<string, number>();
  /** Names that are under way: the same name again could not be told from it. */
  private readonly inFlight = new Set<string>();

  constructor(path = "") {
    this.path = path;
  }

  /** The position of the next step of that name. Refuses: flow.name_malformed, flow.step_in_flight. */
  next(name: string): string {
    const checked = checkName("the step", name);
    if (this.inFlight.has(checked)) {
      throw fail(flowErrors, "step_in_flight", { step: this.path + checked });
    }
    const count = (this.counts.get(checked) ?? 0) + 1;
    this.counts.set(checked, count);
    const position = this.path + (count === 1 ? checked : `${checked}#${count}`);
    if (position.length > POSITION_MAX_LENGTH) {
      throw fail(flowErrors, "name_malformed", {
        what: "the step",
        name: position,
        max: POSITION_MAX_LENGTH,
      });
    }
    return position;
  }

  /** A step of this branch is under way. */
  get isBusy(): boolean {
    return this.inFlight.size > 0;
  }

  /** Marks the name as under way while the work lasts. */
  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    assert(!this.inFlight.has(name), "a name is under way once");
    this.inFlight.add(name);
    try {
      return await work();
    } finally {
      this.inFlight.delete(name);
    }
  }

  branch(position: string, name: string): Scope {
    return new Scope(`${position}/${checkName("the branch", name)}/`);
  }

  inner(position: string): Scope {
    return new Scope(`${position}/`);
  }
}

/** The branch in which a position stands. */
export const scopeOf = (position: string): string =>
  position.slice(0, position.lastIndexOf("/") + 1);
