/**
 * How an archive is recorded and its entries are made slim: the guard and the writers of its units.
 * They go through a lane of rows alone, on a connection of its own: no flush of a book waits for them.
 */
import { assert, type Instant } from "../../base/index.ts";
import { arrayOf, binaryOf, type Guard, type Writer } from "../../postgres/index.ts";
import type { Context } from "../transfer.ts";
import type { MadeVersion } from "./fold-file.ts";
import type { ProvedFile } from "./prove-file.ts";

const ROOM = "ledger";
const LAYER = 2;

const numbers = <Item>(items: readonly Item[], pick: (item: Item) => number): Buffer =>
  arrayOf.int8Number(items.map(pick));

export interface NewArchive {
  readonly bookId: number;
  readonly proved: ProvedFile;
  readonly file: string;
  /** Of all entries up to its end, those of archives before included. */
  readonly effectiveMax: Instant;
  readonly context: Context | undefined;
}

/** One at a time. Taken already: somebody else has archived from the same place. */
export const insertArchive: Writer<NewArchive> = {
  room: ROOM,
  label: "ledger.insert_archive",
  layer: LAYER,
  values: (items) => {
    const [item] = items;
    assert(item !== undefined && items.length === 1, "one archive is recorded at a time");
    const { bookId, proved, file, effectiveMax, context } = item;
    const { header } = proved;
    return [
      binaryOf.int4(bookId),
      String(header.afterSeq),
      String(header.throughSeq),
      binaryOf.timestamptz(proved.at),
      Buffer.from(header.throughHash, "hex"),
      String(proved.entries),
      String(proved.batches),
      String(proved.accounts),
      binaryOf.timestamptz(effectiveMax),
      arrayOf.int8Number(proved.partSeqs),
      arrayOf.bytea(proved.partDigests),
      proved.afterDigest,
      file,
      proved.sha256,
      String(proved.bytes),
      context?.by ?? null,
      context?.request ?? null,
    ];
  },
  write: (
    q,
  ) => `insert into ${q("ledger_archive")} (book_id, after_seq, through_seq, at, hash, entries,
      batches, accounts, effective_max, part_seqs, part_digests, state_digest, file, file_sha256,
      file_bytes, by_whom, request, slimmed_seq)
    select $2::int4, $3::int8, $4::int8, $5::timestamptz, $6::bytea, $7::int8, $8::int8, $9::int8,
      $10::timestamptz, $11::int8[], $12::bytea[], $13::bytea, $14::text, $15::bytea, $16::int8,
      $17::text, $18::text, $3::int8
    from unnest($1::int4[]) as made (ordinal)
    on conflict do nothing returning 1`,
  culprits: () => "select ordinal from unnest($1::int4[]) as made (ordinal)",
};

export interface BookSeq {
  readonly bookId: number;
  readonly seq: number;
}

const bookSeqs = (items: readonly BookSeq[]): Buffer[] => [
  arrayOf.int4(items.map(({ bookId }) => bookId)),
  numbers(items, ({ seq }) => seq),
];
const asked = "unnest($1::int4[], $2::int4[], $3::int8[]) as asked (ordinal, book_id, seq)";

/** Holds that are open at its end. */
export const keepHolds: Writer<BookSeq> = {
  room: ROOM,
  label: "ledger.keep_hold",
  layer: LAYER,
  values: bookSeqs,
  write: (q) => `insert into ${q("ledger_archive_hold")} (book_id, seq)
    select book_id, seq from ${asked} on conflict do nothing returning 1`,
  culprits: (q) => `select ordinal from ${asked}
    join ${q("ledger_archive_hold")} as known using (book_id, seq)`,
};

/** They have ended within what is archived. */
export const letHoldsGo: Writer<BookSeq> = {
  room: ROOM,
  label: "ledger.let_hold_go",
  layer: LAYER,
  values: bookSeqs,
  write: (q) => `delete from ${q("ledger_archive_hold")} as kept using ${asked}
    where kept.book_id = asked.book_id and kept.seq = asked.seq returning 1`,
  culprits: (q) => `select ordinal from ${asked} where not exists (
    select from ${q("ledger_archive_hold")} as known
    where known.book_id = asked.book_id and known.seq = asked.seq)`,
};

export const slimEntries: Writer<BookSeq> = {
  room: ROOM,
  label: "ledger.slim_entry",
  layer: LAYER,
  values: bookSeqs,
  write: (q) => `update ${q("ledger_entry")} as entry
    set archived = ${q("ledger_slim")}(entry.seq, entry.pending_seq, entry.reference, entry.metadata),
      reference = null, metadata = null, by_key = null, request = null, rule = null
    from ${asked}
    where entry.book_id = asked.book_id and entry.seq = asked.seq and entry.archived is null
    returning 1`,
  culprits: (q) => `select ordinal from ${asked} where not exists (
    select from ${q("ledger_entry")} as entry where entry.book_id = asked.book_id
      and entry.seq = asked.seq and entry.archived is null)`,
};

export interface OldVersion extends BookSeq {
  readonly account: number;
}

const askedVersions =
  "unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[]) as asked (ordinal, book_id, seq, account)";

export const dropVersions: Writer<OldVersion> = {
  room: ROOM,
  label: "ledger.drop_version",
  layer: LAYER,
  values: (items) => [...bookSeqs(items), numbers(items, ({ account }) => account)],
  write: (q) => `delete from ${q("ledger_balance")} as version using ${askedVersions}
    where version.book_id = asked.book_id and version.account = asked.account
      and version.seq = asked.seq returning 1`,
  culprits: (q) => `select ordinal from ${askedVersions} where not exists (
    select from ${q("ledger_balance")} as version where version.book_id = asked.book_id
      and version.account = asked.account and version.seq = asked.seq)`,
};

export interface SlimPlace {
  readonly bookId: number;
  readonly throughSeq: number;
  /** How far it is slim. */
  readonly slimmedSeq: number;
}

const placeValues = (items: readonly SlimPlace[]): Buffer[] => [
  arrayOf.int4(items.map(({ bookId }) => bookId)),
  numbers(items, ({ throughSeq }) => throughSeq),
  numbers(items, ({ slimmedSeq }) => slimmedSeq),
];
const askedPlaces =
  "unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[]) as asked (ordinal, book_id, through_seq, slimmed_seq)";

/** The archive is slim as far as it was read, and nobody else is at it. */
export const slimAsRead: Guard<SlimPlace> = {
  room: ROOM,
  label: "ledger.slim_as_read",
  table: "ledger_archive",
  key: ({ bookId, throughSeq }) => `${bookId}/${throughSeq}`,
  values: placeValues,
  holds: (q) => `select asked.ordinal from ${askedPlaces}
    join ${q("ledger_archive")} as archive using (book_id, through_seq, slimmed_seq)
    for no key update of archive skip locked`,
};

export const moveSlim: Writer<SlimPlace> = {
  room: ROOM,
  label: "ledger.move_slim",
  layer: LAYER,
  values: placeValues,
  write: (q) => `update ${q("ledger_archive")} as archive set slimmed_seq = asked.slimmed_seq
    from ${askedPlaces}
    where archive.book_id = asked.book_id and archive.through_seq = asked.through_seq returning 1`,
  culprits: (q) => `select ordinal from ${askedPlaces} where not exists (
    select from ${q("ledger_archive")} as known
    where known.book_id = asked.book_id and known.through_seq = asked.through_seq)`,
};

export interface WordsOfEntry extends BookSeq {
  readonly reference: string | null;
  readonly metadata: string | null;
  readonly by: string | null;
  readonly request: string | null;
  readonly rule: string | null;
}

/** From the file, where they are taken back. */
export const putWords: Writer<WordsOfEntry> = {
  room: ROOM,
  label: "ledger.put_words",
  layer: LAYER,
  values: (items) => [
    ...bookSeqs(items),
    arrayOf.text(items.map(({ reference }) => reference)),
    arrayOf.json(items.map(({ metadata }) => metadata)),
    arrayOf.text(items.map(({ by }) => by)),
    arrayOf.text(items.map(({ request }) => request)),
    arrayOf.text(items.map(({ rule }) => rule)),
  ],
  write: (q) => `update ${q("ledger_entry")} as entry
    set archived = null, reference = asked.reference, metadata = asked.metadata,
      by_key = asked.by_key, request = asked.request, rule = asked.rule
    from unnest($1::int4[], $2::int4[], $3::int8[], $4::text[], $5::json[], $6::text[], $7::text[],
      $8::text[]) as asked (ordinal, book_id, seq, reference, metadata, by_key, request, rule)
    where entry.book_id = asked.book_id and entry.seq = asked.seq and entry.archived is not null
    returning 1`,
  culprits: (q) => `select ordinal from ${asked} where not exists (
    select from ${q("ledger_entry")} as entry where entry.book_id = asked.book_id
      and entry.seq = asked.seq and entry.archived is not null)`,
};

export interface VersionRow extends MadeVersion {
  readonly bookId: number;
}

const versionValues = (items: readonly VersionRow[]): Buffer[] => [
  ...bookSeqs(items),
  numbers(items, ({ account }) => account),
  numbers(items, ({ firstSeq }) => firstSeq),
  arrayOf.int8(items.map(({ debitsPending }) => debitsPending)),
  arrayOf.int8(items.map(({ debitsPosted }) => debitsPosted)),
  arrayOf.int8(items.map(({ creditsPending }) => creditsPending)),
  arrayOf.int8(items.map(({ creditsPosted }) => creditsPosted)),
  arrayOf.int8(items.map(({ bound }) => (bound === "none" ? null : bound))),
  arrayOf.bool(items.map(({ closed }) => closed)),
];
const versionColumns = `seq, account, first_seq, debits_pending, debits_posted, credits_pending,
  credits_posted, bound, closed`;

/** Balances of the past, as the file's entries fold to them. */
export const putVersions: Writer<VersionRow> = {
  room: ROOM,
  label: "ledger.put_version",
  layer: LAYER,
  values: versionValues,
  write: (q) => `insert into ${q("ledger_balance")} (book_id, ${versionColumns})
    select book_id, ${versionColumns}
    from unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[],
      $8::int8[], $9::int8[], $10::int8[], $11::bool[])
      as asked (ordinal, book_id, ${versionColumns})
    on conflict do nothing returning 1`,
  culprits: (q) => `select ordinal from ${askedVersions} join ${q("ledger_balance")} as version
    using (book_id, account, seq)`,
};

export const removeArchive: Writer<SlimPlace> = {
  room: ROOM,
  label: "ledger.remove_archive",
  layer: LAYER,
  values: placeValues,
  write: (q) => `delete from ${q("ledger_archive")} as archive using ${askedPlaces}
    where archive.book_id = asked.book_id and archive.through_seq = asked.through_seq
      and archive.slimmed_seq = asked.slimmed_seq returning 1`,
  culprits: (q) => `select ordinal from ${askedPlaces} where not exists (
    select from ${q("ledger_archive")} as known
    where known.book_id = asked.book_id and known.through_seq = asked.through_seq)`,
};
