/** What a book decides for its whole catalogue. */
import { Reading } from "./reading.ts";

export interface BookSettings {
  /** How long a quote holds. */
  readonly quoteTtlMs: number;
  /** Rules that are asked for discounts of every quote, in this order. */
  readonly discountRules: readonly string[];
}

const QUOTE_TTL_MAX_MS = 90 * 24 * 3_600_000;
const RULES_MAX = 10;

/** Of a book that has said none yet. */
export const SETTINGS_DEFAULT: BookSettings = { quoteTtlMs: 15 * 60_000, discountRules: [] };

/** What isn't named stays as it stands. Refuses: catalog.definition_malformed. */
export function readSettings(
  given: unknown,
  stands: BookSettings = SETTINGS_DEFAULT,
): BookSettings {
  const reading = new Reading();
  const { quoteTtlMs = stands.quoteTtlMs, discountRules = stands.discountRules } = reading.fields(
    "",
    given,
    ["quoteTtlMs", "discountRules"],
  );
  const settings = {
    quoteTtlMs: reading.integer("/quoteTtlMs", quoteTtlMs, 1_000, QUOTE_TTL_MAX_MS),
    discountRules: reading
      .list("/discountRules", discountRules, 0, RULES_MAX)
      .map((rule, index) => reading.text(`/discountRules/${index}`, rule, 200)),
  };
  reading.done("the settings of the catalogue");
  return settings;
}
