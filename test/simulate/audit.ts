/**
 * The auditor: replays the journal through the model in order of seq, and compares every status,
 * amount and balance; then holds every answer that a caller got against the journal.
 */
import type { Book } from "../../src/ledger/index.ts";
import type { Database } from "../../src/postgres/index.ts";
import { compareSums, holdOf, note, type Audit, type AuditFinding } from "./audit-state.ts";
import { checkAnswers } from "./audit-answers.ts";
import { kindOfRow, refusalOfRow, textOf, Variants, type Variant } from "./audit-rows.ts";
import { batchesOf, entriesOf, readVersions, type Batch, type Row } from "./journal.ts";
import { type Attempt, isTrouble } from "./log-book.ts";
import { isChain, Model } from "./model.ts";
import { sumsAt, sumsOf, type ModelEntry } from "./model-state.ts";

export interface AuditReport {
  readonly findings: readonly AuditFinding[];
  readonly entries: number;
  readonly refused: number;
  readonly expired: number;
  readonly answers: number;
  readonly unknown: number;
  /** The rows before the first finding that touch the same accounts or ids. */
  readonly history: readonly string[];
}

const FINDINGS_MAX = 20;
const HISTORY_MAX = 14;

export async function audit(
  database: Database,
  book: Book,
  attempts: readonly Attempt[],
): Promise<AuditReport> {
  const it: Audit = {
    model: new Model(),
    rows: [],
    variants: new Variants(attempts),
    attempts,
    findings: [],
  };
  await replay(it, database, book.id);
  if (it.findings.length === 0) {
    checkThrown(it);
    checkChains(it);
    await checkVersions(it, database, book.id);
    checkAnswers(it);
  }
  const verified = await book.verify();
  for (const { invariant, message, seq, id } of verified.findings) {
    it.findings.push({ message: `verify: ${invariant}: ${message}`, seq, id });
  }
  return reportOf(it);
}

/** Plays the journal's rows through the model, batch by batch. */
async function replay(it: Audit, database: Database, book: number): Promise<void> {
  const batches = batchesOf(database, book);
  let batch = await nextBatch(batches);
  for await (const row of entriesOf(database, book)) {
    while (batch !== undefined && row.seq > batch.seq) {
      checkSwept(it, batch);
      batch = await nextBatch(batches);
    }
    if (batch === undefined) return note(it, row, "belongs to no batch");
    if (row.at !== batch.at) note(it, row, `is of ${row.at}, its batch of ${batch.at}`);
    it.rows.push(row);
    if (Number(row.seq) !== it.rows.length) note(it, row, "does not follow the one before");
    else replayRow(it, row);
    const booked = it.model.state.seq;
    if (booked !== it.rows.length) note(it, row, `is a row, but the model is at ${booked}`);
    // After a difference the model has gone another way, and everything later would differ too.
    if (it.findings.length > 0) return;
  }
  for (; batch !== undefined; batch = await nextBatch(batches)) checkSwept(it, batch);
}

async function nextBatch(batches: AsyncGenerator<Batch>): Promise<Batch | undefined> {
  const next = await batches.next();
  return next.done === true ? undefined : next.value;
}

/** A batch says until when no hold is overdue. */
function checkSwept(it: Audit, batch: Batch): void {
  for (const hold of it.model.state.waiting.values()) {
    if ((hold.expiresAt ?? Infinity) <= batch.swept) {
      const message = `swept until ${batch.swept}, but the hold ${hold.id} was due before`;
      it.findings.push({ message, seq: Number(batch.seq), id: hold.id });
    }
  }
}

function replayRow(it: Audit, row: Row): void {
  if (kindOfRow(row) === "expire") return replayExpiry(it, row);
  if (refusalOfRow(row) !== undefined) return replayRefusal(it, row);
  const [variant] = it.variants.matches(row, holdOf(it, row));
  if (variant === undefined) return note(it, row, "is of nobody who asked");
  const answer = it.model.applyInPlace(variant.request, row.at, variant.place);
  if (answer.status !== "created") {
    const why = answer.status === "refused" ? answer.code : answer.status;
    return note(it, row, `was created, the model says ${why}`);
  }
  const entry = it.model.state.entries.at(-1);
  if (entry === undefined || !movesAmount(entry)) return;
  if (entry.amount !== row.amount) note(it, row, `moved ${row.amount}, the model ${entry.amount}`);
  if ((entry.expiresAt ?? null) !== row.expires_at) {
    note(it, row, `ends at ${row.expires_at}, in the model at ${entry.expiresAt}`);
  }
}

function movesAmount(entry: ModelEntry): boolean {
  return ["transfer", "pending", "post", "void"].includes(entry.kind);
}

function replayExpiry(it: Audit, row: Row): void {
  const hold = it.model.state.waiting.get(row.pending_id ?? "");
  if (hold === undefined) return note(it, row, "frees a hold that is none or has ended");
  if ((hold.expiresAt ?? Infinity) > row.at) note(it, row, "frees a hold before its time");
  const entry = it.model.expire(hold, row.at);
  if (entry.id !== row.id) note(it, row, `should have the id ${entry.id}`);
}

/** A remembered refusal must be deserved, by one of the ways in which its id was sent. */
function replayRefusal(it: Audit, row: Row): void {
  const code = refusalOfRow(row);
  const candidates = it.variants.candidates(row);
  const said = new Set<string>();
  for (const variant of candidates) {
    const { asset } = variant.request as { asset?: string };
    if (row.asset !== null && asset !== undefined && row.asset !== asset) continue;
    const answer = it.model.ask(variant.posting, row.at);
    const index = answer.status === "refused" && "index" in answer ? answer.index : undefined;
    const isMember =
      !isChain(variant.posting) || variant.posting.requests[index ?? -1] === variant.request;
    const same =
      answer.status === "refused" && answer.code === code && answer.seq !== undefined && isMember;
    if (!same) {
      said.add(answer.status === "refused" ? textOf(answer as never) : answer.status);
      continue;
    }
    checkNothingDue(it, row, variant);
    it.model.apply(variant.posting, row.at);
    return;
  }
  if (candidates.length === 0) return note(it, row, "was refused to nobody who asked");
  note(it, row, `was refused with ${code}, the model says ${[...said].join(", ")}`);
}

const ABOUT_SUMS = /overflows_(debits|credits)|exceeds_bound|bound_below/;

/** Holds that are due are freed before anybody is refused for want of them. */
function checkNothingDue(it: Audit, row: Row, { request }: Variant): void {
  if (!ABOUT_SUMS.test(refusalOfRow(row) ?? "")) return;
  const named = request as { debit?: string; credit?: string; path?: string; asset?: string };
  const paths = [named.debit, named.credit, named.path];
  for (const hold of it.model.state.waiting.values()) {
    const touches =
      hold.asset === named.asset && (paths.includes(hold.debit) || paths.includes(hold.credit));
    if (touches && (hold.expiresAt ?? Infinity) <= row.at) {
      note(it, row, `was refused although the hold ${hold.id} was due`);
    }
  }
}

/** Nobody is thrown what is no trouble. */
function checkThrown(it: Audit): void {
  for (const { posting, node, thrown } of it.attempts) {
    if (thrown === undefined || isTrouble(thrown)) continue;
    it.findings.push({ message: `${node} threw ${thrown} at ${textOf(posting)}` });
  }
}

/** All of a chain is there, in one piece. */
function checkChains(it: Audit): void {
  const groups: Row[][] = [];
  const chains = new Set<string>();
  for (const row of it.rows) {
    if (row.chain === null || refusalOfRow(row) !== undefined) continue;
    if (row.chain_index === 1) {
      if (chains.has(row.chain)) note(it, row, "is of a chain that was there before");
      chains.add(row.chain);
      groups.push([]);
    }
    const rows = groups.at(-1);
    if (rows === undefined) return note(it, row, "begins a chain in its middle");
    rows.push(row);
  }
  for (const rows of groups) {
    const [first] = rows;
    const last = rows.at(-1);
    if (first === undefined || last === undefined) continue;
    const inOrder = rows.every(
      (row, index) => row.chain_index === index + 1 && row.chain === first.chain,
    );
    if (!inOrder || rows.length !== first.chain_length) note(it, first, "is of half a chain");
    const piece = it.rows.slice(Number(first.seq) - 1, Number(last.seq));
    // Between its rows stand only accounts and assets that it opened without an id.
    if (piece.some((row) => row.chain !== first.chain && !/^~(open|asset)/.test(row.id))) {
      note(it, first, "is of a chain that does not stand in one piece");
    }
  }
}

/** Every version of every account is what the model had at that seq. */
async function checkVersions(it: Audit, database: Database, book: number): Promise<void> {
  for (const account of it.model.state.accounts.values()) {
    const { path, asset } = account;
    const versions = await database.run(readVersions, { book, path, asset });
    for (const { seq, bound, ...rest } of versions) {
      const stored = { ...rest, bound: bound ?? ("none" as const) };
      compareSums(it, account, Number(seq), stored, sumsAt(account, Number(seq)));
    }
    const last = versions.at(-1);
    if (last === undefined) {
      it.findings.push({ message: `${path} of ${asset} has no version` });
      continue;
    }
    const { seq, bound, ...rest } = last;
    const now = { ...rest, bound: bound ?? ("none" as const) };
    compareSums(it, account, Number(seq), now, sumsOf(account));
  }
}

function reportOf(it: Audit): AuditReport {
  const { entries } = it.model.state;
  const [first] = it.findings;
  return {
    findings: it.findings.slice(0, FINDINGS_MAX),
    entries: it.rows.length,
    refused: entries.filter(({ refused }) => refused !== undefined).length,
    expired: entries.filter(({ kind }) => kind === "expire").length,
    answers: it.attempts.filter(({ answer }) => answer !== undefined).length,
    unknown: it.attempts.filter(({ silence }) => silence === "unknown").length,
    history: first === undefined ? [] : historyOf(it, first),
  };
}

/** The shortest story around a finding: the rows that share an account or an id with it. */
function historyOf(it: Audit, finding: AuditFinding): string[] {
  const at = it.rows.find((row) => Number(row.seq) === finding.seq);
  const until = finding.seq ?? Infinity;
  const concerns = (row: Row) =>
    row.id === finding.id ||
    (finding.id !== undefined && row.pending_id === finding.id) ||
    (at !== undefined && row.asset === at.asset && shareAccount(row, at));
  const rows = it.rows.filter((row) => Number(row.seq) <= until && concerns(row));
  const sent = it.attempts.filter(({ posting }) =>
    finding.id === undefined ? false : textOf(posting).includes(`"${finding.id}"`),
  );
  return [...rows.slice(-HISTORY_MAX).map(rowText), ...sent.slice(-HISTORY_MAX).map(attemptText)];
}

function shareAccount(row: Row, other: Row): boolean {
  const accounts = [other.debit, other.credit].filter((path) => path !== null);
  return [row.debit, row.credit].some((path) => path !== null && accounts.includes(path));
}

function rowText(row: Row): string {
  const told = Object.entries(row).filter(([name, value]) => value !== null && name !== "seq");
  const fields = told.map(([name, value]) => `${name}=${String(value)}`);
  return `${row.seq}: ${kindOfRow(row)} ${refusalOfRow(row) ?? ""} ${fields.join(" ")}`;
}

function attemptText({ node, posting, answer, silence, thrown }: Attempt): string {
  const outcome = answer === undefined ? `${silence} ${thrown ?? ""}` : textOf(answer as never);
  return `${node} sent ${textOf(posting)} and got ${outcome}`;
}
