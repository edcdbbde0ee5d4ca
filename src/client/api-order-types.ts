/** What travels over HTTP of orders. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

export interface CreditEntry {
  readonly seq: number;
  readonly at: string;
  readonly id: string;
  readonly kind: "bought" | "back" | "paid";
  readonly amount: string;
  readonly owed: string;
  readonly order?: string;
  readonly key?: string;
  readonly reference?: string;
  readonly by?: string;
  readonly request?: string;
}
export interface CreditLine {
  readonly company: string;
  readonly month: string;
  readonly asset: string;
  readonly line: string;
  readonly owed: string;
  readonly left: string;
}
export interface CreditLineBody {
  readonly asset: string;
  readonly line: string;
}
export interface CreditStatement {
  readonly company: string;
  readonly month: string;
  readonly asset: string;
  readonly line: string;
  readonly owed: string;
  readonly left: string;
  readonly held: string;
  readonly bought: string;
  readonly credited: string;
  readonly items: readonly CreditEntry[];
  readonly cursor?: string;
}
export interface EndOrderBody {
  readonly reason?: string;
}
export interface FillWalletBody {
  readonly id: string;
  readonly asset: string;
  readonly amount: string;
}
export interface FulfilOrderBody {
  readonly fulfilmentId: string;
  readonly lines?: readonly { readonly line: number; readonly quantity: string }[];
}
export interface GiveTokensBody {
  readonly id: string;
  readonly asset: string;
  readonly amount: string;
}
export interface ListedOrder {
  readonly id: string;
  readonly state:
    | "placed"
    | "paid"
    | "fulfilling"
    | "fulfilled"
    | "refunded"
    | "cancelled"
    | "expired"
    | "closed";
  readonly version: number;
  readonly buyer: string;
  readonly asset: string;
  readonly total: string;
  readonly paid: string;
  readonly refunded: string;
  readonly expiresAt: string;
  readonly placedAt: string;
  readonly lines: number;
}
export interface OpenShopBody {
  readonly asset: string;
}
export interface OpenedShop {
  readonly status: "done" | "exists";
  readonly asset: string;
}
export interface Order {
  readonly id: string;
  readonly state:
    | "placed"
    | "paid"
    | "fulfilling"
    | "fulfilled"
    | "refunded"
    | "cancelled"
    | "expired"
    | "closed";
  readonly version: number;
  readonly buyer: string;
  readonly asset: string;
  readonly total: string;
  readonly paid: string;
  readonly refunded: string;
  readonly expiresAt: string;
}
export interface OrderDone {
  readonly status: "done" | "exists";
  readonly order: Order;
}
export interface OrderEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type:
    | "order.placed"
    | "order.paid"
    | "order.cancelled"
    | "order.expired"
    | "order.fulfilled"
    | "order.refunded"
    | "order.closed";
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: OrderEventData;
}
export interface OrderEventData {
  readonly seq: number;
  readonly order: string;
  readonly version: number;
  readonly act: "place" | "pay" | "cancel" | "expire" | "fulfil" | "refund" | "close";
  readonly state:
    | "placed"
    | "paid"
    | "fulfilling"
    | "fulfilled"
    | "refunded"
    | "cancelled"
    | "expired"
    | "closed";
  readonly buyer: string;
  readonly asset: string;
  readonly total: string;
  readonly paid: string;
  readonly refunded: string;
  readonly key?: string;
  readonly by?: string;
  readonly request?: string;
  readonly reason?: string;
}
export interface OrderEvents {
  readonly items: readonly OrderEvent[];
  readonly after: number;
  readonly more: boolean;
}
export interface OrderLine {
  readonly line: number;
  readonly sku: string;
  readonly quantity: string;
  readonly unit?: string;
  readonly list: string;
  readonly discounts?: readonly { readonly rule: string; readonly amount: string }[];
  readonly amount: string;
  readonly due: { readonly quantity: string; readonly amount: string };
  readonly delivered: { readonly quantity: string; readonly amount: string };
  readonly calledOff: { readonly quantity: string; readonly amount: string };
  readonly returned: { readonly quantity: string; readonly amount: string };
  readonly back: string;
}
export interface OrderMove {
  readonly line: number;
  readonly kind: "delivered" | "calledOff" | "returned" | "money";
  readonly quantity: string;
  readonly amount: string;
  readonly back: string;
}
export interface OrderPage {
  readonly items: readonly ListedOrder[];
  readonly cursor?: string;
}
export interface OrderPayment {
  readonly paymentId: string;
  readonly part: number;
  readonly means: "wallet" | "company" | "cash";
  readonly path: string;
  readonly amount: string;
  readonly refunded: string;
}
export interface OrderPosting {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly asset?: string;
  readonly debit?: string;
  readonly credit?: string;
  readonly amount?: string;
}
export interface OrderPriced {
  readonly at: string;
  readonly catalogVersion: string;
  readonly lines: readonly OrderPricedLine[];
  readonly rules: readonly PricedRule[];
}
export interface OrderPricedLine {
  readonly line: number;
  readonly product: string;
  readonly productVersion: number;
  readonly plan: string;
  readonly planVersion: number;
  readonly path: readonly string[];
  readonly rule?: PricedRule;
}
export interface OrderRefund {
  readonly refundId: string;
  readonly paymentId: string;
  readonly part: number;
  readonly amount: string;
}
export interface OrderRun {
  readonly run: string;
  readonly flow?: string;
  readonly status?: string;
  readonly createdAt?: string;
  readonly endedAt?: string;
  readonly problem?: string;
  readonly steps?: readonly OrderRunStep[];
}
export interface OrderRunStep {
  readonly step: string;
  readonly outcome: string;
  readonly attempts: number;
  readonly startedAt: string;
  readonly endedAt: string;
}
export interface OrderStep {
  readonly version: number;
  readonly act: "place" | "pay" | "cancel" | "expire" | "fulfil" | "refund" | "close";
  readonly state:
    | "placed"
    | "paid"
    | "fulfilling"
    | "fulfilled"
    | "refunded"
    | "cancelled"
    | "expired"
    | "closed";
  readonly at: string;
  readonly key?: string;
  readonly by?: string;
  readonly request?: string;
  readonly reason?: string;
  readonly moves: readonly OrderMove[];
  readonly chain: string;
  readonly postings: readonly OrderPosting[];
  readonly runs?: readonly OrderRun[];
}
export interface OrderView {
  readonly order: Order;
  readonly quote: string;
  readonly lines: readonly OrderLine[];
  readonly payments: readonly OrderPayment[];
  readonly refunds: readonly OrderRefund[];
  readonly priced?: OrderPriced;
  readonly timeline: readonly OrderStep[];
  readonly more: boolean;
}
export interface PayOrderBody {
  readonly paymentId: string;
  readonly parts: readonly {
    readonly means: "wallet" | "company" | "cash";
    readonly company?: string;
    readonly amount: string;
  }[];
}
export interface PlaceOrderBody {
  readonly id: string;
  readonly buyer: string;
  readonly quote: { readonly id: string; readonly hash: string; readonly total: string };
  readonly hold?: readonly {
    readonly means: "wallet" | "company" | "cash";
    readonly company?: string;
    readonly amount: string;
  }[];
}
export interface PricedRule {
  readonly rule: string;
  readonly version: string;
  readonly hash: string;
  readonly decision: string;
}
export interface ProvisionedBody {
  readonly status: "done" | "refused";
  readonly reference?: string;
  readonly reason?: string;
}
export interface PutStockBody {
  readonly id: string;
  readonly items: readonly { readonly sku: string; readonly quantity: string }[];
}
export interface RefundOrderBody {
  readonly refundId: string;
  readonly lines?: readonly (
    | {
        readonly line: number;
        readonly quantity: string;
        readonly goods: "due" | "delivered";
        readonly restock?: boolean;
      }
    | { readonly line: number; readonly amount: string }
  )[];
  readonly goodwill?: string;
  readonly returnTokens?: boolean;
  readonly reason?: string;
}
export interface Shelf {
  readonly sku: string;
  readonly left: string;
  readonly held: string;
  readonly due: string;
  readonly delivered: string;
}
export interface StockPut {
  readonly status: "done" | "exists";
}
export interface Tokens {
  readonly buyer: string;
  readonly asset: string;
  readonly available: string;
  readonly held: string;
}
export interface Wallet {
  readonly buyer: string;
  readonly asset: string;
  readonly available: string;
  readonly held: string;
}
export interface WalletBody {
  readonly asset: string;
}
