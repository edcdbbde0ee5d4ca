/** What each operation of offerings takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

import type {
  BidDone,
  BidPage,
  OfferingDone,
  OfferingPage,
  OfferingRun,
  OfferingView,
  OpenOfferingBody,
  PayOutBody,
  Payout,
  PayoutPage,
  PlaceBidBody,
} from "./api-types.ts";

export interface OfferingOperations {
  readonly listBids: {
    readonly params: { readonly book: string; readonly offering: string };
    readonly query: {
      readonly investor?: string;
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: BidPage;
  };
  readonly listOfferings: {
    readonly params: { readonly book: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: OfferingPage;
  };
  readonly listPayouts: {
    readonly params: { readonly book: string; readonly offering: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: PayoutPage;
  };
  readonly openOffering: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: OpenOfferingBody;
    readonly answer: OfferingDone;
  };
  readonly payOut: {
    readonly params: { readonly book: string; readonly offering: string };
    readonly query: undefined;
    readonly body: PayOutBody;
    readonly answer: OfferingRun;
  };
  readonly placeBid: {
    readonly params: { readonly book: string; readonly offering: string };
    readonly query: undefined;
    readonly body: PlaceBidBody;
    readonly answer: BidDone;
  };
  readonly readOffering: {
    readonly params: { readonly book: string; readonly offering: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: OfferingView;
  };
  readonly readPayout: {
    readonly params: { readonly book: string; readonly offering: string; readonly payout: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Payout;
  };
  readonly settleOffering: {
    readonly params: { readonly book: string; readonly offering: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: OfferingRun;
  };
}
