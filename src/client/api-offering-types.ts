/** What travels over HTTP of offerings. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

export interface Bid {
  readonly id: string;
  readonly offering: string;
  readonly investor: string;
  readonly asked: string;
  readonly granted: string;
}
export interface BidDone {
  readonly status: "done" | "exists";
  readonly bid: Bid;
}
export interface BidPage {
  readonly items: readonly ListedBid[];
  readonly cursor?: string;
}
export interface ListedBid {
  readonly id: string;
  readonly offering: string;
  readonly investor: string;
  readonly asked: string;
  readonly granted: string;
  readonly at: string;
  readonly by?: string;
  readonly request?: string;
}
export interface ListedOffering {
  readonly id: string;
  readonly asset: string;
  readonly cap: string;
  readonly minimum: string;
  readonly project: string;
  readonly closesAt: string;
  readonly openedAt: string;
  readonly state: "open" | "settling" | "funded" | "failed";
  readonly raised?: string;
}
export interface Offering {
  readonly id: string;
  readonly asset: string;
  readonly cap: string;
  readonly minimum: string;
  readonly project: string;
  readonly closesAt: string;
}
export interface OfferingDone {
  readonly status: "done" | "exists";
  readonly offering: Offering;
}
export interface OfferingPage {
  readonly items: readonly ListedOffering[];
  readonly cursor?: string;
}
export interface OfferingRun {
  readonly status: "done" | "exists";
  readonly run: string;
}
export interface OfferingView {
  readonly id: string;
  readonly asset: string;
  readonly cap: string;
  readonly minimum: string;
  readonly project: string;
  readonly closesAt: string;
  readonly openedAt: string;
  readonly state: "open" | "settling" | "funded" | "failed";
  readonly raised: string;
  readonly left: string;
  readonly bids: number;
  readonly investors: number;
  readonly moreBids: boolean;
  readonly paidOut: string;
}
export interface OpenOfferingBody {
  readonly id: string;
  readonly asset: string;
  readonly cap: string;
  readonly minimum?: string;
  readonly project: string;
  readonly closesAt: string;
}
export interface PayOutBody {
  readonly id: string;
  readonly total: string;
  readonly from?: string;
}
export interface Payout {
  readonly id: string;
  readonly offering: string;
  readonly total: string;
  readonly from: string;
  readonly run: string;
  readonly state: "paying" | "paid" | "stuck";
  readonly paid: number;
  readonly unpaid: number;
  readonly of?: number;
  readonly at: string;
  readonly by?: string;
  readonly request?: string;
}
export interface PayoutPage {
  readonly items: readonly Payout[];
  readonly cursor?: string;
}
export interface PlaceBidBody {
  readonly id: string;
  readonly investor: string;
  readonly amount: string;
  readonly allowPartial?: boolean;
}
