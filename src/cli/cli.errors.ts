import { defineErrors } from "../base/index.ts";

/** What the command line refuses, and what may be wrong with a file that is to be booked. */
export const cliErrors = defineErrors("cli", {
  command_unknown: {
    kind: "invalid",
    message: '"{command}" is not a command of longmen',
    advice: "Run `longmen --help`: it lists the commands.",
    retry: "never",
  },
  option_malformed: {
    kind: "invalid",
    message: "{problem}",
    advice: "Run `longmen {command} --help`: it lists the options of this command.",
    retry: "never",
  },
  head_malformed: {
    kind: "invalid",
    message: '"{value}" is no head of a book: a head is 64 hexadecimal digits',
    advice:
      "Give all of `headHash` of --json, or of the head in the report, which stands on two lines there.",
    retry: "never",
  },
  key_needed: {
    kind: "invalid",
    message: "{url} is to be asked, and there is no key to ask it with",
    advice:
      "Put a token, lm_…, into LONGMEN_KEY; `longmen keys create` makes one. Or leave --url and LONGMEN_URL away: then this machine's own database is asked.",
    retry: "never",
  },
  account_missing: {
    kind: "missing",
    message: "there is no account {path}",
    advice: "Case matters. `longmen balance PATH --prefix` lists what stands at and below a path.",
    retry: "never",
  },
  file_missing: {
    kind: "missing",
    message: "there is no file {path}",
    advice: "Check the path given with --data; it is relative to the folder you are in.",
    retry: "never",
  },
  file_is_folder: {
    kind: "invalid",
    message: "{path} is a folder, not a file",
    advice: "Give the path of the CSV file itself with --data, one file at a time.",
    retry: "never",
  },
  file_forbidden: {
    kind: "forbidden",
    message: "{path} may not be read by this user",
    advice: "Ask its owner for the right to read it and to enter its folders, or copy it.",
    retry: "later",
  },
  file_unreadable: {
    kind: "invalid",
    message: "{path} can't be read: {problem}",
    advice: "Give a CSV file, plain or gzip, on a disk that answers.",
    retry: "later",
  },
  file_is_pipe: {
    kind: "invalid",
    message: "{path} is a pipe or a device, not a file",
    advice:
      "The file is read more than once, and a pipe only once. Write it to a file first, then give that; gzip needs no unpacking.",
    retry: "never",
  },
  file_not_utf8: {
    kind: "invalid",
    message: "{path} is not UTF-8: line {line} has other bytes",
    advice:
      "Convert it, from what a spreadsheet in Western Europe writes for example: iconv -f WINDOWS-1252 -t UTF-8 in.csv > out.csv. Nothing of it was booked.",
    retry: "never",
  },
  file_compression_broken: {
    kind: "invalid",
    message: "{path} begins like a gzip file and does not go on like one: {problem}",
    advice: "The file is damaged or was cut off. Fetch it again; nothing of it was booked.",
    retry: "never",
  },
  file_empty: {
    kind: "invalid",
    message: "{path} is empty",
    advice: "Give a CSV file with a header row and at least one row below it.",
    retry: "never",
  },
  file_without_invoices: {
    kind: "invalid",
    message: "{path} has a header and no invoices below it",
    advice:
      "Nothing was booked. Look whether the export went wrong: a file needs at least one row below its header.",
    retry: "never",
  },
  file_is_no_csv: {
    kind: "invalid",
    message: "{path} is not a CSV of invoices: its first line lacks {missing}",
    advice:
      "The first line must name the columns InvoiceNo, StockCode, Quantity, InvoiceDate, UnitPrice and CustomerID, in any order, with commas between; other columns are left alone.",
    retry: "never",
  },
  file_column_repeated: {
    kind: "invalid",
    message: "{path} names the column {column} twice in its first line",
    advice: "Rename or remove the one that is not meant; nothing of it was booked.",
    retry: "never",
  },
  file_changed: {
    kind: "conflict",
    message: "{path} changed while it was being booked",
    advice: "Start again when nobody writes to it: what is booked already is recognised.",
    retry: "same_request",
  },
  invoices_too_scattered: {
    kind: "invalid",
    message: "more than {limit} rows of {path} wait for the rest of their invoices",
    advice: "Sort the file by InvoiceNo: the rows of an invoice then stand together.",
    retry: "never",
  },
  invoice_half_booked: {
    kind: "conflict",
    message: "invoice {invoice} is half booked: taking back {chain} was refused with {code}",
    advice:
      "Somebody changed its accounts meanwhile. Reopen them or mend their bounds, then start again: it is taken back then.",
    retry: "same_request",
  },
  invoice_taken_back: {
    kind: "refused",
    message: "the postings of invoice {invoice} were taken back by an earlier run",
    advice:
      "The rest of the invoice was refused then. Its ids are used: give it another number in the file, or post it by hand.",
    retry: "never",
  },
  catalogue_refused: {
    kind: "refused",
    message: "the catalogue of the file was refused at line {line}: {problem} ({code})",
    advice:
      "Mend that product's name or price in the file, or in the shop's catalogue, and start again.",
    retry: "never",
  },
  row_too_long: {
    kind: "invalid",
    message: "line {line} is longer than {limit} characters",
    advice: "Remove the row or mend it; a quote that is never closed does this, too.",
    retry: "never",
  },
  row_quotes_malformed: {
    kind: "invalid",
    message: "line {line} has a quote where none may be, or one that is not closed",
    advice: 'Write a field with quotes or commas in it as "…", and a quote inside as "".',
    retry: "never",
  },
  row_field_count_wrong: {
    kind: "invalid",
    message: "line {line} has {found} fields, the header has {expected}",
    advice: "Put quotes around a field that has commas in it.",
    retry: "never",
  },
  invoice_number_malformed: {
    kind: "invalid",
    message: 'line {line} has the invoice number "{value}"',
    advice: "Give 1 to 40 letters and digits; any other sign counts three for each of its bytes.",
    retry: "never",
  },
  stock_code_malformed: {
    kind: "invalid",
    message: 'line {line} has the stock code "{value}"',
    advice: "Give 1 to 40 letters and digits; any other sign counts three for each of its bytes.",
    retry: "never",
  },
  quantity_malformed: {
    kind: "invalid",
    message: 'line {line} has the quantity "{value}"',
    advice: "Give a whole number of at most 7 digits, with a minus where goods come back.",
    retry: "never",
  },
  date_malformed: {
    kind: "invalid",
    message: 'line {line} has the date "{value}", which is not of the form 2010-12-01 08:26:00',
    advice:
      "Write YYYY-MM-DD HH:MM:SS, a day of the calendar, in the shop's own time: 2010-12-01 08:26:00. A date like 12/1/2010 may be two days; docs/guides/online-retail.md has a line that rewrites them.",
    retry: "never",
  },
  price_malformed: {
    kind: "invalid",
    message: 'line {line} has the unit price "{value}"',
    advice: "Give pounds with a point: at most 7 digits before it and 4 behind, no thousands mark.",
    retry: "never",
  },
  customer_malformed: {
    kind: "invalid",
    message: 'line {line} has the customer "{value}"',
    advice:
      "Leave it empty for a walk-in, or give up to 40 letters and digits; other signs count three.",
    retry: "never",
  },
  port_taken: {
    kind: "unavailable",
    message: "no port from {first} to {last} is free",
    advice: "Give another one with --port or LONGMEN_PORT.",
    retry: "later",
  },
  host_unusable: {
    kind: "invalid",
    message: "nothing can be served at {host}: {problem}",
    advice: "Give an address of this machine with --host or LONGMEN_HOST, such as 127.0.0.1.",
    retry: "never",
  },
});
