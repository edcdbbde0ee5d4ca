/** What each operation of orders takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

import type {
  CreditLine,
  CreditLineBody,
  CreditStatement,
  EndOrderBody,
  FillWalletBody,
  FulfilOrderBody,
  GiveTokensBody,
  OpenShopBody,
  OpenedShop,
  OrderDone,
  OrderEvents,
  OrderPage,
  OrderView,
  PayOrderBody,
  PlaceOrderBody,
  ProvisionedBody,
  PutStockBody,
  RefundOrderBody,
  Shelf,
  StockPut,
  Tokens,
  Told,
  Wallet,
  WalletBody,
} from "./api-types.ts";

export interface OrderOperations {
  readonly cancelOrder: {
    readonly params: { readonly book: string; readonly order: string };
    readonly query: undefined;
    readonly body: EndOrderBody;
    readonly answer: OrderDone;
  };
  readonly closeOrder: {
    readonly params: { readonly book: string; readonly order: string };
    readonly query: undefined;
    readonly body: EndOrderBody;
    readonly answer: OrderDone;
  };
  readonly fillWallet: {
    readonly params: { readonly book: string; readonly buyer: string };
    readonly query: undefined;
    readonly body: FillWalletBody;
    readonly answer: Wallet;
  };
  readonly fulfilOrder: {
    readonly params: { readonly book: string; readonly order: string };
    readonly query: undefined;
    readonly body: FulfilOrderBody;
    readonly answer: OrderDone;
  };
  readonly giveTokens: {
    readonly params: { readonly book: string; readonly buyer: string };
    readonly query: undefined;
    readonly body: GiveTokensBody;
    readonly answer: Tokens;
  };
  readonly listOrders: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly state?:
        | "placed"
        | "paid"
        | "fulfilling"
        | "fulfilled"
        | "refunded"
        | "cancelled"
        | "expired"
        | "closed";
      readonly buyer?: string;
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: OrderPage;
  };
  readonly openShop: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: OpenShopBody;
    readonly answer: OpenedShop;
  };
  readonly openWallet: {
    readonly params: { readonly book: string; readonly buyer: string };
    readonly query: undefined;
    readonly body: WalletBody;
    readonly answer: Wallet;
  };
  readonly payOrder: {
    readonly params: { readonly book: string; readonly order: string };
    readonly query: undefined;
    readonly body: PayOrderBody;
    readonly answer: OrderDone;
  };
  readonly placeOrder: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: PlaceOrderBody;
    readonly answer: OrderDone;
  };
  readonly putStock: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: PutStockBody;
    readonly answer: StockPut;
  };
  readonly readCreditLine: {
    readonly params: { readonly book: string; readonly company: string; readonly month: string };
    readonly query: { readonly asset: string };
    readonly body: undefined;
    readonly answer: CreditLine;
  };
  readonly readCreditStatement: {
    readonly params: { readonly book: string; readonly company: string; readonly month: string };
    readonly query: { readonly asset: string; readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: CreditStatement;
  };
  readonly readOrder: {
    readonly params: { readonly book: string; readonly order: string };
    readonly query: { readonly after?: string };
    readonly body: undefined;
    readonly answer: OrderView;
  };
  readonly readOrderEvents: {
    readonly params: { readonly book: string };
    readonly query: { readonly after?: string; readonly limit?: string; readonly waitMs?: string };
    readonly body: undefined;
    readonly answer: OrderEvents;
  };
  readonly readShelf: {
    readonly params: { readonly book: string; readonly sku: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Shelf;
  };
  readonly readTokens: {
    readonly params: { readonly book: string; readonly buyer: string };
    readonly query: { readonly asset: string };
    readonly body: undefined;
    readonly answer: Tokens;
  };
  readonly readWallet: {
    readonly params: { readonly book: string; readonly buyer: string };
    readonly query: { readonly asset: string };
    readonly body: undefined;
    readonly answer: Wallet;
  };
  readonly refundOrder: {
    readonly params: { readonly book: string; readonly order: string };
    readonly query: undefined;
    readonly body: RefundOrderBody;
    readonly answer: OrderDone;
  };
  readonly sayProvisioned: {
    readonly params: { readonly book: string; readonly order: string; readonly line: string };
    readonly query: undefined;
    readonly body: ProvisionedBody;
    readonly answer: Told;
  };
  readonly setCreditLine: {
    readonly params: { readonly book: string; readonly company: string; readonly month: string };
    readonly query: undefined;
    readonly body: CreditLineBody;
    readonly answer: CreditLine;
  };
}
