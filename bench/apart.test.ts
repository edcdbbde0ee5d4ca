import { expect, onTestFinished, test } from "vitest";
import { apart } from "./apart.ts";
import { ledgerBench } from "./ledger/bench.ts";
import type { World } from "./bench.ts";
import { Void, type Case } from "./contest.ts";

const world: World = {
  url: "postgres://nobody@127.0.0.1:1/none",
  redisPort: undefined,
  callers: 1,
  seconds: 1,
  quick: true,
  scratch: "",
  data: undefined,
};

function hot(): Case {
  const contest = ledgerBench.cases(world).find(({ name }) => name === "hot");
  if (contest === undefined) throw new Error("the bench has lost its first case");
  const moved = apart(contest, "ledger", world);
  onTestFinished(async () => {
    for (const { close } of [moved.ours, ...moved.peers]) await close?.();
  });
  return moved;
}

test("a contender finds itself in a process of its own, and what goes wrong there is told here", async () => {
  const { ours, peers } = hot();
  expect(peers.map(({ name }) => name)).toEqual(["raw", "raw-journal", "raw-copy", "tx"]);
  await expect(ours.round(1)).rejects.toThrow("127.0.0.1:1");
  // Once more to the same process.
  await expect(ours.round(1)).rejects.toThrow("127.0.0.1:1");
  await ours.close?.();
  expect(ours.tune).toBeUndefined();
  await expect(peers[0]?.tune?.(true)).rejects.toThrow("127.0.0.1:1");
});

test("a contender that is not there voids nothing: it is our own mistake", async () => {
  const lost = apart({ ...hot(), name: "cool" }, "ledger", world);
  await expect(lost.ours.round(1)).rejects.not.toBeInstanceOf(Void);
  await lost.ours.close?.();
});
