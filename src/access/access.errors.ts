import { defineErrors } from "../base/index.ts";

/** What this room refuses. None of them repeats a token or tells whether a key is there. */
export const accessErrors = defineErrors("access", {
  key_missing: {
    kind: "unauthenticated",
    message: "The request has no key.",
    advice: "Send the header `Authorization: Bearer lm_…` with a key of yours.",
    retry: "never",
  },
  key_unknown: {
    kind: "unauthenticated",
    message: "The key opens nothing here: it is unknown, wrong, revoked or expired.",
    advice: "Check that all of it was sent. Whoever administers keys can make or rotate one.",
    retry: "never",
  },
  too_many_checks: {
    kind: "limited",
    message: "{waiting} keys wait to be looked up.",
    advice: "Send the same request again after retryAfterMs; nothing was done.",
    retry: "later",
  },
  not_permitted: {
    kind: "forbidden",
    message: "The key may not do this; it needs {needed}, for all the request names.",
    advice:
      "A scope with a prefix covers paths at and below it, ids that begin with it and a slash, and nothing that is about the whole book.",
    retry: "never",
  },
  outlives_maker: {
    kind: "forbidden",
    message: "The key that asks ends at {until}, and this one would live longer.",
    advice:
      "Nothing was done. Make a key with an expiresAt no later than that, or ask with a key that has no end.",
    retry: "never",
  },
  scope_malformed: {
    kind: "invalid",
    message: '"{text}" is no scope: {problem}.',
    advice:
      "Write ACTION@BOOK or ACTION@BOOK:PREFIX, such as write@retail:shop/a; BOOK may be *, and a : in its name is written %3A. Actions of a shop begin with shop., such as shop.buy@retail:user/ann. On runs of flows: runs.read@FLOW, runs.write@FLOW, runs.operate@FLOW, where FLOW is a name, NAME.* or *.",
    retry: "never",
  },
  field_malformed: {
    kind: "invalid",
    message: "{field} is not {expected}.",
    advice: "Nothing was done. Mend the field and send it again.",
    retry: "never",
  },
  key_not_found: {
    kind: "missing",
    message: "There is no key {keyId}.",
    advice: "Look it up in the list of keys; it is the twelve letters after lm_.",
    retry: "never",
  },
  key_ended: {
    kind: "conflict",
    message: "The key {keyId} is {state} and can't be rotated.",
    advice: "Make a new key.",
    retry: "never",
  },
  key_changed: {
    kind: "conflict",
    message: "Somebody else changes the key {keyId} just now.",
    advice: "Nothing was done. Look at the key, then send the same request again.",
    retry: "same_request",
  },
  once_reused: {
    kind: "conflict",
    message: "The Idempotency-Key {name} was used for something else.",
    advice: "Nothing was done. Make a new one for each thing that you want done once.",
    retry: "never",
  },
  once_under_way: {
    kind: "conflict",
    message: "Another request under the Idempotency-Key {name} is under way.",
    advice: "Send the same request again: it is answered by what came of that one.",
    retry: "same_request",
  },
  once_malformed: {
    kind: "invalid",
    message: "The Idempotency-Key is not {expected}.",
    advice: "Nothing was done. A UUID will do; make it once, before the first try.",
    retry: "never",
  },
  limit_out_of_range: {
    kind: "invalid",
    message: "{limit} is no length for a page.",
    advice: "Give a whole number from 1 to {most}.",
    retry: "never",
  },
  cursor_malformed: {
    kind: "invalid",
    message: "This is no cursor of that list.",
    advice: "Give a cursor as the page before had it, or none to begin anew.",
    retry: "never",
  },
});
