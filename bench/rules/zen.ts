/** The plain engine, in this very process, with nothing written down. */
import { isDeepStrictEqual } from "node:util";
import { runCallers } from "../callers.ts";
import { type Contender, Void } from "../contest.ts";
import { inTurn } from "./decisions.ts";
import type { RulesLoad } from "./ours.ts";

export function zenDecisions({ callers, decided }: Omit<RulesLoad, "url">): Contender {
  return {
    name: "zen",
    round: async (seconds) => {
      const { ZenEngine } = await import("@gorules/zen-engine");
      const engine = new ZenEngine();
      const decision = engine.createDecision(decided.jdm as object);
      const next = inTurn(decided);
      const call = async (): Promise<number> => {
        const { input, output } = next();
        const { result } = (await decision.evaluate(input)) as { readonly result: unknown };
        if (!isDeepStrictEqual(result, output)) throw new Void("the engine answers otherwise");
        return 1;
      };
      const round = await runCallers({ callers, seconds, call });
      engine.dispose();
      return round;
    },
  };
}
