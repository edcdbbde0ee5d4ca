/** A misspelt condition must not be a condition less: it would find more than was asked for. */
import { fail } from "../base/index.ts";
import { mustBe } from "./must-be.ts";
import { readingErrors } from "./reading.errors.ts";

/** Every key that a question of type T may have, each once: the compiler sees that none is missing. */
export type KeysOf<T> = Readonly<Record<keyof T, true>>;

/**
 * Lets a question pass that is an object and whose keys are all known.
 * Refuses: ledger.argument_malformed, ledger.question_key_unknown.
 */
export function checkKeys<T extends object>(what: string, given: T, known: KeysOf<T>): void {
  mustBe("an object", { [what]: given });
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(known, key)) continue;
    const keys = Object.keys(known).join(", ");
    throw fail(readingErrors, "question_key_unknown", { what, key, known: keys });
  }
}
