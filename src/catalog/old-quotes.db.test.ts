import { expect, test } from "vitest";
import { BOOK, HOUR, join, nodeOn, sellCups, shop } from "./testing/shop.ts";

const asked = (key: string) => ({ key, lines: [{ sku: "CUP-R", quantity: 3n }] });
const DAY = 24 * HOUR;

test("quotes that nobody bought by go, days after they ended; what was sold by stays, and so does its repeat", async () => {
  const sold = new Set<string>();
  const keepQuotes = { days: 30, sold: async () => sold };
  const { catalog, clock, opened } = await shop({ keepQuotes });
  await sellCups(catalog);
  const [bought, left] = [
    (await catalog.quote(BOOK, asked("bought"))).quote,
    (await catalog.quote(BOOK, asked("left"))).quote,
  ];
  sold.add(bought.id);
  clock.advance(30 * DAY);
  expect(await catalog.clearQuotes()).toBe(0);
  const { quote: young } = await catalog.quote(BOOK, asked("young"));
  clock.advance(DAY);
  expect(await catalog.clearQuotes()).toBe(1);
  // Another node remembers nothing of them.
  const other = await join(opened);
  expect(await other.catalog.readQuote(BOOK, left.id)).toBeUndefined();
  expect(await other.catalog.readQuote(BOOK, bought.id)).toEqual(bought);
  expect(await other.catalog.readQuote(BOOK, young.id)).toEqual(young);
  expect((await other.catalog.quote(BOOK, asked("bought"))).status).toBe("exists");
  expect((await other.catalog.quote(BOOK, asked("left"))).status).toBe("created");
});

test("many of them go page by page, two nodes at once; without days none goes", async () => {
  const keepQuotes = { days: 1, sold: async (ids: readonly string[]) => new Set(ids.slice(0, 1)) };
  const { catalog, clock, opened } = await shop({ keepQuotes });
  const other = nodeOn(opened.database, { keepQuotes });
  await sellCups(catalog);
  await Promise.all(Array.from({ length: 1_500 }, (_, n) => catalog.quote(BOOK, asked(`q${n}`))));
  clock.advance(2 * DAY);
  other.clock.advance(2 * DAY);
  await Promise.all([catalog.clearQuotes(), other.catalog.clearQuotes()]);
  // Of each page one was sold by.
  expect(await catalog.clearQuotes()).toBeLessThanOrEqual(2);
  const never = nodeOn(opened.database, { keepQuotes: { ...keepQuotes, days: 0 } });
  never.clock.advance(99 * DAY);
  expect(await never.catalog.clearQuotes()).toBe(0);
});

test("days that are none are refused", () => {
  const keepQuotes = { days: -1, sold: async () => new Set<string>() };
  return expect(shop({ keepQuotes })).rejects.toMatchObject({ code: "catalog.request_malformed" });
});
