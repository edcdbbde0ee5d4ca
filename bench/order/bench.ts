/** The cases of `npm run bench -- order`, with their peers and floors. */
import type { Bench, World } from "../bench.ts";
import type { Case } from "../contest.ts";
import { httpContender } from "./http.ts";
import { MEMORY_FLAT, millionContender, ourContender, SPEED_KEPT } from "./ours.ts";
import { byHandContender } from "./peers/by-hand.ts";
import { functionContender } from "./peers/function.ts";
import { hotWorkload, spreadWorkload, type Workload } from "./workload.ts";

/** Fewer than elsewhere: whoever writes by hand answers so few a second that more would wait for a minute. */
const CALLERS = 2_000;

export const orderBench: Bench = {
  name: "order",
  apart: true,
  ownCallers: true,
  peers: ["by-hand", "function"],
  redisPeers: [],
  cases: (world) => [
    {
      ...against(world, hotWorkload),
      name: "hot",
      about: "orders of three lines placed and paid, one line the same product for everybody",
      floors: { "by-hand": 5, function: 1.5 },
    },
    {
      ...against(world, spreadWorkload),
      name: "spread",
      about: "orders of three lines placed and paid, of 1,000 products by chance",
      floors: { "by-hand": 3 },
    },
    {
      name: "http",
      about: "quoted, placed and paid over HTTP, 200 connections; waits at half of that load",
      unit: "orders/s",
      ours: httpContender(world),
      peers: [],
      floors: {},
    },
    {
      name: "million",
      about: world.quick ? "50,000 orders in one run" : "a million orders in one run",
      unit: "orders/s",
      ours: millionContender({
        ...{ url: world.url, callers: CALLERS, workload: spreadWorkload, quick: world.quick },
      }),
      peers: [],
      floors: { [MEMORY_FLAT]: 0.8, [SPEED_KEPT]: 0.8 },
      rounds: 1,
      seconds: 1,
    },
  ],
  longCases: ["million"],
};

function against(
  { url }: World,
  workload: () => Workload,
): Omit<Case, "name" | "about" | "floors"> {
  const options = { url, callers: CALLERS, workload };
  return {
    unit: "orders/s",
    ours: ourContender(options),
    peers: [byHandContender(options), functionContender(options)],
  };
}
