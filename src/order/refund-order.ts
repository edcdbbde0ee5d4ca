/** Giving back: goods and money, money alone, in part and several times, never more than was paid. */
import type { Book, Request } from "../ledger/index.ts";
import { giveBackPart, type PartView, readPartsOf, spreadRefund } from "../payment/index.ts";
import {
  DELIVERED,
  DUE,
  GOODWILL,
  REDEEMED,
  RETURNED,
  REVENUE,
  shelfAsset,
  STOCK,
  tokensPath,
  UNEARNED,
} from "./accounts.ts";
import { bodyHash } from "./check-command.ts";
import { checkRefund } from "./check-refund.ts";
import { type Decision, doAct, keyedChain, stepOn } from "./do-act.ts";
import { dueOf, goodsOf, type LineNow, moveKinds, outOf, plus, readLines } from "./goods.ts";
import type { KnownOrder } from "./known-order.ts";
import { mendable } from "./ledger-says.ts";
import type { OrderAnswer, RefundGoods, RefundMoney, RefundOrder, Refused } from "./order.ts";
import { nextState } from "./order-machine.ts";
import { refuse } from "./refusal.ts";
import { type Asked, markOf, type OrderRoom } from "./room.ts";
import { shareOf } from "./share.ts";

/**
 * Gives back what was paid: for units that are called off or brought back, for a line's money alone, or out
 * of goodwill. The money goes to the accounts that it came from, the last paid first.
 * Safe to repeat: yes, by refundId. Refuses: order.missing, not_possible, quantity_too_large,
 * refund_too_large, refund_short, account_closed, tokens_stay, key_conflict, key_refused, busy. Throws:
 * order.command_malformed, order.books_refused.
 */
export async function refundOrder(
  room: OrderRoom,
  book: Book,
  command: RefundOrder,
  asked: Asked = {},
): Promise<OrderAnswer> {
  checkRefund(command);
  const { orderId, refundId } = command;
  return doAct(
    room,
    book,
    {
      act: "refund",
      orderId,
      key: refundId,
      bodyHash: hashOf(command),
      decide: async (order) => {
        if (nextState(order.state, "refund") === undefined) {
          return refuse("order.not_possible", { state: order.state, act: "refund" });
        }
        const lines = await readLines(room.database, book.id, orderId);
        const parts = await readPartsOf(room.database, book.id, orderId);
        return decideRefund(order, lines, parts, command);
      },
      meaning: (refused, { chain }) =>
        mendable(book, refused, chain.requests, { key: refundId, short: "order.refund_short" }),
    },
    asked,
  );
}

function hashOf({ orderId, refundId, ...asked }: RefundOrder): Buffer {
  const { lines = [], goodwill = 0n, returnTokens = false } = asked;
  const body = lines.map((each) =>
    "goods" in each
      ? [each.line, each.goods, each.quantity, each.restock ?? false]
      : [each.line, each.amount],
  );
  return bodyHash([orderId, refundId, body, goodwill, ...(returnTokens ? ["tokens"] : [])]);
}

/** What a refund comes to, as it is added up line by line. */
interface Sum {
  readonly lines: LineNow[];
  readonly moves: NonNullable<Decision["moves"]>[number][];
  readonly goods: Request[];
  /** Shares of the price that are not owed or earned any more. */
  unearned: bigint;
  unmade: bigint;
  /** What the buyer gets. */
  back: bigint;
  /** Of what was paid, for goods: what else went back, and goes back now, is off. */
  open: bigint;
}

/** Pure: what the refund does, of lines and payments as they are. */
export function decideRefund(
  order: KnownOrder,
  lines: readonly LineNow[],
  parts: readonly PartView[],
  command: RefundOrder,
): Decision | Refused {
  const { refundId, goodwill = 0n, reason, returnTokens = false } = command;
  const chain = keyedChain("r", refundId, order);
  const open = order.paid - order.refunded - moneyAlone(command);
  const none = { unearned: 0n, unmade: 0n, back: 0n, open: open > 0n ? open : 0n };
  const sum: Sum = { lines: [...lines], moves: [], goods: [], ...none };
  for (const each of command.lines ?? []) {
    const refused =
      "goods" in each ? addGoods(sum, order, chain, each) : addMoney(sum, order, each);
    if (refused !== undefined) return refused;
  }
  const back = sum.back + goodwill;
  const spread = spreadRefund(back, parts);
  if (spread === undefined) {
    const left = String(order.paid - order.refunded);
    return refuse("order.refund_too_large", { asked: String(back), left, asset: order.asset });
  }
  const refunded = order.refunded + back;
  const after = stepOn(order, "refund", { refunded, goods: goodsOf(sum.lines) });
  if ("status" in after) return after;
  // What a delivered line has used up stays used: only an order of which nothing is left gives them back, and once.
  if (returnTokens && after.state !== "refunded") {
    return refuse("order.tokens_stay", { state: after.state });
  }
  const { asset, id: reference } = order;
  const tokens = returnTokens ? tokensBack(order, chain) : [];
  const requests = [
    ...sum.goods,
    ...tokens,
    ...moneyBack({ chain, asset, parts, spread, sum, back, reference }),
  ];
  if (requests.length === 0) requests.push(markOf(`${chain}/0`, asset));
  const refunds = parts.flatMap(({ paymentId, part }, index) => {
    const amount = spread[index] ?? 0n;
    return amount === 0n ? [] : [{ refundId, paymentId, part, amount }];
  });
  return { chain: { chain, requests }, after, refunds, moves: sum.moves, reason };
}

function tokensBack({ buyer, held }: KnownOrder, chain: string): Request[] {
  const credit = tokensPath(buyer);
  return held.tokens.map(({ asset, amount }, index) => {
    return { id: `${chain}/t${index}`, asset, debit: REDEEMED, credit, amount };
  });
}

/** What is asked for beside any goods: it is given as it is asked for, or refused. */
function moneyAlone({ lines = [], goodwill = 0n }: RefundOrder): bigint {
  return lines.reduce((sum, each) => ("amount" in each ? sum + each.amount : sum), goodwill);
}

function addGoods(
  sum: Sum,
  order: KnownOrder,
  chain: string,
  { line: number, quantity, goods, restock }: RefundGoods,
): Refused | undefined {
  const line = sum.lines[number];
  const isDue = goods === "due";
  const left = line === undefined ? undefined : isDue ? dueOf(line) : outOf(line);
  if (line === undefined || left === undefined || quantity > left.quantity) {
    const told = String(left?.quantity ?? 0n);
    return refuse("order.quantity_too_large", {
      line: number,
      asked: String(quantity),
      left: told,
    });
  }
  const amount = shareOf(left, quantity);
  // Money of the line that went back already, its goods untouched, does not go back again with them; nor does goodwill.
  const back = least(amount, least(line.amount - line.back, sum.open));
  sum.open -= back;
  const moved = { quantity, amount };
  sum.lines[number] = isDue
    ? { ...line, calledOff: plus(line.calledOff, moved), back: line.back + back }
    : { ...line, returned: plus(line.returned, moved), back: line.back + back };
  const kind = isDue ? moveKinds.calledOff : moveKinds.returned;
  sum.moves.push({ line: number, kind, quantity, amount, back });
  sum.back += back;
  if (isDue) sum.unearned += amount;
  else sum.unmade += amount;
  if (order.held.unstocked.includes(number)) return undefined;
  sum.goods.push({
    id: `${chain}/s${number}${isDue ? "d" : "r"}`,
    asset: shelfAsset(line.sku),
    debit: isDue ? DUE : DELIVERED,
    credit: isDue || restock === true ? STOCK : RETURNED,
    amount: quantity,
  });
  return undefined;
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

function addMoney(
  sum: Sum,
  { asset }: KnownOrder,
  { line: number, amount }: RefundMoney,
): Refused | undefined {
  const line = sum.lines[number];
  const open = line === undefined ? 0n : line.amount - line.back;
  if (line === undefined || amount > open) {
    const told = { line: number, asked: String(amount), left: String(open), asset };
    return refuse("order.quantity_too_large", told);
  }
  sum.lines[number] = { ...line, back: line.back + amount };
  sum.moves.push({ line: number, kind: moveKinds.money, quantity: 0n, amount: 0n, back: amount });
  sum.back += amount;
  return undefined;
}

interface Spreading {
  readonly chain: string;
  readonly asset: string;
  readonly parts: readonly PartView[];
  readonly spread: readonly bigint[];
  readonly sum: Sum;
  readonly back: bigint;
  readonly reference: string;
}

/**
 * Money leaves what is not owed any more, what is not earned any more, and for the rest goodwill; what was
 * given back before, out of goodwill, comes out of the same shares and goes back there.
 */
function moneyBack({ chain, asset, parts, spread, sum, back, reference }: Spreading): Request[] {
  const kind = back - sum.unearned - sum.unmade;
  const sources = [
    { path: UNEARNED, amount: sum.unearned },
    { path: REVENUE, amount: sum.unmade },
    { path: GOODWILL, amount: kind > 0n ? kind : 0n },
  ];
  const requests: Request[] = [];
  const take = (amount: bigint, to: (id: string, till: string, amount: bigint) => Request) => {
    let open = amount;
    for (const source of sources) {
      const taken = source.amount < open ? source.amount : open;
      if (taken === 0n) continue;
      source.amount -= taken;
      open -= taken;
      requests.push(to(`${chain}/m${requests.length}`, source.path, taken));
    }
  };
  parts.forEach((part, index) => {
    take(spread[index] ?? 0n, (id, till, amount) =>
      giveBackPart({ id, asset, part, till, reference }, amount),
    );
  });
  take(kind < 0n ? -kind : 0n, (id, debit, amount) => {
    return { id, asset, debit, credit: GOODWILL, amount };
  });
  return requests;
}
