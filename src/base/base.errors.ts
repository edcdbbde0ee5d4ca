import { defineErrors } from "./errors.ts";

/** What the ground itself refuses: text that is no asset, amount, time or fault plan. */
export const baseErrors = defineErrors("base", {
  asset_malformed: {
    kind: "invalid",
    message: 'asset code "{code}" is malformed',
    advice:
      "Write a name and a scale from 0 to 18, such as CNY/2 or SKU:85123A/0. A name has up to 63 letters, digits, spaces and : . _ - and starts with a letter or a digit.",
    retry: "never",
  },
  amount_malformed: {
    kind: "invalid",
    message: 'amount "{text}" is not a plain decimal number',
    advice:
      "Send digits with an optional leading minus and, where decimals are allowed, one point: no plus sign, spaces, thousands separators, exponent or leading zeros. Amounts are strings, never numbers.",
    retry: "never",
  },
  amount_too_precise: {
    kind: "invalid",
    message: 'amount "{text}" has more than the {scale} decimals of {asset}',
    advice: "Round it yourself, or use an asset with a larger scale: rounding is never silent.",
    retry: "never",
  },
  amount_out_of_range: {
    kind: "invalid",
    message: 'amount "{text}" is beyond ±9223372036854775807 minor units',
    advice: "Split it, or use an asset with a smaller scale.",
    retry: "never",
  },
  scale_out_of_range: {
    kind: "invalid",
    message: "scale {scale} is not a whole number from 0 to 18",
    advice: "Use the scale written after the slash of the asset code.",
    retry: "never",
  },
  weights_malformed: {
    kind: "invalid",
    message: "the weights can't share out an amount: {problem}",
    advice: "Give at least one weight above zero and none below zero.",
    retry: "never",
  },
  time_malformed: {
    kind: "invalid",
    message: '"{text}" is not an RFC 3339 time',
    advice:
      "Write it with its offset and no finer than milliseconds, such as 2010-12-01T08:26:00.125Z or 2010-12-01T16:26:00+08:00.",
    retry: "never",
  },
  faults_malformed: {
    kind: "invalid",
    message: 'fault "{text}" is not of the form name=action@hit',
    advice:
      "Separate faults by commas; action is throw, exit or kill; @hit, a number from 1, may be left out. Example: lane.after_send=kill@3",
    retry: "never",
  },
});
