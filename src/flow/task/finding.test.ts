/** What a look asks for and leaves known, where there is room and where there is none. */
import { expect, test } from "vitest";
import { silentLogger } from "../../base/index.ts";
import { task } from "./define-task.ts";
import { Finding } from "./finding.ts";
import { TaskQueue } from "./queue.ts";

function oneSlot(): TaskQueue {
  return new TaskQueue({
    task: task("work", { concurrency: 1 }, () => new Promise<void>(() => undefined)),
    flow: 1,
    log: silentLogger,
    onCame: () => undefined,
    onSaid: () => undefined,
    onRoom: () => undefined,
  });
}

const look = (queue: TaskQueue, runs: readonly bigint[]): readonly bigint[] => {
  const found = new Finding([1], new Map([[1, queue]]), 0);
  for (const runId of runs) found.keep(1, runId, "0 1000");
  found.looked();
  return found.take();
};

test("a queue without room takes nothing, and learns that there is more: who gets room looks at once", () => {
  const queue = oneSlot();
  queue.coming = 1;
  expect(queue.room).toBe(0);
  expect(new Finding([1], new Map([[1, queue]]), 0).asked.mosts).toEqual([1]);
  expect(look(queue, [5n])).toEqual([]);
  expect(queue.backlog).toBe(true);
  queue.coming = 0;
  expect(look(queue, [5n])).toEqual([5n]);
  expect(look(queue, [])).toEqual([]);
  expect(queue.backlog).toBe(false);
});
