/** One node with its callers as a process of its own; started by nodes.ts, told what to do by message. */
import { runCallers } from "../callers.ts";
import { hotLoad, newTally, type Tally } from "./loads.ts";
import { BUCKET_MS, type NodeReport, type NodeTask } from "./nodes.ts";
import { openNode } from "./ours.ts";

const WARM_UP_SECONDS = 1;

interface Node extends Awaited<ReturnType<typeof openNode>> {
  readonly task: NodeTask;
  readonly tally: Tally;
}

async function open(task: NodeTask): Promise<Node> {
  const opened = await openNode(task.url, task.schema);
  const node = { ...opened, task, tally: newTally() };
  await load(node, WARM_UP_SECONDS);
  return node;
}

async function load({ book, task, tally }: Node, seconds: number, onAnswer?: () => void) {
  const { call } = hotLoad();
  return runCallers({ callers: task.callers, seconds, call: () => call(book, tally), onAnswer });
}

async function measure(node: Node): Promise<NodeReport> {
  const buckets = Array.from({ length: (node.task.seconds * 1000) / BUCKET_MS }, () => 0);
  const startedAt = performance.now();
  const round = await load(node, node.task.seconds, () => {
    const at = Math.floor((performance.now() - startedAt) / BUCKET_MS);
    const before = buckets[at];
    if (before !== undefined) buckets[at] = before + 1;
  });
  await node.close();
  return { round, buckets, tally: node.tally };
}

let node: Promise<Node> | undefined;

async function obey(message: NodeTask | "go"): Promise<void> {
  if (message !== "go") {
    node = open(message);
    await node;
    process.send?.({ ready: true });
  } else if (node !== undefined) {
    process.send?.({ report: await measure(await node) });
  }
}

process.on("message", (message: NodeTask | "go") => void obey(message));
