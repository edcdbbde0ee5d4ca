import { defineErrors } from "../../base/index.ts";

/** What a lane can answer instead of an outcome. Refusals of the engine are values, not these. */
export const laneErrors = defineErrors("lane", {
  overloaded: {
    kind: "unavailable",
    message: "The queue of {lane} is full ({queued} of {max}).",
    advice: "Send the same request again after retryAfterMs; nothing was done.",
    retry: "later",
  },
  deadline_passed: {
    kind: "unavailable",
    message: "The unit {key} was still waiting when its deadline passed; it was not sent.",
    advice: "Nothing was done. Send the same request again, or give it more time.",
    retry: "same_request",
  },
  outcome_unknown: {
    kind: "unavailable",
    message: "The unit {key} was sent, but its outcome did not come back in time.",
    advice: "Send the same request again: its id makes that safe. Or resolve the key.",
    retry: "same_request",
  },
  not_renewed: {
    kind: "unavailable",
    message: "The lease of {node} could not be renewed when this node started: {reason}",
    advice:
      "Nothing was begun. See whether the database takes one more connection of this process, then start it again.",
    retry: "same_request",
  },
  in_part: {
    kind: "unavailable",
    message:
      "{failed} of the call's {count} units have no outcome ({code}); the others have theirs.",
    advice: "Send the same call again: what was done is told as done, and the rest is done then.",
    retry: "same_request",
  },
  fenced: {
    kind: "unavailable",
    message: "This node's lease ({node}, epoch {epoch}) has been taken over by another.",
    advice: "Stop this node and start it anew: it then gets a lease of its own.",
    retry: "same_request",
  },
  closed: {
    kind: "unavailable",
    message: "{lane} is closed or closing.",
    advice: "Send the request to another node, or again after the restart.",
    retry: "same_request",
  },
  broken: {
    kind: "unavailable",
    message: "{lane} met an error that it can't explain: {reason}",
    advice: "Nothing was done. Send the same request again; the cause is a bug worth reporting.",
    retry: "same_request",
  },
  unit_failed: {
    kind: "invalid",
    message: "The unit {key} could not be written, even alone: {reason}",
    advice:
      "Nothing of it was done. The cause tells whether the database or a room's own code objects, and why.",
    retry: "never",
  },
  unit_too_large: {
    kind: "invalid",
    message: "The unit {key} has {weight} entries; a flush holds {max}.",
    advice: "Split it into several units.",
    retry: "never",
  },
});
