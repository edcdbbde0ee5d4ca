/** Who asks is said in a few words, or not at all: what can't be kept is refused before it is sent. */
import { fail } from "../base/index.ts";
import { isText } from "./check-request.ts";
import { ledgerErrors } from "./ledger.errors.ts";
import { mustBe } from "./must-be.ts";
import { type Context, CONTEXT_MAX_LENGTH } from "./transfer.ts";

const words = ["by", "request", "rule"] as const;

/** Answers the context as it is now. Refuses: ledger.argument_malformed, ledger.context_malformed. */
export function checkContext(context: Context | undefined): Context | undefined {
  if (context === undefined) return undefined;
  mustBe("an object", { context });
  for (const word of words) {
    const value: unknown = context[word];
    if (value === undefined || isText(value, CONTEXT_MAX_LENGTH)) continue;
    throw fail(ledgerErrors, "context_malformed", { word, max: CONTEXT_MAX_LENGTH });
  }
  return { by: context.by, request: context.request, rule: context.rule };
}
