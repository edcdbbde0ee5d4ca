import { defineErrors } from "../../base/index.ts";

/** What archiving refuses. What reads refuse of an archived stretch is ledger.archived. */
export const archiveErrors = defineErrors("ledger", {
  archive_too_young: {
    kind: "invalid",
    message: "an archive up to {before} would reach into the last 24 hours",
    advice: "Give an earlier time: what is younger than a day stays as it is.",
    retry: "later",
  },
  archive_file_exists: {
    kind: "conflict",
    message: "{file} is there already, and is not the archive that would be written now",
    advice: "Give another name. An archive is never written over.",
    retry: "never",
  },
  archive_file_missing: {
    kind: "missing",
    message: "{file} can't be read: {problem}",
    advice: "Check the path; it is relative to the folder that the process runs in.",
    retry: "never",
  },
  archive_file_unwritable: {
    kind: "unavailable",
    message: "{file} can't be written: {problem}",
    advice: "Nothing was removed from the book. Give a folder with room that may be written.",
    retry: "same_request",
  },
  archive_broken: {
    kind: "conflict",
    message: "{file} is not a whole archive: {problem}",
    advice:
      "Fetch a good copy; `sha256sum` tells which one is. Nothing was removed for a file that is broken.",
    retry: "never",
  },
  archive_unfinished: {
    kind: "conflict",
    message:
      "the archive in {file} is not finished: its entries are slim up to {slimmed} of {through}",
    advice: "Run the command again with that very file behind --to; it goes on where it stood.",
    retry: "same_request",
  },
  archive_not_newest: {
    kind: "conflict",
    message: "{file} is not the newest archive of book {book}, that is {newest}",
    advice: "Put back the newest first: archives go as they came, the last one first.",
    retry: "never",
  },
  archive_busy: {
    kind: "conflict",
    message: "somebody else archives book {book} at the moment",
    advice: "Wait until they are done, or run the command again if they are gone.",
    retry: "later",
  },
  archive_unproved: {
    kind: "conflict",
    message: "book {book} does not verify: {findings} findings, the first: {first}",
    advice:
      "Nothing was archived. Run `longmen verify` and find out first what was done to the book.",
    retry: "never",
  },
});
