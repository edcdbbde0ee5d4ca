/**
 * Several transfers that happen together or not at all: an order takes stock of two kinds and the
 * money for them, and opens the customer's account on the way. The second order wants more than there
 * is: nothing of it happens. Run it with `npm run example examples/chain.ts`.
 */
import { money } from "longmen/base";
import { type Book, type Chain, type ChainAnswer, type Request } from "longmen/ledger";
import { withBook } from "./with-book.ts";

const yuan = "CNY/2";
const tea = "SKU:TEA/0";
const cup = "SKU:CUP/0";

export async function sellInChains(book: Book, say: (line: string) => void): Promise<void> {
  await book.chain({ chain: "open-shop", requests: shop() });
  const first = order("order/1", { teas: 3n, cups: 1n, price: "98.50" });
  const second = order("order/2", { teas: 3n, cups: 2n, price: "125.00" });
  for (const chain of [first, second, first]) {
    say(`${chain.chain} ${describe(await book.chain(chain))}`);
  }
}

/** Goods come from a supplier without a bound; the shelves can't go below zero. */
function shop(): Request[] {
  const goods = [tea, cup].flatMap((asset): Request[] => [
    { kind: "asset", asset },
    { kind: "open", path: "supplier", asset, side: "credit", bound: "none" },
    { kind: "open", path: "shop/shelf", asset, side: "debit" },
    { kind: "open", path: "sold", asset, side: "debit" },
  ]);
  return [
    ...goods,
    { kind: "asset", asset: yuan },
    { kind: "open", path: "shop/revenue", asset: yuan, side: "credit" },
    { id: "delivery/1/tea", asset: tea, debit: "shop/shelf", credit: "supplier", amount: 10n },
    { id: "delivery/1/cup", asset: cup, debit: "shop/shelf", credit: "supplier", amount: 2n },
  ];
}

function order(
  id: string,
  { teas, cups, price }: { teas: bigint; cups: bigint; price: string },
): Chain {
  return {
    chain: id,
    requests: [
      { kind: "open", path: "customer/17850", asset: yuan, side: "debit" },
      {
        id: `${id}/tea`,
        asset: tea,
        debit: "sold",
        credit: "shop/shelf",
        amount: teas,
        reference: id,
      },
      {
        id: `${id}/cup`,
        asset: cup,
        debit: "sold",
        credit: "shop/shelf",
        amount: cups,
        reference: id,
      },
      {
        id: `${id}/money`,
        asset: yuan,
        debit: "customer/17850",
        credit: "shop/revenue",
        amount: money(yuan, price),
        reference: id,
      },
    ],
  };
}

function describe(answer: ChainAnswer): string {
  if (answer.status === "refused") return `refused at member ${answer.index}: ${answer.code}`;
  const seqs = answer.answers.map(({ seq }) => seq).join(", ");
  return `${answer.status}, entries ${seqs}`;
}

if (process.argv[1] === import.meta.filename) await withBook("chain", sellInChains);
