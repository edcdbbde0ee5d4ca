import { defineErrors } from "../base/index.ts";

/** What this room refuses. */
export const flowErrors = defineErrors("flow", {
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
