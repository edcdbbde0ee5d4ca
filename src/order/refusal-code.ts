/** Why an order says no; each has words in order.errors.ts and, in Chinese, in words.ts. */
export type RefusalCode =
  | "order.amount_differs"
  | "order.already_paid"
  | "order.busy"
  | "order.expired"
  | "order.funds_short"
  | "order.key_conflict"
  | "order.missing"
  | "order.not_possible"
  | "order.not_sold_here"
  | "order.quantity_too_large"
  | "order.quote_changed"
  | "order.quote_expired"
  | "order.quote_missing"
  | "order.refund_too_large"
  | "order.sold_out"
  | "order.token_missing";
