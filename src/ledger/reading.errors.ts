import { defineErrors } from "../base/index.ts";

/** What the ledger's reads refuse: questions that can't be understood, and books that aren't there. */
export const readingErrors = defineErrors("ledger", {
  account_not_found: {
    kind: "missing",
    message: "There is no account {path} of {asset} in this book.",
    advice: "Check path and asset code (both are case-sensitive), or open the account first.",
    retry: "never",
  },
  cursor_malformed: {
    kind: "invalid",
    message: "The cursor is not one that this question gave.",
    advice:
      "Pass the cursor of the page before unchanged, with the same filter and order, or none.",
    retry: "never",
  },
  limit_out_of_range: {
    kind: "invalid",
    message: "A page of {limit} is not from 1 to {most}.",
    advice: "Ask for a smaller page and go on with its cursor.",
    retry: "never",
  },
  filter_malformed: {
    kind: "invalid",
    message: "The filter's {field} is malformed.",
    advice:
      "Paths are segments joined by '/', assets CODE/SCALE, times whole milliseconds from the year 1 on, codes 0 to 2147483647, orders newest or oldest.",
    retry: "never",
  },
  question_key_unknown: {
    kind: "invalid",
    message: "{what} has no {key}.",
    advice: "Correct the name, or leave it out; there are: {known}.",
    retry: "never",
  },
  point_malformed: {
    kind: "invalid",
    message: "The point of the past is malformed.",
    advice:
      "Give one of seq, at, effectiveAt: a whole number, not negative; effectiveAt from the year 1 on.",
    retry: "never",
  },
  seq_ahead: {
    kind: "missing",
    message: "Seq {after} is not there yet: the book ends at {head}.",
    advice:
      "The book was restored from a backup, or this is another server: what you have behind {head} is not in it. Compare what you kept, and go on from {head}.",
    retry: "never",
  },
  archived: {
    kind: "missing",
    message: "That lies before seq {seq} ({at}), up to where the book is archived in {file}.",
    advice:
      "Ask for a time behind it; or look into the file and those before it: `longmen archive show FILE`.",
    retry: "never",
  },
});
