/** The shapes of offerings on the wire; see schemas.ts for the rest. */
import { Type } from "typebox";
import { Amount, AssetCode, named, pageOf, Path, Sum, text, Time } from "./schemas.ts";

const oneOf = <const T extends string>(values: readonly T[], description: string) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { description },
  );
const Key = Type.String({ description: "Your own key: 1 to 40 letters, digits and . _ : @ + -" });
const Investor = Type.String({ description: "Whose bid: as in user/INVESTOR/wallet." });
const Status = oneOf(["done", "exists"], "exists: it was done before by this very request.");

export const offeringParam = { offering: text("The offering's key.", "mill") };
export const payoutParam = { payout: text("The payout's key.", "mill:year-1") };

export const OpenOfferingBody = named("OpenOfferingBody", {
  id: Key,
  asset: AssetCode,
  cap: Amount,
  minimum: Type.Optional(
    Type.String({
      description: "Less than that, and all is given back; the cap when left out.",
      pattern: "^(0|[1-9][0-9]{0,18})$",
    }),
  ),
  project: Type.String({ description: "The account that gets what was raised; it is open." }),
  closesAt: Time,
});

const fields = {
  id: Key,
  asset: AssetCode,
  cap: Amount,
  minimum: Amount,
  project: Path,
  closesAt: Time,
};
export const OfferingDone = named("OfferingDone", {
  status: Status,
  offering: named("Offering", fields),
});

const State = oneOf(
  ["open", "settling", "funded", "failed"],
  "open: bids are taken; settling: none is; funded, failed: settled.",
);
const Count = Type.Integer({ minimum: 0 });

export const OfferingView = named("OfferingView", {
  ...fields,
  openedAt: Time,
  state: State,
  raised: Amount,
  left: Amount,
  bids: Count,
  investors: Count,
  moreBids: Type.Boolean({
    description: "There are more than were counted: up to 10,000 until it is settled.",
  }),
  paidOut: Type.String({ ...Sum, description: "What payouts have brought to wallets so far." }),
});

export const OfferingPage = pageOf(
  "OfferingPage",
  named("ListedOffering", {
    ...fields,
    openedAt: Time,
    state: State,
    raised: Type.Optional(Amount),
  }),
);

export const BidBody = named("PlaceBidBody", {
  id: Key,
  investor: Investor,
  amount: Amount,
  allowPartial: Type.Optional(
    Type.Boolean({ description: "Takes what is left, where that is less." }),
  ),
});

const bidFields = {
  id: Key,
  offering: Key,
  investor: Investor,
  asked: Amount,
  granted: Amount,
};
export const BidDone = named("BidDone", { status: Status, bid: named("Bid", bidFields) });

const who = {
  at: Time,
  by: Type.Optional(Type.String({ description: "Owner and key id of who asked." })),
  request: Type.Optional(Type.String()),
};
export const BidPage = pageOf("BidPage", named("ListedBid", { ...bidFields, ...who }));

export const PayOutBody = named("PayOutBody", {
  id: Key,
  total: Type.String({
    description: "Of all investors together, principal and gain; shared by the largest remainder.",
    pattern: "^(0|[1-9][0-9]{0,18})$",
    examples: ["1070000"],
  }),
  from: Type.Optional(Type.String({ description: "Who pays; the project when left out." })),
});
export const OfferingRun = named("OfferingRun", {
  status: Status,
  run: Type.String({ description: "The run that does it." }),
});

export const Payout = named("Payout", {
  id: Key,
  offering: Key,
  total: Amount,
  from: Path,
  run: Type.String(),
  state: oneOf(
    ["paying", "paid", "stuck"],
    "stuck: some wallets took nothing, or the run stands still: look at it.",
  ),
  paid: Type.Integer({ minimum: 0, description: "Parts that are in their wallets." }),
  unpaid: Type.Integer({ minimum: 0, description: "Parts that no wallet took." }),
  of: Type.Optional(
    Type.Integer({ minimum: 0, description: "Parts; not known before the first are paid." }),
  ),
  ...who,
});
export const PayoutPage = pageOf("PayoutPage", Payout);
