/** What a node serves, by number and by name. */
import { assert, fail } from "../base/index.ts";
import type { AnyFlow } from "./define-flow.ts";
import { flowErrors } from "./flow.errors.ts";

type Version = Pick<AnyFlow, "name" | "version">;

export class Served {
  private readonly node: string;
  private readonly flows: ReadonlyMap<string, AnyFlow>;
  private readonly numbers = new Map<string, number>();
  private readonly byNumber = new Map<number, AnyFlow>();
  private readonly standIns = new WeakMap<AnyFlow, number>();

  constructor(node: string, flows: ReadonlyMap<string, AnyFlow>) {
    this.node = node;
    this.flows = flows;
  }

  /** A version's number is known. Answers what is served of it here. */
  learn({ flow, name, version }: Version & { readonly flow: number }): AnyFlow | undefined {
    const label = `${name}@${version}`;
    this.numbers.set(label, flow);
    const served = this.flows.get(label);
    if (served !== undefined) this.byNumber.set(flow, served);
    return served;
  }

  allNumbers(): Iterable<number> {
    return this.byNumber.keys();
  }

  flowOf(number: number): AnyFlow | undefined {
    return this.byNumber.get(number);
  }

  /** Refuses: flow.unknown_flow. */
  numberOf(flow: AnyFlow): number {
    const { name, version } = flow;
    const number = this.standIns.get(flow) ?? this.numbers.get(`${name}@${version}`);
    if (number === undefined || !(this.byNumber.has(number) || this.standIns.has(flow))) {
      throw this.unknown({ name, version });
    }
    return number;
  }

  /** In place of a definition that only others have: by it their runs can be started. */
  standIn({ flow, name, version }: Version & { readonly flow: number }): AnyFlow {
    const run = (): void => assert(false, `${name} is not run where it is not served`);
    const made: AnyFlow = { name, version, options: {}, run };
    this.standIns.set(made, flow);
    return made;
  }

  /** Refuses: flow.unknown_flow. */
  versionOf(name: string, version: number): AnyFlow {
    const known = this.flows.get(`${name}@${version}`);
    if (known === undefined) throw this.unknown({ name, version });
    return known;
  }

  private unknown({ name, version }: Version) {
    return fail(flowErrors, "unknown_flow", { name, version, node: this.node });
  }
}
