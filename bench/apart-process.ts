/** One contender of one case as a process of its own; started by apart.ts, told what to do by message. */
import type { Order, Place, Reply } from "./apart.ts";
import { loadBench } from "./benches.ts";
import { Void, type Contender, type Round } from "./contest.ts";

let contender: Contender | undefined;

async function find({ bench, world, contest, contender: name }: Place): Promise<Contender> {
  const found = (await loadBench(bench))?.cases(world).find((one) => one.name === contest);
  const contenders = found === undefined ? [] : [found.ours, ...found.peers];
  const one = contenders.find((other) => other.name === name);
  if (one === undefined) throw new Error(`no contender ${name} in ${contest} of ${bench}`);
  return one;
}

async function obey(order: Order): Promise<string | Round | null> {
  if ("place" in order) {
    contender = await find(order.place);
    return null;
  }
  if (contender === undefined) throw new Error("told to run before it was told what it is");
  return "tune" in order
    ? ((await contender.tune?.(order.tune.quick)) ?? null)
    : contender.round(order.round.seconds, order.round.ours);
}

function failed(error: unknown): Reply {
  const isVoid = error instanceof Void;
  const text = error instanceof Error ? ((isVoid ? undefined : error.stack) ?? error.message) : "";
  return { failed: { text: text || String(error), isVoid } };
}

process.on("message", (order: Order) => {
  void obey(order)
    .then((done): Reply => ({ done }), failed)
    .then((reply) => process.send?.(reply));
});
// Whoever runs the benchmark has ended, or needs this contender no more.
process.on("disconnect", () => process.exit());
