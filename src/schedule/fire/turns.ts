/**
 * Whose turn it is. All nodes that live and serve a target come to the same order, without a word: the first
 * fires at the tick, the others look a moment later whether it has. Where they disagree, since one has heard
 * less, two try and the table takes one, or the tick comes a moment later. No tick hangs on it.
 */
import { Route } from "./numbers.ts";

export interface Peer {
  readonly node: string;
  /** Runs that it had when it last said so. */
  readonly load: number;
  /** What it can start: versions by name. */
  readonly serves: Readonly<Record<string, readonly number[]>>;
}

export interface Turn {
  readonly scheduleId: number;
  readonly shard: number;
  /** How many ticks of it were fired before. */
  readonly fires: number;
  readonly route: number;
}

/** Whether the node can start that. Version 0: whichever it has. */
export function isServedBy({ serves }: Peer, target: string, version: number): boolean {
  const versions = serves[target];
  return versions !== undefined && (version === 0 || versions.includes(version));
}

/** Mixes the bits of numbers, the same on every node. */
export function mixed(...parts: readonly number[]): number {
  let state = 0x9e3779b9;
  for (const part of parts) {
    state = Math.imul(state ^ part, 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return state >>> 0;
}

export function hashOf(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  return state >>> 0;
}

/** 0: it is this node's turn; from 1 on: so many go before it. `peers` by name, `me` among them. */
export function rankOf(turn: Turn, peers: readonly Peer[], me: number): number {
  const count = peers.length;
  if (count <= 1) return 0;
  switch (turn.route) {
    case Route.roundRobin:
      return after(me, mixed(turn.scheduleId) + turn.shard + turn.fires, count);
    case Route.leastLoaded:
      return rankByLoad(turn, peers, me);
    default:
      return rankAtHome(turn, peers, me);
  }
}

const after = (me: number, first: number, count: number): number =>
  (me - (first % count) + count) % count;

/** The more runs, the later; of two that were drawn by lot. */
function rankByLoad(turn: Turn, peers: readonly Peer[], me: number): number {
  const count = peers.length;
  const lot = mixed(turn.scheduleId, turn.shard, turn.fires);
  const one = lot % count;
  const other = (one + 1 + (Math.floor(lot / count) % (count - 1))) % count;
  const first = (peers[other]?.load ?? 0) < (peers[one]?.load ?? 0) ? other : one;
  return after(me, first, count);
}

/** By the highest of what each node draws: when one goes, only what it had finds another. */
function rankAtHome({ scheduleId, shard }: Turn, peers: readonly Peer[], me: number): number {
  const drawn = (peer: Peer | undefined) => mixed(scheduleId, shard, hashOf(peer?.node ?? ""));
  const mine = drawn(peers[me]);
  let rank = 0;
  peers.forEach((peer, at) => {
    if (at === me) return;
    const theirs = drawn(peer);
    if (theirs > mine || (theirs === mine && at < me)) rank += 1;
  });
  return rank;
}
