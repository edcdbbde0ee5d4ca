/**
 * Names of groups that wait. A group is a number in the tables; its name is what the task's function says of an
 * input, so it is asked once of the first that is held, where a sweep meets a group without a name, and kept as
 * a row for as long as somebody of the group is held. Nothing is written for groups that never wait.
 */
import { decodePayload } from "../codec.ts";
import { checkInput } from "../define-flow.ts";
import { repeatable, type Session, writing } from "../session.ts";
import { groupOf, OF_NONE } from "./gate.ts";
import type { TaskQueue } from "./queue.ts";
import { readUnnamed } from "./task.sql.ts";
import { saveGroups } from "./write-tasks.ts";

/** Rows go when their group does not wait; what is known of them here is forgotten sooner. */
const KNOWN_MS = 15_000;
const KNOWN_MAX = 20_000;

export class GroupNames {
  private known = new Set<string>();
  private since = performance.now();

  /** Sees to it that these groups of a task have names. */
  async learn(session: Session, queue: TaskQueue, gates: readonly bigint[]): Promise<void> {
    if (queue.policy.group === undefined) return;
    if (performance.now() - this.since > KNOWN_MS || this.known.size > KNOWN_MAX) {
      this.known = new Set();
      this.since = performance.now();
    }
    const { flow, task } = queue;
    const unknown = gates.filter((gate) => gate !== OF_NONE && !this.known.has(`${flow} ${gate}`));
    if (unknown.length === 0) return;
    const rows = await session.database.run(readUnnamed, { flow, gates: unknown });
    const writes = rows.flatMap(({ gate, input }) => {
      const name = nameOf(() => groupOf(task, checkInput(task, decodePayload(input))));
      return name === undefined ? [] : [writing(saveGroups, { flow, gate, name })];
    });
    if (writes.length > 0) await session.commit(`groups/${flow}`, writes, repeatable);
    for (const gate of unknown) this.known.add(`${flow} ${gate}`);
  }
}

/** A function of the user's that throws here gives no name, and stops nobody. */
function nameOf(ask: () => string | undefined): string | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
