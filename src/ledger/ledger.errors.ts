import { defineErrors } from "../base/index.ts";

/** What the ledger throws. Refusals of requests are answers and stand in refusal.ts. */
export const ledgerErrors = defineErrors("ledger", {
  book_missing: {
    kind: "missing",
    message: "There is no book named {name}.",
    advice:
      "Create it with createBook or `longmen book create`, or look at the names of the books there are.",
    retry: "never",
  },
  book_name_malformed: {
    kind: "invalid",
    message: "{name} is no name for a book.",
    advice: 'Use letters, digits and . _ : @ + - in segments joined by "/": "retail", "tenant/42".',
    retry: "never",
  },
  argument_malformed: {
    kind: "invalid",
    message: "{name} is not {kind}.",
    advice: "Nothing was done. Hand in what the types of longmen/ledger ask for.",
    retry: "never",
  },
  context_malformed: {
    kind: "invalid",
    message: "The context's {word} is no text of 1 to {max} characters.",
    advice: "Nothing was done. Give an id or a name, without NUL, or leave it out.",
    retry: "never",
  },
  closed: {
    kind: "unavailable",
    message: "The ledger is closed; the book {name} can't be opened any more.",
    advice: "Open books before close, or open a ledger anew.",
    retry: "same_request",
  },
  transaction_ended: {
    kind: "invalid",
    message: "The work of tx on book {book} ended the transaction that it was lent.",
    advice: "Nothing was posted. Leave commit and rollback to tx: return, or throw.",
    retry: "never",
  },
  busy: {
    kind: "unavailable",
    message: "The transaction on book {book} was rolled back: {why}.",
    advice: "Nothing was done. Keep your own SQL short: the whole book waits for it.",
    retry: "same_request",
  },
});
