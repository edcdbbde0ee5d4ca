/** The model as something that tables are run against, with a clock that waits for nobody. */
import type { Instant } from "../../src/base/index.ts";
import type { RefusalCode } from "../../src/ledger/index.ts";
import { Model } from "../simulate/model.ts";
import { accountOf, sumsOf } from "../simulate/model-state.ts";
import type { Subject } from "./run-table.ts";

export interface ModelSubject extends Subject {
  /** For each posting that was refused: every reason that there was. */
  readonly reasons: (readonly RefusalCode[])[];
}

export function modelSubject(start: Instant): ModelSubject {
  const model = new Model();
  const reasons: (readonly RefusalCode[])[] = [];
  let now = start;
  return {
    reasons,
    submit: (posting) => {
      now += 1;
      model.sweep(now);
      const answer = model.apply(posting, now);
      if (answer.status === "refused") reasons.push([answer.code, ...model.reasons]);
      return answer;
    },
    wait: (ms) => {
      now += ms;
    },
    sums: (path, asset) => {
      const account = accountOf(model.state, path, asset);
      if (account === undefined) return undefined;
      const { debitsPending, debitsPosted, creditsPending, creditsPosted } = sumsOf(account);
      return [debitsPending, debitsPosted, creditsPending, creditsPosted];
    },
  };
}
