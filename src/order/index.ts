/** Orders: placed, paid, delivered, given back. README.md says what the room promises. */
import { migrationFolder } from "../postgres/index.ts";

export { openShelf, openTill, stockShelf } from "./accounts.ts";
export { type OpenedTill, openShop } from "./open-shop.ts";
export { type IssueTokens, type TokensAnswer, type TokensNow, tokensNow } from "./issue-tokens.ts";
export { ITEMS_MAX, type PutStock, type StockAnswer } from "./put-stock.ts";
export type { BillLine, CreditBill } from "./credit-bill.ts";
export { dueOf, type LineNow } from "./goods.ts";
export type { EventsAsked, EventsPage, OrderEvent, OrderEventType } from "./events.ts";
export type { ListedOrder, ListOrders, OrderPage } from "./list-orders.ts";
export { openOrders, type OpenOrdersOptions, type Orders } from "./open-orders.ts";
export type {
  CloseOrder,
  Discount,
  EndOrder,
  FrozenLine,
  FrozenQuote,
  FulfilOrder,
  OrderAnswer,
  OrderNow,
  PayOrder,
  PlaceOrder,
  QuoteBook,
  QuoteSeen,
  RefundGoods,
  RefundMoney,
  RefundOrder,
  Refused,
  Token,
} from "./order.ts";
export {
  openOfferings,
  type Offerings,
  type OpenOfferingsOptions,
} from "./offering/open-offerings.ts";
export type { ListedOffering } from "./offering/find-offering.ts";
export type { ListBids, ListedBid } from "./offering/list-bids.ts";
export type { Paged, PageAsked } from "./offering/page.ts";
export type { PayoutNow } from "./offering/payouts.ts";
export type {
  Bid,
  BidAnswer,
  KnownOffering,
  Offering,
  OfferingAnswer,
  OfferingNow,
  OfferingState,
  OpenOffering,
  PayOut,
  PlaceBid,
  RunAnswer,
  SettleOffering,
} from "./offering/offering.ts";
export { orderErrors } from "./order.errors.ts";
export {
  orderMachine,
  type OrderAct,
  orderActs,
  type OrderState,
  orderStates,
} from "./order-machine.ts";
export type { LinesView } from "./lines-view.ts";
export type { Callback, ProviderDone, ProviderRefused, Said } from "./provider-says.ts";
export { matchOf, PROVISIONED, provisioning } from "./provisioning.ts";
export type {
  ProvisionAsked,
  Provisioned,
  ProvisionedOrders,
  Provider,
  Provisioning,
  ProvisioningOptions,
  ProvisionInput,
  Release,
} from "./provision.ts";
export type { Contribution, Happening, Reaction } from "./reaction.ts";
export { isRefusalCode, refusalWords, type Words } from "./refusal.ts";
export type { RefusalCode } from "./refusal-code.ts";
export type { AskedOfPlacing } from "./quote-of-buyer.ts";
export type { Asked } from "./room.ts";
export type { Left } from "./share.ts";
export { type ShelfNow, shelfNow } from "./shelf-now.ts";
export type { KeyedStep, OrderGlance } from "./look-order.ts";
export type { LineMove, OrderView, TimelineAsked, TimelineRun, TimelineStep } from "./timeline.ts";
export type { SweepOptions, SweptBooks } from "./sweep.ts";
export type { Swept } from "./expire-due.ts";

/** The tables of this room: behind `paymentMigrations` in the argument of `migrate`. */
export const orderMigrations = migrationFolder("order", new URL("./migrations/", import.meta.url));
export { demandOwnIds, isReservedId } from "./reserved.ts";
