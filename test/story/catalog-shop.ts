/** For stories of the catalogue: a book with cups on sale, made over HTTP, and keys by scope. */
import { expect } from "vitest";
import { type Answer, type HttpShop, httpShop, type ShopOptions } from "./http-shop.ts";

export const HERE = "/v1/books/retail";

export interface CatalogShop extends HttpShop {
  /** A token of a person, or of a service, with these scopes. */
  keyOf(scopes: readonly string[], owner?: string, ownerKind?: string): Promise<string>;
}

export const cupType = {
  name: { en: "Cup", zh: "杯子" },
  attributes: [
    {
      ...{ key: "colour", kind: "choice", role: "variant", required: true },
      label: { en: "Colour", zh: "颜色" },
      choices: [
        { value: "red", label: { en: "Red", zh: "红色" } },
        { value: "blue", label: { en: "Blue", zh: "蓝色" } },
      ],
    },
    {
      ...{ key: "engraving", kind: "text", role: "buyer", maxLength: 10 },
      label: { en: "Engraving", zh: "刻字" },
    },
  ],
  constraints: [
    {
      kind: "exclude",
      conditions: [{ attribute: "colour", is: ["blue"] }, { attribute: "engraving" }],
      message: { en: "Blue cups can't be engraved", zh: "蓝色杯子不能刻字" },
    },
  ],
};

export const flat = (amount: string) => ({
  ...{ currency: "GBP/2", rounding: "half_up" },
  scheme: { kind: "flat", amount },
});

export const cup = {
  ...{ type: "cup", name: { en: "Heart cup", zh: "红心茶杯" }, plan: "cup-price" },
  variants: [
    { sku: "CUP-R", values: { colour: "red" } },
    { sku: "CUP-B", values: { colour: "blue" } },
  ],
};

/** Cups for 2.50, on sale. */
export async function catalogShop(options: ShopOptions = {}): Promise<CatalogShop> {
  const shop = await httpShop({ ...options, selling: true });
  const done = async (request: string, body?: unknown): Promise<Answer> => {
    const answer = await shop.ask(request, body);
    expect([200, 201], answer.text).toContain(answer.status);
    return answer;
  };
  await done("PUT /v1/books/retail");
  await done(`PUT ${HERE}/catalog`, {});
  await done(`PUT ${HERE}/catalog/types/cup`, { type: cupType });
  await done(`PUT ${HERE}/catalog/plans/cup-price`, { plan: flat("250") });
  await done(`PUT ${HERE}/catalog/products/CUP`, { product: cup });
  await done(`POST ${HERE}/catalog/products/CUP/publish`, {});
  return {
    ...shop,
    keyOf: async (scopes, owner = "till", ownerKind = "service") => {
      const made = await shop.ask("POST /v1/keys", { owner, ownerKind, scopes });
      expect(made.status, made.text).toBe(201);
      return String(made.body["token"]);
    },
  };
}

/** A sale of cups under a key. */
export const asked = (key: string, change: object = {}, line: object = {}) => ({
  key,
  lines: [{ sku: "CUP-R", quantity: "3", ...line }],
  ...change,
});
