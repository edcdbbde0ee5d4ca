/** Opening a shop's till: the accounts that orders in a money move. */
import type { Book } from "../ledger/index.ts";
import { openTill } from "./accounts.ts";
import { malformed } from "./check-command.ts";
import { unexpected } from "./ledger-says.ts";
import type { Asked } from "./room.ts";

export interface OpenedTill {
  /** `exists`: all of it was open before. */
  readonly status: "done" | "exists";
  readonly asset: string;
}

/**
 * Opens what has to be there before anything can be paid in that money. Safe to repeat: yes.
 * Throws: order.command_malformed; order.books_refused, where an account is there and is another kind.
 */
export async function openShop(
  book: Book,
  { asset }: { readonly asset: string },
  { context, deadlineMs }: Asked = {},
): Promise<OpenedTill> {
  const requests = openTill(asset);
  const answers = await book.batch(requests, { context, deadlineMs });
  let isNew = false;
  answers.forEach((answer, index) => {
    if (answer.status === "created") isNew = true;
    if (answer.status !== "refused") return;
    if (answer.code === "ledger.asset_malformed")
      throw malformed("asset", "it is none, as CNY/2 is");
    throw unexpected(answer, requests[index]);
  });
  return { status: isNew ? "done" : "exists", asset };
}
