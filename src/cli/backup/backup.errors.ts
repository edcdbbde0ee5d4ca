import { defineErrors } from "../../base/index.ts";

/** What taking, reading and restoring backups refuses, and moving the books to another server. */
export const backupErrors = defineErrors("backup", {
  file_exists: {
    kind: "conflict",
    message: "{path} is there already",
    advice:
      "Nothing was changed: a backup never replaces another. Give another name with --to, or a folder, in which each backup gets a name of its own.",
    retry: "never",
  },
  file_unwritable: {
    kind: "unavailable",
    message: "{path} can't be written: {problem}",
    advice: "Nothing was left behind. Free space or give another place with --to.",
    retry: "later",
  },
  file_unreadable: {
    kind: "missing",
    message: "{path} can't be read: {problem}",
    advice: "Check the path given with --from; it is relative to the folder you are in.",
    retry: "later",
  },
  screen: {
    kind: "invalid",
    message: "a backup is no text for a screen",
    advice: "Send it somewhere: longmen backup --to - | ssh other 'cat > backup.tar.gz'.",
    retry: "never",
  },
  not_a_backup: {
    kind: "invalid",
    message: "{path} is no backup of Longmen: {problem}",
    advice:
      "Give a file that `longmen backup` wrote, as it wrote it: not unpacked, not packed anew.",
    retry: "never",
  },
  damaged: {
    kind: "invalid",
    message: "{path} is damaged: {problem}",
    advice:
      "It was cut short or altered after it was written. Nothing of it was restored; fetch it again, or take the backup before it.",
    retry: "never",
  },
  format_unknown: {
    kind: "conflict",
    message: "{path} has format {found}; this Longmen {version} reads {known}",
    advice: "Restore it with the Longmen that wrote it, or a newer one.",
    retry: "never",
  },
  longmen_newer: {
    kind: "conflict",
    message: "{path} was made by Longmen {theirs}, which has {migration}; this one is {ours}",
    advice: "Restore it with that version or a newer one. Nothing was changed.",
    retry: "never",
  },
  counts_differ: {
    kind: "conflict",
    message: "{table} has {found} rows instead of {wanted}",
    advice: "Nothing was changed. Run the same again; if it happens again, please report it.",
    retry: "later",
  },
  heads_differ: {
    kind: "conflict",
    message: "The head of book {book} is not the one that it had where it is from",
    advice: "Nothing was changed. Run longmen verify where it is from.",
    retry: "never",
  },
  books_unsound: {
    kind: "conflict",
    message: "Book {book} does not verify: {finding}",
    advice:
      "Nothing was moved. Run longmen verify on the folder: what it finds must be understood before these books go anywhere.",
    retry: "never",
  },
  source_is_server: {
    kind: "invalid",
    message: "The books are on a server already: DATABASE_URL is set",
    advice:
      "move-to moves the books of an embedded PostgreSQL. Between servers: longmen backup --to - | longmen restore --from - --database-url URL.",
    retry: "never",
  },
  target_unusable: {
    kind: "unavailable",
    message: "Nothing can be moved to {to}: {problem}",
    advice:
      "Nothing was moved. Look at the URL behind move-to (user, host, port, database), at the password in PGPASSWORD or ~/.pgpass, and whether that server runs.",
    retry: "later",
  },
  target_is_source: {
    kind: "invalid",
    message: "{to} is the embedded PostgreSQL of this very folder",
    advice:
      "Give a server of your own. To try another schema here, use longmen backup and restore --schema.",
    retry: "never",
  },
  nothing_to_move: {
    kind: "missing",
    message: "There are no books in {dir}",
    advice:
      "Give the folder with --dir or LONGMEN_DIR; a new server needs no move: set DATABASE_URL.",
    retry: "never",
  },
  stopped: {
    kind: "unavailable",
    message: "Stopped before the end; nothing was changed",
    advice: "Run the same again when there is time for it.",
    retry: "later",
  },
});
