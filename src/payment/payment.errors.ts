import { defineErrors } from "../base/index.ts";

/** What this room refuses: parts of a payment that say nothing sensible. */
export const paymentErrors = defineErrors("payment", {
  part_malformed: {
    kind: "invalid",
    message: "part {part} of the payment is wrong: {problem}",
    advice:
      "A part has a means (wallet, company or cash), an amount above zero in minor units and, for company, its account.",
    retry: "never",
  },
  too_many_parts: {
    kind: "invalid",
    message: "a payment of {count} parts; it may have {max}",
    advice: "Pay with fewer means at once.",
    retry: "never",
  },
  wallet_malformed: {
    kind: "invalid",
    message: "the wallet is wrong: {problem}",
    advice: "Give the buyer as one segment of a path, amounts above zero in minor units.",
    retry: "never",
  },
  credit_line_malformed: {
    kind: "invalid",
    message: "the credit line is wrong: {problem}",
    advice:
      "Give the company as one segment of a path, the month as 2026-11, and the line in minor units from 0.",
    retry: "never",
  },
});
