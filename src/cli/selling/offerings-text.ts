/** Offerings as a terminal shows them. */
import type {
  Bid,
  ListedBid,
  ListedOffering,
  OfferingView,
  PayoutView,
} from "../../client/index.ts";
import { amountText } from "../amount-text.ts";
import { table } from "../table.ts";
import { secondText, utcText } from "../time-text.ts";

export function offeringText(view: OfferingView): string {
  const { id, state, asset, cap, raised, left, project, closesAt, bids, investors } = view;
  const money = (amount: bigint) => amountText(asset, amount);
  const more = view.moreBids ? "more than " : "";
  const rest = state === "open" ? `, ${money(left)} left, closes ${utcText(closesAt)}` : "";
  const back = view.paidOut === 0n ? [] : [`${money(view.paidOut)} paid out so far`];
  return [
    `${id}  ${state}  ${money(raised)} of ${money(cap)} ${asset} raised${rest}`,
    `${more}${bids} bids of ${investors} investors, for ${project}`,
    ...back,
  ].join("\n");
}

export function offeringsTable(offerings: readonly ListedOffering[]): string {
  return table(
    [
      { title: "OFFERING", least: 10 },
      { title: "STATE" },
      { title: "CAP", align: "right" },
      { title: "RAISED", align: "right" },
      { title: "CLOSES (UTC)" },
      { title: "PROJECT", least: 8 },
    ],
    offerings.map(({ id, state, asset, cap, raised, closesAt, project }) => {
      const much = raised === undefined ? "" : amountText(asset, raised);
      const whole = `${amountText(asset, cap)} ${asset}`;
      return [id, state, whole, much, secondText(closesAt), project];
    }),
  );
}

export function bidText(asset: string, bid: Bid, status: "done" | "exists"): string {
  const money = (amount: bigint) => amountText(asset, amount);
  const cut = bid.granted === bid.asked ? "" : ` of ${money(bid.asked)} asked for`;
  const again = status === "exists" ? " (done before: nothing twice)" : "";
  return `${bid.id}  ${money(bid.granted)} ${asset}${cut} held from ${bid.investor} for ${bid.offering}${again}`;
}

const right = (title: string) => ({ title, align: "right" }) as const;

export function bidsTable(asset: string, bids: readonly ListedBid[]): string {
  return table(
    [
      { title: "BID", least: 10 },
      { title: "INVESTOR", least: 8 },
      right("ASKED"),
      right("GRANTED"),
      { title: "WHEN (UTC)" },
    ],
    bids.map(({ id, investor, asked, granted, at }) => [
      ...[id, investor, amountText(asset, asked), amountText(asset, granted), secondText(at)],
    ]),
  );
}

export function payoutText(asset: string, payout: PayoutView): string {
  const { id, state, total, paid, unpaid, of, from, run } = payout;
  const open = unpaid === 0 ? "" : `, ${unpaid} no wallet took: see run ${run}`;
  const whole = of === undefined ? "" : ` of ${of}`;
  return `${id}  ${state}  ${amountText(asset, total)} ${asset} from ${from}: ${paid}${whole} parts paid${open}`;
}

export function payoutsTable(asset: string, payouts: readonly PayoutView[]): string {
  return table(
    [
      { title: "PAYOUT", least: 10 },
      { title: "STATE" },
      right("TOTAL"),
      right("PAID"),
      right("UNPAID"),
      right("OF"),
      { title: "WHEN (UTC)" },
    ],
    payouts.map(({ id, state, total, paid, unpaid, of, at }) => [
      ...[id, state, amountText(asset, total), String(paid), String(unpaid)],
      ...[of === undefined ? "" : String(of), secondText(at)],
    ]),
  );
}
