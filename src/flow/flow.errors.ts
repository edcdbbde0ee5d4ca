import { defineErrors } from "../base/index.ts";

/** What this room refuses. */
export const flowErrors = defineErrors("flow", {
  name_malformed: {
    kind: "invalid",
    message: "{what} is called {name}, which is no name.",
    advice: "Give a text of 1 to {max} characters without /, #, ~ and control characters.",
    retry: "never",
  },
  definition_malformed: {
    kind: "invalid",
    message: "The flow {name} can't be used: {why}.",
    advice: "Mend its definition; nothing was started.",
    retry: "never",
  },
  node_name_taken: {
    kind: "conflict",
    message: "The node name {node} is taken: {holder} works under it.",
    advice:
      "Give each process a name of its own (LONGMEN_NODE, a folder of its own, or `node` of openFlows), or end the other process; nothing was taken from it.",
    retry: "later",
  },
  unknown_flow: {
    kind: "invalid",
    message: "The node {node} does not know the flow {name} (version: {version}).",
    advice:
      "Give it to openFlows with the others, or start it where it is known; nothing was done.",
    retry: "never",
  },
  input_refused: {
    kind: "invalid",
    message: "The flow {flow} does not take this input: {why}",
    advice: "Nothing was started. Mend the input.",
    retry: "never",
  },
  payload_unfit: {
    kind: "invalid",
    message: "Of {what}, {place} {why}, which can't be kept.",
    advice:
      "Give plain data: objects, arrays, texts, numbers, bigint, Date, bytes. Make of everything else what is needed of it.",
    retry: "never",
  },
  payload_too_large: {
    kind: "invalid",
    message: "{what} has {bytes} bytes; {max} is the most.",
    advice: "Keep it elsewhere, and give the flow what it is found by.",
    retry: "never",
  },
  run_id_malformed: {
    kind: "invalid",
    message: "{text} is no id of a run.",
    advice: "Give the id as it was answered: r and 13 digits or letters.",
    retry: "never",
  },
  limit_out_of_range: {
    kind: "invalid",
    message: "{limit} is no length for a page.",
    advice: "Give a whole number from 1 to {most}.",
    retry: "never",
  },
  wait_malformed: {
    kind: "invalid",
    message: "{step} would wait for {forMs}, which is no time that can be waited for.",
    advice: "Give milliseconds from now, at most a hundred years, or a Date.",
    retry: "never",
  },
  key_reused: {
    kind: "conflict",
    message: "The key {key} belongs to the run {run}, which was started with another input.",
    advice: "Nothing was started. Make a key for each thing that is to be done once.",
    retry: "never",
  },
  step_in_flight: {
    kind: "invalid",
    message: "The step {step} was asked for while one of the same name is under way.",
    advice: "Give each its own name, or await one before the other; f.all has a branch for each.",
    retry: "never",
  },
  drawn_in_step: {
    kind: "invalid",
    message:
      "The run {run} asked for f.id() or f.random() while a step of the same branch is under way.",
    advice:
      "Ask before the step, and use the value in it: in a replay a step that is done is not run.",
    retry: "never",
  },
  step_in_step: {
    kind: "invalid",
    message: "The step {step} was asked for within the work of the step {outer}.",
    advice: "Ask for it before or after that step; f.saga and f.all hold several steps together.",
    retry: "never",
  },
  step_timed_out: {
    kind: "unavailable",
    message: "The step {step} took longer than {timeoutMs} ms.",
    advice:
      "Give it more time, or heed the signal that it is given; what it still does is not heard.",
    retry: "later",
  },
  task_timed_out: {
    kind: "unavailable",
    message: "An attempt of the task {task} took longer than {timeoutMs} ms.",
    advice:
      "Give it more time, or heed the signal that the handler is given; what it still does is not heard.",
    retry: "later",
  },
  batch_answer: {
    kind: "invalid",
    message: "A batch of {wanted} tasks was answered with {found}.",
    advice:
      "Answer nothing, or an array with one answer for each, in their order; t.failed(error) for those that failed.",
    retry: "never",
  },
  too_many_starts: {
    kind: "invalid",
    message: "{count} inputs were to be started at once; {max} is the most.",
    advice: "Nothing was started. Start them in several calls.",
    retry: "never",
  },
  dedupe_malformed: {
    kind: "invalid",
    message: "The task {task} can't be known again by {found}.",
    advice:
      "Give key, or dedupe with a key and a window in ms, not both; a window may stand in the task's options.",
    retry: "never",
  },
  task_missing: {
    kind: "missing",
    message: "No task {name} is known here.",
    advice: "Look for its name among the tasks; a name that no node ever served is not known.",
    retry: "never",
  },
  task_not_dead: {
    kind: "conflict",
    message: "The task {run} is not among the dead.",
    advice: "Nothing was done. It has not failed, or somebody has had it done again already.",
    retry: "never",
  },
  no_book: {
    kind: "invalid",
    message: "The run {run} posts, but no book was named or none can be found.",
    advice: "Give openFlows `books` and `book`, or f.post the name of a book.",
    retry: "never",
  },
  mismatch: {
    kind: "conflict",
    message:
      "The code of {flow}, version {version}, is not what this run was begun with: expected {expected}, found {found} at {place}.",
    advice:
      "Nothing was done. Give the flow a new version for the new code and keep the old one for this run; or put the step back and resume.",
    retry: "never",
  },
  cancel_mismatch: {
    kind: "conflict",
    message:
      "The run is to be cancelled, but the code of {flow}, version {version}, is not what it was begun with: expected {expected}, found {found} at {place}.",
    advice:
      "Nothing was undone, since what the code does not ask for it can't undo. Serve the code that it was begun with and resume: it is cancelled then. Or undo {expected} and what came after it by hand and retry from it: the rest is undone then.",
    retry: "never",
  },
  undo_failed: {
    kind: "conflict",
    message: "What the step {step} did could not be undone: {why}",
    advice: "Mend what stops it, then resume the run: undoing goes on where it stopped.",
    retry: "never",
  },
  poison: {
    kind: "conflict",
    message: "The node that ran it was lost {crashes} times in a row.",
    advice: "Look at what its next step does to a node; mend it, then resume the run.",
    retry: "never",
  },
  not_recorded: {
    kind: "conflict",
    message: "What the run did could not be recorded: {reason}",
    advice: "Mend what the reason names, then resume: the step may be done again.",
    retry: "never",
  },
  not_written: {
    kind: "conflict",
    message: "The rows of {key} were refused, though the lease stands and they are not there.",
    advice: "This is a bug worth reporting, or somebody's hand was in the tables.",
    retry: "never",
  },
  run_unreadable: {
    kind: "conflict",
    message: "The rows of the run {run} are not there, or can't be read.",
    advice: "Somebody's hand was in the tables. Restore them, or cancel the run.",
    retry: "never",
  },
  run_missing: {
    kind: "missing",
    message: "There is no run {run}.",
    advice: "Look for it in the list of runs.",
    retry: "never",
  },
  run_forgotten: {
    kind: "missing",
    message: "What was recorded of the run {run} is not kept any more.",
    advice:
      "Its key, if it had one, is still its own: the same key starts nothing new. Runs are kept for `keepDays` days.",
    retry: "never",
  },
  child_forgotten: {
    kind: "conflict",
    message: "How the child {run} ended is not kept any more.",
    advice:
      "This run stood still for longer than runs are kept (`keepDays`), and had not heard the end of its child.",
    retry: "never",
  },
  group_malformed: {
    kind: "invalid",
    message: "{text} is no place in a list of groups.",
    advice: "Give the `at` of the last group of the page before.",
    retry: "never",
  },
  tally_malformed: {
    kind: "invalid",
    message: "{field} of the tally is not {expected}.",
    advice: "Ends are counted by the minute of the database's clock, from 2026 on.",
    retry: "never",
  },
  run_ended: {
    kind: "conflict",
    message: "The run {run} has ended.",
    advice: "Nothing was done. A failed run can be retried; a done one stands.",
    retry: "never",
  },
  run_not_stopped: {
    kind: "conflict",
    message: "The run {run} is neither parked nor failed.",
    advice: "Nothing was done. Only what has stopped can be retried.",
    retry: "never",
  },
  step_missing: {
    kind: "missing",
    message: "The run {run} has no record of the step {step}.",
    advice: "Give the step as the list of steps has it.",
    retry: "never",
  },
  run_cancelled: {
    kind: "conflict",
    message: "The run {run} was cancelled.",
    advice: "What it had done was undone where its steps say how. Start another one.",
    retry: "never",
  },
  still_running: {
    kind: "unavailable",
    message: "The run {run} has not ended within {timeoutMs} ms.",
    advice: "It goes on. Ask for its result again.",
    retry: "later",
  },
  batch_unanswered: {
    kind: "conflict",
    message: "The batcher {name} was given {items} items, and answered {found}.",
    advice: "Answer for each item, in their order, what became of it.",
    retry: "never",
  },
  bulk_malformed: {
    kind: "invalid",
    message: "{field} of a verb for many runs is not {expected}.",
    advice: "Nothing was done. Mend it and ask again.",
    retry: "never",
  },
  guard_failed: {
    kind: "conflict",
    message: "In the state {state} the event {event} could not be decided: {why}",
    advice: "Nothing was taken. Mend the guard or assign of the machine, or the event's payload.",
    retry: "never",
  },
  machine_missing: {
    kind: "missing",
    message: "The machine {machine} has no subject {subject}.",
    advice: "Start it first; nothing was taken.",
    retry: "never",
  },
  event_reused: {
    kind: "conflict",
    message: "The event {event} of {subject} was taken before, and was another one.",
    advice: "Nothing was taken. Make an id for each event that is to be taken once.",
    retry: "never",
  },
  event_key_reused: {
    kind: "conflict",
    message: "Under the key {key} another event was said before.",
    advice: "Nothing was said. Make a key for each event that is to be said once.",
    retry: "never",
  },
  machine_busy: {
    kind: "unavailable",
    message: "The machine of {subject} took other events all the while.",
    advice: "Nothing was taken. Send the same event, with the same id, again.",
    retry: "same_request",
  },
  work_failed: {
    kind: "conflict",
    message: "The work of the state {state} failed, and nothing says where that leads: {why}",
    advice: "Mend what stops it, then retry the run; or send an event that leads out of the state.",
    retry: "never",
  },
  history_malformed: {
    kind: "invalid",
    message: "This is no history of a run that can be replayed: {why}.",
    advice: "Give what `exportHistory` answered, unchanged.",
    retry: "never",
  },
  machine_history: {
    kind: "conflict",
    message: "The run {run} is a state machine's, which does not go back in its history.",
    advice:
      "Nothing was done. Retry it without a step: what failed is done again. Or send it an event.",
    retry: "never",
  },
  unserved: {
    kind: "unavailable",
    message: "No node serves version {version} of {name}.",
    advice:
      "Start a node with it, or fork the run into a version that is served. `versions` tells which are.",
    retry: "later",
  },
  fenced: {
    kind: "unavailable",
    message: "The node {node} has lost its lease (epoch {epoch}), or has none yet.",
    advice: "It takes another by itself. Send the same request again, here or to another node.",
    retry: "same_request",
  },
  closed: {
    kind: "unavailable",
    message: "The flows of {node} are closed or closing.",
    advice: "Nothing was done. Ask another node, or again after the restart.",
    retry: "same_request",
  },
  lease_malformed: {
    kind: "invalid",
    message: "{field} is not {expected}.",
    advice: "Nothing was done. Mend it and ask again.",
    retry: "never",
  },
  lease_lost: {
    kind: "conflict",
    message: "The lease {key} is no longer held with token {token}: {why}.",
    advice:
      "Stop what it was for. What it guards is refused from now on; take the lease anew and read again what you had read under it.",
    retry: "never",
  },
  lease_released: {
    kind: "conflict",
    message: "The lease {key} with token {token} was released by its holder.",
    advice: "Take it anew; a lease that was given back can't be renewed.",
    retry: "never",
  },
  lease_held: {
    kind: "conflict",
    message: "The lease {key} is held by somebody else, and was not free within {waitMs} ms.",
    advice:
      "Nothing was done. Ask again later or wait longer; the list of leases tells who holds it, for how long, and their note.",
    retry: "later",
  },
  lease_not_held: {
    kind: "missing",
    message: "Nobody holds the lease {key}, or no longer with the token that was named.",
    advice: "Nothing was done. Look at the list of leases again.",
    retry: "never",
  },
  lease_in_use: {
    kind: "conflict",
    message: "A transaction that is under the lease {key} is open still.",
    advice:
      "Nothing was done. Ask again; if it stays so, pg_stat_activity shows the transaction, which pg_terminate_backend ends.",
    retry: "later",
  },
  lease_check_unprotected: {
    kind: "invalid",
    message: "The lease {key} was checked outside of a transaction, where a check holds nothing.",
    advice:
      "Begin a transaction on one connection, check on that connection, write, commit. A pool or a database is none.",
    retry: "never",
  },
  too_many_leases: {
    kind: "limited",
    message: "This process holds or waits for {count} leases, which is the most that it may.",
    advice: "Release some, or take one lease for a group of things; nothing was done.",
    retry: "later",
  },
  leases_closed: {
    kind: "unavailable",
    message: "The leases of {node} are closed or closing.",
    advice: "Nothing is held any more. Ask another node, or again after the restart.",
    retry: "same_request",
  },
});
