import { defineErrors } from "../base/index.ts";

const SHOW =
  "Nothing was done. Look at the versions and their states, then ask for what is possible.";

/** What this room refuses. */
export const rulesErrors = defineErrors("rules", {
  engine_missing: {
    kind: "unavailable",
    message: "The rules engine is not installed: {reason}.",
    advice:
      "Install the optional dependency @gorules/zen-engine 0.54.0 beside longmen (npm install without --omit=optional).",
    retry: "later",
  },
  engine_busy: {
    kind: "limited",
    message: "{waiting} decisions wait for the rules engine.",
    advice: "Send the same request again after a pause; nothing was decided.",
    retry: "later",
  },
  engine_died: {
    kind: "refused",
    message: "The decision ended the rules engine's process: {reason}.",
    advice:
      "A number in it most likely grew beyond 28 digits. Bound the input, or mend the rule; other decisions were not touched.",
    retry: "never",
  },
  engine_timeout: {
    kind: "refused",
    message: "The decision took longer than {timeoutMs} ms and was ended.",
    advice: "Make the rule smaller: loops over loops of long lists are the usual cause.",
    retry: "never",
  },
  closed: {
    kind: "unavailable",
    message: "The rules are closed: this node is stopping.",
    advice: "Send the same request to another node.",
    retry: "same_request",
  },
  jdm_malformed: {
    kind: "invalid",
    message: "The decision can't be taken over: {problems}",
    advice:
      "Nothing was stored. Each problem names the node, and of a table the row; mend all of them and import again.",
    retry: "never",
  },
  script_forbidden: {
    kind: "forbidden",
    message: "Scripts, calls and nodes of one's own are not allowed in rules: {places}.",
    advice:
      "Nothing was stored. Say it in tables and expressions, or do it in a flow and give its result as input.",
    retry: "never",
  },
  tests_malformed: {
    kind: "invalid",
    message: "The tests can't be read: {problem}.",
    advice:
      "Give a list of { name, input, output }, or { name, input, refused: a code }; names are unique.",
    retry: "never",
  },
  contract_malformed: {
    kind: "invalid",
    message: "The contract can't be read: {problem}.",
    advice:
      "Give { input, output }, each a JSON Schema of the words that docs/concepts/rules.md lists.",
    retry: "never",
  },
  field_malformed: {
    kind: "invalid",
    message: "{field} is not {expected}.",
    advice: "Nothing was done. Mend the field and send it again.",
    retry: "never",
  },
  set_missing: {
    kind: "missing",
    message: "There is no rule set {name} in the book {book}.",
    advice: "Look at the list of rule sets, or import a first version.",
    retry: "never",
  },
  version_missing: {
    kind: "missing",
    message: "The rule set {name} has no version {version}.",
    advice: "Look at its versions.",
    retry: "never",
  },
  none_live: {
    kind: "conflict",
    message: "No version of the rule set {name} is live.",
    advice: "Make an approved version live, or name the version that is to decide.",
    retry: "never",
  },
  tests_failed: {
    kind: "conflict",
    message: "{failed} of {count} tests of {name} version {version} fail: {names}",
    advice:
      "The version is a draft, also if it was tested before; its report is stored. Mend the rule or the test and import again.",
    retry: "never",
  },
  tests_missing: {
    kind: "conflict",
    message: "{name} version {version} has no tests.",
    advice: "Import it again with tests: nobody can approve what nothing shows.",
    retry: "never",
  },
  second_person_needed: {
    kind: "forbidden",
    message: "{who} may not approve {name} version {version}: {why}.",
    advice: "Have another person than its maker look at it and approve it.",
    retry: "never",
  },
  transition_refused: {
    kind: "conflict",
    message: "{name} version {version} is {state}, and so can't become {wanted}.",
    advice: SHOW,
    retry: "never",
  },
  nothing_to_roll_back: {
    kind: "conflict",
    message: "Before what is live now, no other approved version of {name} was live.",
    advice: SHOW,
    retry: "never",
  },
  rollback_unnamed: {
    kind: "invalid",
    message: "A rollback of {name} names the version that is wrong, or the one to go back to.",
    advice:
      "Nothing was done. Live is version {live}: give it as `from` (--from), or the other as `version`; then a repeat goes no further back.",
    retry: "never",
  },
  not_live: {
    kind: "conflict",
    message: "Version {version} of {name} is not what is live, or was last: that is {live}.",
    advice: SHOW,
    retry: "never",
  },
  changed_meanwhile: {
    kind: "conflict",
    message: "Somebody else changes the rule set {name} just now.",
    advice: "Nothing was done. Look at it, then send the same request again.",
    retry: "same_request",
  },
  answer_null: {
    kind: "refused",
    message: "{name} version {version} gives no answer: {problem}.",
    advice:
      "Add a row that catches the rest, and look for a division by zero or a field that the input lacks.",
    retry: "never",
  },
  number_inexact: {
    kind: "refused",
    message: "{path} is {value}, which can't be kept exactly.",
    advice: "Use whole minor units up to 9007199254740991, and at most 15 digits elsewhere.",
    retry: "never",
  },
  money_inexact: {
    kind: "refused",
    message: "{path} is money, and {value} is no whole number of minor units.",
    advice: "Round in the rule, by round, floor or ceil, so that everybody can see how.",
    retry: "never",
  },
  input_refused: {
    kind: "invalid",
    message: "The input of {name} version {version} is not as agreed: {problems}",
    advice: "Mend what is named and ask again.",
    retry: "never",
  },
  output_refused: {
    kind: "refused",
    message: "The answer of {name} version {version} is not as agreed: {problems}",
    advice: "Mend the rule or its contract; the answer was not given out.",
    retry: "never",
  },
  evaluation_failed: {
    kind: "refused",
    message: "{name} version {version} can't decide: {reason}",
    advice: "Try the input on the version's tests, with a trace.",
    retry: "never",
  },
  decision_missing: {
    kind: "missing",
    message: "There is no decision {decisionId}.",
    advice: "It was never made, its commit is under way, or its day was dropped.",
    retry: "never",
  },
  log_full: {
    kind: "limited",
    message: "{waiting} decisions wait to be written down.",
    advice: "Send the same request again after a pause. What can't be written down isn't decided.",
    retry: "later",
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
