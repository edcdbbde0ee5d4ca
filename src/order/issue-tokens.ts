/** Coupons and points that a buyer is given: what a rule's discounts use up. */
import { isAssetCode, isPath } from "../base/index.ts";
import type { Book, Request } from "../ledger/index.ts";
import { ISSUED, openTokens, tokensPath } from "./accounts.ts";
import { checkAmount, checkCommand, checkKey, malformed } from "./check-command.ts";
import { isTaken, unexpected } from "./ledger-says.ts";
import type { Refused } from "./order.ts";
import { refuse } from "./refusal.ts";
import type { Asked } from "./room.ts";

export interface IssueTokens {
  /** The key of this gift, unique in the book. */
  readonly id: string;
  readonly buyer: string;
  /** COUPON:SPRING/0, POINT/0: as the rule's discount names it. */
  readonly asset: string;
  readonly amount: bigint;
}

/** What a buyer has of a token, in its smallest units. */
export interface TokensNow {
  readonly available: bigint;
  /** By orders that wait to be paid. */
  readonly held: bigint;
}

export type TokensAnswer = ({ readonly status: "done" | "exists" } & TokensNow) | Refused;

/**
 * Gives a buyer coupons or points; opens what has to be there. Safe to repeat: yes, by `id`; another gift under it is a
 * conflict. Refuses: order.key_conflict. Throws: order.command_malformed, order.books_refused.
 */
export async function issueTokens(
  book: Book,
  command: IssueTokens,
  { context, deadlineMs }: Asked = {},
): Promise<TokensAnswer> {
  checkIssue(command);
  const { id, buyer, asset, amount } = command;
  const options = { context, deadlineMs };
  const credit = tokensPath(buyer);
  if ((await book.account(credit, asset)) === undefined) {
    const openings = openTokens(asset, buyer);
    const answers = await book.batch(openings, options);
    answers.forEach((answer, place) => {
      if (answer.status === "refused" && !isThere(answer.code)) {
        throw unexpected(answer, openings[place]);
      }
    });
  }
  // Beside the fillings of wallets (w/KEY), under their letter.
  const given: Request = { id: `w/${id}/t`, asset, debit: ISSUED, credit, amount };
  const answer = await book.submit(given, options);
  if (answer.status === "refused") {
    if (isTaken(answer.code)) return refuse("order.key_conflict", { key: id });
    throw unexpected(answer, given);
  }
  const now = await tokensNow(book, { buyer, asset });
  return {
    available: 0n,
    held: 0n,
    ...now,
    status: answer.status === "created" ? "done" : "exists",
  };
}

/** Undefined: the buyer was never given any. Throws: order.command_malformed. */
export async function tokensNow(
  book: Book,
  { buyer, asset }: Pick<IssueTokens, "buyer" | "asset">,
): Promise<TokensNow | undefined> {
  checkOwner(buyer, asset);
  const account = await book.account(tokensPath(buyer), asset);
  return account && { available: account.available, held: account.balance.debitsPending };
}

/** Opened before, perhaps in another way: who did so meant it. */
function isThere(code: string): boolean {
  return /^ledger\.(account|asset)_exists_with_/.test(code);
}

function checkIssue(command: IssueTokens): void {
  checkCommand(command);
  checkKey("id", command.id);
  checkOwner(command.buyer, command.asset);
  checkAmount("amount", command.amount);
}

function checkOwner(buyer: unknown, asset: unknown): void {
  const isSegment = typeof buyer === "string" && !buyer.includes("/") && isPath(tokensPath(buyer));
  if (!isSegment) throw malformed("buyer", "it is no segment of a path");
  if (!isAssetCode(asset)) throw malformed("asset", "it is none, as COUPON:SPRING/0 is");
  if (asset.startsWith("SKU:")) throw malformed("asset", "goods are no coupons or points");
}
