import { defineErrors } from "./base/index.ts";

/** What keeps a process from starting before it has done anything. */
export const configErrors = defineErrors("config", {
  invalid: {
    kind: "invalid",
    message: "the configuration has mistakes: {mistakes}",
    advice: "Correct them all, then run `longmen config` to see every value and where it is from.",
    retry: "never",
  },
  node_name_unusable: {
    kind: "unavailable",
    message: "the name of this node can't be kept in {path}: {problem}",
    advice: "Make the folder writable, choose another with LONGMEN_DIR, or set LONGMEN_NODE.",
    retry: "never",
  },
});
