/** The cases of `npm run bench -- catalog`: a file imported, products found, prices quoted. */
import type { Bench } from "../bench.ts";
import type { Case } from "../contest.ts";
import { PRODUCTS, PRODUCTS_QUICK } from "./goods.ts";
import { importing, quoting, SEARCHED_WITHIN, searching } from "./ours.ts";

export const catalogBench: Bench = {
  name: "catalog",
  apart: true,
  ownCallers: true,
  peers: [],
  redisPeers: [],
  cases: ({ url, quick }) => {
    const products = quick ? PRODUCTS_QUICK : PRODUCTS;
    const load = { url, products };
    const of = (one: Omit<Case, "peers">): Case => ({ ...one, peers: [] });
    return [
      of({
        name: "import",
        about: `${products} products from CSV, then the same file again`,
        unit: "products/s",
        ours: importing(load),
        floors: {},
        rounds: 1,
        seconds: 1,
      }),
      of({
        name: "search",
        about: `by words, by Chinese and by attributes over ${products} products; one caller`,
        unit: "searches/s",
        ours: searching(load),
        floors: { [SEARCHED_WITHIN]: 1 },
      }),
      of({
        name: "quotes",
        about: `of three lines of ${products} products; 200 callers`,
        unit: "quotes/s",
        ours: quoting(load),
        floors: {},
      }),
    ];
  },
  longCases: [],
};
