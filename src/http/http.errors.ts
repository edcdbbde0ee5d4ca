import { defineErrors } from "../base/index.ts";

/**
 * What the door over HTTP itself refuses, before or beside any room behind it. A bug has no row: it
 * is answered 500 with the code http.internal and nothing else, and logged with its stack.
 */
export const httpErrors = defineErrors("http", {
  request_malformed: {
    kind: "invalid",
    message: "This is not an HTTP request that can be read: {problem}.",
    advice: "Nothing was done. Look at what stands between you and the server, or at your client.",
    retry: "never",
  },
  request_too_slow: {
    kind: "invalid",
    message: "The request was not complete within {seconds} seconds.",
    advice: "Nothing was done. Send headers and body at once; the same request may be sent again.",
    retry: "same_request",
  },
  deadline_malformed: {
    kind: "invalid",
    message: "Request-Timeout-Ms is no whole number of milliseconds from 1 to {max}.",
    advice: "Nothing was done. Give the time that you will wait, or leave the header out.",
    retry: "never",
  },
  deadline_passed: {
    kind: "unavailable",
    message: "The answer was not there within {ms} ms.",
    advice: "A read changes nothing: ask for less at once, or give it more by Request-Timeout-Ms.",
    retry: "same_request",
  },
  hold_accounts_unnamed: {
    kind: "invalid",
    message: "A key with a prefix names debit and credit of the hold that it posts or voids.",
    advice: "Nothing was done. Give debit and credit as they stand in the hold.",
    retry: "never",
  },
  route_missing: {
    kind: "missing",
    message: "There is no {method} {path} here{others}.",
    advice: "See /reference or /openapi.json; ids and book names in paths are percent-encoded.",
    retry: "never",
  },
  path_malformed: {
    kind: "invalid",
    message: "The path can't be read: {problem}.",
    advice: "Percent-encode ids and book names as UTF-8, a slash inside them as %2F.",
    retry: "never",
  },
  query_malformed: {
    kind: "invalid",
    message: "The query is not what this route takes: {problem}.",
    advice: "Give each parameter once, as the reference writes it; unknown ones are refused.",
    retry: "never",
  },
  content_type_unsupported: {
    kind: "invalid",
    message: "The body's content type {type} is not taken here.",
    advice: "Send application/json, in UTF-8, uncompressed.",
    retry: "never",
  },
  body_not_json: {
    kind: "invalid",
    message: "The body is not JSON: {problem}.",
    advice: "Nothing was done. Look whether the body was cut off or encoded twice.",
    retry: "never",
  },
  body_malformed: {
    kind: "invalid",
    message: "The body is not what this route takes: {problem}.",
    advice:
      "`pointer` names the place. Nothing is converted and nothing dropped: amounts are strings, unknown fields are refused.",
    retry: "never",
  },
  body_key_repeated: {
    kind: "invalid",
    message: "The body has a key twice in one object: {key}.",
    advice: "Readers of JSON disagree on which of the two counts, so neither does here.",
    retry: "never",
  },
  body_too_deep: {
    kind: "invalid",
    message: "The body is nested deeper than {max} levels.",
    advice: "No route takes more than a few levels; metadata travels as a string.",
    retry: "never",
  },
  body_too_large: {
    kind: "invalid",
    message: "The body is larger than {max} bytes.",
    advice: "Split the batch: 1,000 items are as fast as 8,000.",
    retry: "never",
  },
  body_incomplete: {
    kind: "invalid",
    message: "The body ended before its announced length.",
    advice: "Nothing was done. Send the same request again.",
    retry: "same_request",
  },
  transfer_missing: {
    kind: "missing",
    message: "The book has no entry with the id {id}.",
    advice: "It was never booked: a request that got no answer can be sent again, unchanged.",
    retry: "never",
  },
  chain_missing: {
    kind: "missing",
    message: "The book has no chain {chain}.",
    advice: "It was refused or never sent. A refused chain leaves at most its culprit's own id.",
    retry: "never",
  },
  verification_missing: {
    kind: "missing",
    message: "This node knows no verification {id} of that book.",
    advice:
      "Jobs live on the node that runs them, until it stops or a hundred later ones have come. Ask that node, or start it anew: verifying changes nothing.",
    retry: "never",
  },
  verification_elsewhere: {
    kind: "missing",
    message: "The verification {id} is kept by the node {node}, not by this one.",
    advice:
      "Ask that node, or start one here: verifying changes nothing. Behind a balancer, send a job's requests to one node.",
    retry: "never",
  },
  verifications_busy: {
    kind: "limited",
    message: "{running} verifications run already, {ofBook} of them of this book.",
    advice: "One runs per book and {max} per node. Send the same request again after retryAfterMs.",
    retry: "later",
  },
  no_flows: {
    kind: "missing",
    message: "This server was opened without flows and leases.",
    advice: "Ask a node of `longmen start`, or give openHttp `flows` and `leases`.",
    retry: "never",
  },
  no_schedules: {
    kind: "missing",
    message: "This server was opened without schedules.",
    advice: "Ask a node of `longmen start`, or give openHttp `schedules`.",
    retry: "never",
  },
  uploads_full: {
    kind: "unavailable",
    message: "{count} files are on their way, and no more is taken just now.",
    advice: "Nothing was done. Send the same file again after retryAfterMs.",
    retry: "later",
  },
  upload_incomplete: {
    kind: "invalid",
    message: "The file broke off before its end.",
    advice: "What came before may stand. Send the whole file again: what stands changes nothing.",
    retry: "same_request",
  },
  file_type_unsupported: {
    kind: "invalid",
    message: "The file's content type {type} is not taken here.",
    advice: "Send text/csv, uncompressed; charset=gb18030 where it is not in UTF-8.",
    retry: "never",
  },
  no_selling: {
    kind: "missing",
    message: "This server was opened without rules, catalogue and orders.",
    advice: "Ask a node of `longmen start`, or give openHttp `selling`.",
    retry: "never",
  },
  overloaded: {
    kind: "unavailable",
    message: "The server has {inFlight} requests in work, and takes no more just now.",
    advice: "Nothing was done. Send the same request again after retryAfterMs.",
    retry: "later",
  },
  not_ready: {
    kind: "unavailable",
    message: "The server can't serve requests just now.",
    advice:
      "Its database does not answer, its version is too old for the tables, or it is about to stop. Use another node meanwhile.",
    retry: "later",
  },
  starting: {
    kind: "unavailable",
    message: "The server is starting.",
    advice: "Nothing was done. Send the same request again after retryAfterMs.",
    retry: "same_request",
  },
  closing: {
    kind: "unavailable",
    message: "The server is about to stop.",
    advice: "Nothing was done. Send the same request to another node, or here after the restart.",
    retry: "same_request",
  },
});

/** The code of every bug. Kinds are eight and this is none of them: 500. */
export const INTERNAL_CODE = "http.internal";
