/** What goes with a request, and a unit of work as a whole: their shape, before they are sent. */
import type { Unit } from "../postgres/index.ts";
import type { LedgerOptions, Posting } from "./book.ts";
import { checkContext } from "./check-context.ts";
import { mayBe, mustBe } from "./must-be.ts";
import type { Context } from "./transfer.ts";

/** Answers the context as it is now. Refuses: ledger.argument_malformed, ledger.context_malformed. */
export function checkOptions(options: LedgerOptions | undefined): Context | undefined {
  if (options === undefined) return undefined;
  mustBe("an object", { options });
  mayBe("a finite number of milliseconds above 0", { deadlineMs: options.deadlineMs });
  return checkContext(options.context);
}

/** Refuses: ledger.argument_malformed. */
export function checkUnit(unit: Unit<Posting>): void {
  mustBe("an object", { unit });
  const { key, guards, writes } = unit;
  mustBe("a text", { "the unit's key": key });
  mustBe("a list", { "the unit's guards": guards, "the unit's writes": writes });
  for (const use of guards) mustBe("an object", { "a guard of the unit": use?.guard });
  for (const use of writes) mustBe("an object", { "a writer of the unit": use?.writer });
}
