/**
 * Holding, confirming and cancelling (TCC's three verbs) are the ledger's pending, post and void.
 * An order takes 80 yuan aside, a second one finds too little left, the first is confirmed for 65.50,
 * and whatever is sent twice is done once. Run it with `npm run example examples/hold-and-confirm.ts`,
 * and then again: everything has happened already.
 */
import { formatAmount, money } from "longmen/base";
import { type Answer, available, type Balance, type Book, type Transfer } from "longmen/ledger";
import { withBook } from "./with-book.ts";

const asset = "CNY/2";
const wallet = "user/42/wallet";
const revenue = "shop/revenue";
const yuan = (text: string) => money(asset, text);

export async function holdAndConfirm(book: Book, say: (line: string) => void): Promise<void> {
  await book.batch([
    { kind: "asset", asset },
    { kind: "open", path: "bank", asset, side: "debit", bound: "none" },
    { kind: "open", path: wallet, asset, side: "credit" }, // bound 0: never below zero
    { kind: "open", path: revenue, asset, side: "credit" },
  ]);
  const minutes = 15 * 60_000;
  const topUp: Transfer = {
    id: "top-up/1",
    asset,
    debit: "bank",
    credit: wallet,
    amount: yuan("100.00"),
  };
  const hold: Transfer = {
    kind: "pending",
    id: "order/7/hold",
    asset,
    debit: wallet,
    credit: revenue,
    amount: yuan("80.00"),
    timeoutMs: minutes,
  };
  const second: Transfer = { ...hold, id: "order/8/hold", amount: yuan("30.00") };
  const confirm: Transfer = {
    kind: "post",
    id: "order/7/confirm",
    pendingId: hold.id,
    amount: yuan("65.50"),
  };
  const cancel: Transfer = { kind: "void", id: "order/7/cancel", pendingId: hold.id };
  for (const transfer of [topUp, hold, second, confirm, confirm, cancel]) {
    say(describe(transfer, await book.submit(transfer)));
  }
}

function describe({ id }: Transfer, answer: Answer): string {
  const words = answer.status === "refused" ? answer.code : inWords(answer.credit, answer.debit);
  return `${id.padEnd(16)} ${answer.status.padEnd(8)} ${words}`;
}

/** The wallet is what is topped up, then what is taken from. */
function inWords(credit: Balance | undefined, debit: Balance | undefined): string {
  const balance = debit?.bound === "none" ? credit : debit;
  if (balance === undefined) return "";
  const shown = (minor: bigint) => formatAmount(asset, minor).padStart(7);
  const has = shown(balance.creditsPosted - balance.debitsPosted);
  return `${has} in the wallet, ${shown(balance.debitsPending)} held, ${shown(available("credit", balance))} available`;
}

if (process.argv[1] === import.meta.filename) await withBook("hold-and-confirm", holdAndConfirm);
