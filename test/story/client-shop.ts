/** For the client's stories: a shop, a client of it, and a count of what really goes over the wire. */
import { connect, type ConnectOptions, type Longmen, type Transfer } from "longmen/client";
import { openProxy, type Proxy } from "../../src/postgres/testing.ts";
import { httpShop, type HttpShop, openRetail, type ShopOptions } from "./http-shop.ts";

export interface ClientShop {
  readonly shop: HttpShop;
  readonly longmen: Longmen;
  /** "POST /v1/books/retail/transfers", in order of sending. */
  readonly sent: string[];
  /** Between the client and the server. */
  readonly line: Proxy;
  /** From now on no connection can be made, until what is answered is called. */
  readonly away: () => () => void;
}

/** A shop with the book `retail` open, and a client that reaches it over a wire that can be cut. */
export async function clientShop(
  options: ShopOptions & Partial<ConnectOptions> = {},
): Promise<ClientShop> {
  const shop = await httpShop(options);
  await openRetail(shop);
  const line = await openProxy(shop.url);
  const sent: string[] = [];
  let isAway = false;
  const longmen = connect({
    url: line.url,
    key: shop.adminKey,
    ...options,
    fetch: (input, init) => {
      if (isAway) return Promise.reject(unreachable());
      sent.push(
        `${init?.method ?? "GET"} ${new URL(input instanceof Request ? input.url : input).pathname}`,
      );
      return (options.fetch ?? fetch)(input, init);
    },
  });
  const away = () => {
    isAway = true;
    return () => {
      isAway = false;
    };
  };
  return { shop, longmen, sent, line, away };
}

/** As Node's fetch says it. */
function unreachable(): Error {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  return new TypeError("fetch failed", { cause });
}

export async function allOf<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

export function sale(id: string, amount = 100n): Transfer {
  return { id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount };
}

/** What the shop has earned, by its own books. */
export async function earned({ shop }: Pick<ClientShop, "shop">): Promise<bigint> {
  const book = await shop.ledger.book("retail");
  return (await book.account("shop/sales", "CNY/2"))?.available ?? 0n;
}
