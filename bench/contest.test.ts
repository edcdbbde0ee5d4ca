import { describe, expect, test } from "vitest";
import { runCase, Void, type Case, type Contender } from "./contest.ts";

/** A contender whose rounds have known results; the first is the warm-up. */
function scripted(name: string, log: string[], rates: readonly number[]): Contender {
  let nth = 0;
  return {
    name,
    round: async (seconds) => {
      log.push(`${name} ${seconds}`);
      return { count: (rates[nth++] ?? 0) * seconds, seconds, p50Ms: nth, p99Ms: nth * 10 };
    },
  };
}

function caseOf(ours: Contender, peers: readonly Contender[], more: Partial<Case> = {}): Case {
  return { name: "hot", about: "", unit: "transfers/s", ours, peers, floors: {}, ...more };
}

const quiet = { rounds: 3, seconds: 2, quick: false, say: () => undefined };

describe("a contest", () => {
  test("runs ours and the peers in turn, each warmed up first", async () => {
    const log: string[] = [];
    const ours = scripted("longmen", log, []);
    await runCase(caseOf(ours, [scripted("raw", log, [])]), { ...quiet, rounds: 2 });
    expect(log).toEqual(["longmen 0.7", "raw 0.7", "longmen 2", "raw 2", "longmen 2", "raw 2"]);
  });

  test("counts the median of the rounds and not the warm-up", async () => {
    const ours = scripted("longmen", [], [1, 50, 90, 60]);
    const raw = scripted("raw", [], [1_000, 100, 120, 130]);
    const { result, details } = await runCase(caseOf(ours, [raw]), quiet);
    expect(result).toMatchObject({ longmen: 60, peers: { raw: 120 }, ratios: { raw: 0.5 } });
    expect(details["longmen"]).toMatchObject({ rounds: [50, 90, 60], p50Ms: 3, p99Ms: 30 });
  });

  test("measures a peer without a floor once when quick, one with a floor every time", async () => {
    const log: string[] = [];
    const peers = [scripted("raw", log, []), scripted("tx", log, [])];
    const contest = caseOf(scripted("longmen", log, []), peers, { floors: { raw: 0.5 } });
    await runCase(contest, { ...quiet, quick: true });
    const measured = (name: string) => log.filter((line) => line === `${name} 2`).length;
    expect([measured("longmen"), measured("raw"), measured("tx")]).toEqual([3, 3, 1]);
  });

  test("tunes a peer before it counts, and tells its settings", async () => {
    const tuned = { ...scripted("raw", [], [2, 2, 2]), tune: async () => "4 connections" };
    const { details } = await runCase(caseOf(scripted("longmen", [], []), [tuned]), quiet);
    expect(details["raw"]?.tuned).toBe("4 connections");
  });

  test("passes on the shares that rounds found", async () => {
    const shares = [0.3, 0.2, 0.4];
    const ours: Contender = {
      name: "longmen",
      round: async () => ({ count: 1, seconds: 1, shares: { share: shares.shift() ?? 0 } }),
    };
    const floors = { share: 0.25 };
    const { result } = await runCase(caseOf(ours, [], { floors, seconds: 1 }), quiet);
    expect(result).toMatchObject({ ratios: { share: 0.3 }, met: true });
  });

  test("tells peers what ours did in the same turn, and ends them all, whatever happened", async () => {
    const seen: (number | undefined)[] = [];
    let closed = 0;
    const close = async () => void (closed += 1);
    const ours = { ...scripted("longmen", [], [1, 20, 30]), close };
    const peer: Contender = {
      name: "raw",
      round: async (seconds, told) => {
        seen.push(told?.count);
        if (seen.length === 3) throw new Void("enough");
        return { count: 1, seconds };
      },
      close,
    };
    await expect(runCase(caseOf(ours, [peer]), quiet)).rejects.toThrow("enough");
    expect(seen).toEqual([undefined, 40, 60]);
    expect(closed).toBe(2);
  });

  test("is over when a contender left behind what it should not have", async () => {
    const wrong: Contender = {
      name: "raw",
      round: async () => {
        throw new Void("9 rows answered, 8 are there");
      },
    };
    const contest = caseOf(scripted("longmen", [], []), [wrong]);
    await expect(runCase(contest, quiet)).rejects.toThrow("8 are there");
  });
});
