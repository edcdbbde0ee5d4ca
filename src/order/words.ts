/** The refusals of orders in Chinese; the English words stand in order.errors.ts. */
import type { OrderAct, OrderState } from "./order-machine.ts";
import type { RefusalCode } from "./refusal-code.ts";

interface ChineseWords {
  readonly message: string;
  readonly advice: string;
}

export const chineseWords: Readonly<Record<RefusalCode, ChineseWords>> = {
  "order.missing": {
    message: "没有订单 {order}。",
    advice: "请核对订单号，它就是下单时所用的号。",
  },
  "order.key_conflict": {
    message: "{key} 已经用于别的请求。",
    advice: "新的请求请用新的号；重复提交时每一项都必须相同。",
  },
  "order.key_refused": {
    message: "{key} 首次提交时已被拒绝，此号不再有效。",
    advice: "当时缺少的现在已有，请用新的号重新提交。",
  },
  "order.quote_missing": { message: "没有报价 {quote}。", advice: "请重新询价。" },
  "order.quote_expired": { message: "报价有效期至 {until}。", advice: "请重新询价。" },
  "order.quote_changed": {
    message: "这不是原来的报价：报价金额为 {total}，提交的是 {seen}。",
    advice: "请确认新的价格，同意后再下单。",
  },
  "order.quote_used": {
    message: "报价 {quote} 已用于订单 {order}；协议价只能下单一次。",
    advice: "请查看该订单；再次购买请重新询价。",
  },
  "order.sold_out": {
    message: "{sku}：需要 {asked}，仅剩 {left}。",
    advice: "请减少数量或稍后再看，未付款的订单会退回库存。再次下单请用新的号。",
  },
  "order.not_sold_here": {
    message: "此处不出售 {sku}。",
    advice: "请从订单中去掉它，并使用新的号。",
  },
  "order.token_missing": {
    message: "{asset} 不可用。",
    advice: "它已被使用，或从未发放给您。请不带它重新询价。",
  },
  "order.funds_short": {
    message: "{purse}余额不足。",
    advice: "请充值或换一种支付方式，并使用新的{keyOf}。",
  },
  "order.purse_missing": {
    message: "{purse}尚未开立，不能付款。",
    advice: "请换一种支付方式，或请商家开立，并使用新的{keyOf}。",
  },
  "order.money_not_taken": {
    message: "商家尚不收取 {money}。",
    advice: "请商家开通该币种的收款，订单号届时仍可使用。",
  },
  "order.amount_differs": {
    message: "订单金额为 {total}，实付 {given}。",
    advice: "请让各部分之和等于订单金额。",
  },
  "order.already_paid": {
    message: "订单已经付款。",
    advice: "这一次没有扣款。如需退回，请申请退款。",
  },
  "order.expired": {
    message: "订单应在 {until} 之前付款，所占的库存已经退回。",
    advice: "请重新下单。没有扣款。",
  },
  "order.not_possible": {
    message: "订单{state}，不能{act}。",
    advice: "请查看订单当前的状态。",
  },
  "order.quantity_too_large": {
    message: "第 {line} 行：申请 {asked}，仅剩 {left}。",
    advice: "请按该行剩余的数量或金额申请。",
  },
  "order.refund_too_large": {
    message: "申请退回 {asked}，已付款中仅剩 {left} 可退。",
    advice: "退款不能超过剩余的金额。",
  },
  "order.refund_short": {
    message: "{account} 余额不足，无法退回。",
    advice: "请先补足该账户，再用新的退款号申请。",
  },
  "order.fulfil_short": {
    message: "{account} 余额不足，无法交付。",
    advice: "请先补回该账户被挪走的部分，再用新的交付号提交。",
  },
  "order.account_closed": {
    message: "账户 {account} 已关闭或从未开立。",
    advice: "请重新开立该账户，再用新的号提交。",
  },
  "order.offering_missing": {
    message: "没有募集 {offering}。",
    advice: "请核对编号，它就是发起时所用的编号。",
  },
  "order.offering_closed": {
    message: "募集 {offering} 已经截止。",
    advice: "没有扣款。请选择其他募集。",
  },
  "order.offering_full": {
    message: "募集 {offering} 仅剩 {left}。",
    advice: "请用新的号认购不超过剩余的金额，或允许按剩余金额成交。",
  },
  "order.offering_open": {
    message: "募集 {offering} 尚未成功。",
    advice: "募满或截止后才会结算，请届时再试。",
  },
  "order.payout_missing": {
    message: "募集 {offering} 没有派发 {payout}。",
    advice: "请核对编号，它就是申请派发时所用的编号。",
  },
  "order.project_missing": {
    message: "没有 {asset} 账户 {project}。",
    advice: "请先开立收款账户，募集到的款项会转入该账户。",
  },
  "order.tokens_stay": {
    message: "优惠券和积分不予退回：订单将处于 {state}，而不是全部退款。",
    advice: "只有未发货且全部退款的订单才退回优惠券和积分。",
  },
  "order.busy": {
    message: "订单正被频繁操作，这一次没有轮到。",
    advice: "什么都没有发生，请原样重新提交。",
  },
};

/** States, and what is done. */
export const chineseNames: Readonly<Record<OrderState | OrderAct, string>> = {
  placed: "待付款",
  paid: "已付款",
  fulfilling: "交付中",
  fulfilled: "已交付",
  refunded: "已退款",
  cancelled: "已取消",
  expired: "已过期",
  closed: "已关闭",
  place: "下单",
  pay: "付款",
  cancel: "取消",
  expire: "过期",
  fulfil: "交付",
  refund: "退款",
  close: "关闭",
};

/** What is done to an order, as English says it of the order. */
export const englishActs: Readonly<Record<OrderAct, string>> = {
  place: "placed",
  pay: "paid",
  cancel: "cancelled",
  expire: "ended for want of payment",
  fulfil: "delivered",
  refund: "refunded",
  close: "closed",
};

/** What a key is of. */
export const chineseKeys: Readonly<Record<string, string>> = {
  payment: "支付号",
  order: "订单号",
  bid: "认购号",
  payout: "派发号",
};

/** Whose money an account is, as its owner says it; another account by its path. */
export function purseWords(account: string): { readonly en: string; readonly zh: string } {
  if (account === "shop/cash") return { en: "the shop's cash", zh: "商店现金" };
  const [, buyer] = /^user\/([^/]+)\/wallet$/.exec(account) ?? [];
  if (buyer !== undefined) return { en: `the wallet of ${buyer}`, zh: `${buyer} 的钱包` };
  const [, company, month] = /^company\/([^/]+)\/credit\/([\d-]+)$/.exec(account) ?? [];
  if (company !== undefined) {
    return { en: `the credit of ${company} in ${month}`, zh: `${company} ${month} 的信用额度` };
  }
  return { en: account, zh: account };
}
