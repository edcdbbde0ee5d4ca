/** Who may: keys of named persons and services, their scopes, and the record of who changed them. */
import { migrationFolder } from "../postgres/index.ts";

export type { KeyReplayed, Once } from "./once.ts";
export { accessErrors } from "./access.errors.ts";
export type { AccessLane } from "./commit-unit.ts";
export {
  type AccessAct,
  type AccessEvent,
  type Actor,
  ACTOR_WORD_MAX_LENGTH,
  GRACE_MAX_MS,
  type KeyView,
  type NewKey,
  NOTE_MAX_LENGTH,
  SCOPES_MAX,
} from "./key.ts";
export { BELIEF_MS } from "./key-memory.ts";
export { type Access, openAccess, type OpenAccessOptions } from "./open-access.ts";
export type { Page, PageRequest } from "./page.ts";
export {
  demand,
  demandAdminister,
  demandEnd,
  demandOnSomeFlow,
  isLimited,
  knownBooks,
  knowsBook,
  mayAdminister,
  mayDo,
  mayDoSomewhere,
  mayOnSomeFlow,
  type OwnerKind,
  type Principal,
} from "./principal.ts";
export type { KeyAndToken } from "./room.ts";
export {
  type Action,
  actions,
  isOfHouse,
  isRunAction,
  parseScope,
  type RunAction,
  runActions,
  type Scope,
  scopeText,
} from "./scope.ts";

/** The tables of this room: after `postgresMigrations` in the argument of `migrate`. */
export const accessMigrations = migrationFolder(
  "access",
  new URL("./migrations/", import.meta.url),
);
