import { backoff, isPath, systemClock } from "../../base/index.ts";
import type { Book, ChainAnswer } from "../../ledger/index.ts";
import { unit } from "../../postgres/index.ts";
import { checkAmount, checkCommand, checkKey, malformed } from "../check-command.ts";
import { isTaken, unexpected } from "../ledger-says.ts";
import { refuse } from "../refusal.ts";
import type { Asked } from "../room.ts";
import {
  type Offering,
  type OfferingAnswer,
  offeringOf,
  type OfferingRoom,
  openingOf,
  type OpenOffering,
} from "./offering.ts";
import type { Settling } from "./settle.ts";
import { insertOfferings } from "./write-offerings.ts";

/** Two nodes may hit upon one number of a run, or one that asks the same may not be committed yet. */
const ATTEMPTS_MAX = 10;
const PAUSE_MS = { baseMs: 5, maxMs: 200 };
const CLOSES_WITHIN_MS = 50 * 366 * 86_400_000;

/**
 * Opens an offering; its room, its row and the run that settles it when it closes are one commit.
 * Safe to repeat: yes, by `id`. Refuses: order.key_conflict, offering_closed (it would be by now), project_missing, busy.
 * Throws: order.command_malformed, order.books_refused (an asset that is not there).
 */
export async function openOffering(
  room: OfferingRoom,
  { book, settling }: { readonly book: Book; readonly settling: Settling },
  command: OpenOffering,
  { context, deadlineMs }: Asked = {},
): Promise<OfferingAnswer> {
  const offering = checkOpen(command);
  const { id, asset, project, closesAt } = offering;
  if (closesAt - (await room.time.now()) > CLOSES_WITHIN_MS) {
    throw malformed("closesAt", "it is more than 50 years ahead");
  }
  const chain = { chain: `n/${id}`, requests: openingOf(offering) };
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const known = await offeringOf(room, book, id);
    if (known !== undefined) {
      if (!isSame(known, offering)) return refuse("order.key_conflict", { key: id });
      return { status: "exists", offering: known };
    }
    if (closesAt <= (await room.time.now()))
      return refuse("order.offering_closed", { offering: id });
    // Found out when it is settled, it would be too late: the money would wait for an account.
    if ((await book.account(project, asset)) === undefined) {
      return refuse("order.project_missing", { project, asset });
    }
    const by = context?.by ?? null;
    const request = context?.request ?? null;
    const row = { ...offering, offeringId: id, bookId: book.id, by, request };
    const input = { book: book.name, offering: id };
    const at = await room.flows().starting(settling, input, {
      at: closesAt,
      ...{ by: context?.by, request: context?.request },
    });
    const work = unit(chain.chain).post(chain).write(insertOfferings, row);
    const whole = { ...work, writes: [...work.writes, ...at.uses] };
    const answered = await book.commit(whole, { context, deadlineMs });
    if (answered.status === "committed") {
      at.committed();
      return { status: "done", offering };
    }
    if (answered.status === "refused") {
      const answer = answered.answer as Extract<ChainAnswer, { status: "refused" }>;
      if (isTaken(answer.code)) return refuse("order.key_conflict", { key: id });
      throw unexpected(answer, chain.requests[answer.index]);
    }
    await systemClock.sleep(backoff({ attempt, ...PAUSE_MS }));
  }
  return refuse("order.busy");
}

function checkOpen(command: OpenOffering): Offering {
  checkCommand(command);
  const { id, asset, cap, minimum = cap, project, closesAt } = command;
  checkKey("id", id);
  checkAmount("cap", cap);
  checkAmount("minimum", minimum);
  if (minimum > cap) throw malformed("minimum", "it is above the cap");
  if (!isPath(project)) throw malformed("project", "no path");
  if (!Number.isSafeInteger(closesAt)) throw malformed("closesAt", "no instant in ms");
  return { id, asset, cap, minimum, project, closesAt };
}

function isSame(one: Offering, other: Offering): boolean {
  const fields = ["asset", "cap", "minimum", "project", "closesAt"] as const;
  return fields.every((field) => one[field] === other[field]);
}
