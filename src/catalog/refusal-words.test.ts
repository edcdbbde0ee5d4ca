import { expect, test } from "vitest";
import { fail } from "../base/index.ts";
import { catalogErrors } from "./catalog.errors.ts";
import { buyerCodes, refusalWords } from "./refusal-words.ts";

type Reason = keyof typeof catalogErrors.rows;

test("every refusal of a buyer is told in Chinese, with the same details", () => {
  expect(catalogErrors.codes).toEqual(expect.arrayContaining([...buyerCodes]));
  for (const code of buyerCodes) {
    const reason = code.slice("catalog.".length) as Reason;
    const places = [...catalogErrors.rows[reason].message.matchAll(/\{(\w+)\}/g)].map(
      (found) => found[1] ?? "",
    );
    const details = Object.fromEntries(
      [...places, "problemsZh", "decisionId"].map((name) => [name, `<${name}>`]),
    );
    const { message, advice } = refusalWords(fail(catalogErrors, reason, details));
    expect(`${message.zh ?? ""}${advice.zh ?? ""}`).toMatch(/\p{Script=Han}/u);
    expect(`${message.zh ?? ""}${advice.zh ?? ""}`).not.toMatch(/[{}]/);
  }
});

test("whatever a quote refuses has Chinese words", () => {
  const promised = [
    ...[
      "request_malformed",
      "quote_key_conflict",
      "sku_unknown",
      "options_refused",
      "quantity_refused",
    ],
    ...[
      "price_missing",
      "amount_too_large",
      "currencies_mixed",
      "rule_failed",
      "rule_answer_malformed",
    ],
    ...["rule_not_connected", "changing", "book_unknown", "quote_missing"],
  ];
  for (const reason of promised) expect(buyerCodes).toContain(`catalog.${reason}`);
});
