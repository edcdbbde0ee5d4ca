/**
 * Contenders in processes of their own. In one process the contender that comes last runs in a heap
 * that the others have filled, on code that was compiled for their shapes: whoever is bound by Node,
 * as we are, would be measured by its neighbours.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { World } from "./bench.ts";
import { Void, type Case, type Contender, type Round } from "./contest.ts";

const PROCESS = fileURLToPath(new URL("apart-process.ts", import.meta.url));

/** Which contender a process is: it finds the rest itself. */
export interface Place {
  readonly bench: string;
  readonly world: World;
  readonly contest: string;
  readonly contender: string;
}

export type Order =
  | { readonly place: Place }
  | { readonly tune: { readonly quick: boolean } }
  | { readonly round: { readonly seconds: number; readonly ours?: Round | undefined } };

export type Reply =
  | { readonly done: string | Round | null }
  | { readonly failed: { readonly text: string; readonly isVoid: boolean } };

/** The same case with each contender in a process that lives from its first round to its last. */
export function apart(contest: Case, bench: string, world: World): Case {
  const moved = (contender: Contender): Contender => {
    const place = { bench, world, contest: contest.name, contender: contender.name };
    return apartContender(place, contender.tune !== undefined);
  };
  return { ...contest, ours: moved(contest.ours), peers: contest.peers.map(moved) };
}

function apartContender(place: Place, tunes: boolean): Contender {
  let child: ChildProcess | undefined;
  const obeyed = async (order: Order): Promise<string | Round | null> => {
    if (child === undefined) {
      child = fork(PROCESS);
      await asked(child, { place });
    }
    return asked(child, order);
  };
  return {
    name: place.contender,
    tune: tunes ? async (quick) => (await obeyed({ tune: { quick } })) as string : undefined,
    round: async (seconds, ours) => (await obeyed({ round: { seconds, ours } })) as Round,
    close: () => ended(child),
  };
}

async function asked(child: ChildProcess, order: Order): Promise<string | Round | null> {
  return new Promise((done, broken) => {
    const onExit = (code: number | null) => broken(new Void(`a contender ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (reply: Reply) => {
      child.off("exit", onExit);
      if ("done" in reply) done(reply.done);
      else broken(reply.failed.isVoid ? new Void(reply.failed.text) : new Error(reply.failed.text));
    });
    child.send(order);
  });
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once("exit", done));
  child.disconnect();
  await exit;
}
