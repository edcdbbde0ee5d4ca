/** For stories of who may what in a shop: every route of it, asked by a key, as the API's own document has them. */
import type { Operation, Parameter } from "../../src/http/index.ts";
import { type Answer, document } from "./http-shop.ts";
import { BOOK, type SellingShop } from "./selling.ts";

export interface ShopRoute {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Any of these opens it. */
  readonly scopes: readonly string[];
  readonly operation: Operation;
}

const operations: readonly ShopRoute[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...{ name: operation.operationId, method: method.toUpperCase(), path, operation },
    scopes: operation["x-scopes"] ?? [],
  })),
);

/** All that is about a book and asks for no right: there is none. */
export const openToAll = operations.filter(
  ({ path, scopes }) => path.includes("{book}") && scopes.length === 0,
);

export const shopRoutes = operations.filter(({ scopes }) =>
  scopes.some((scope) => scope.startsWith("shop.")),
);

/** Let in: it was answered by the shop, whatever the shop says. */
export type Verdict = "in" | "forbidden" | "no order" | "no quote" | "no book";

const missing: Readonly<Record<string, Verdict>> = {
  "ledger.book_missing": "no book",
  "order.missing": "no order",
  "catalog.quote_missing": "no quote",
};

function verdictOf({ status, body }: Answer): Verdict {
  return missing[String(body["code"])] ?? (status === 403 ? "forbidden" : "in");
}

/** What each route answers to this key: asked for ann, and what else it names as its own example has it. */
export async function verdicts(
  shop: SellingShop,
  key: string,
  given: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, Verdict>>> {
  const told = await Promise.all(
    shopRoutes.map(
      async (route) => [route.name, verdictOf(await askAs(shop, key, route, given))] as const,
    ),
  );
  return Object.fromEntries(told);
}

function askAs(
  shop: SellingShop,
  key: string,
  { method, path, operation }: ShopRoute,
  given: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { parameters, requestBody } = operation;
  const valueOf = ({ name, schema }: Parameter): string =>
    given[name] ?? String((schema as { readonly examples?: readonly unknown[] }).examples?.[0]);
  const inPath = parameters.filter((one) => one.in === "path");
  const place = inPath.reduce(
    (text, one) => text.replace(`{${one.name}}`, encodeURIComponent(valueOf(one))),
    path,
  );
  const query = new URLSearchParams(
    parameters
      .filter((one) => one.in === "query" && one.required)
      .map((one) => [one.name, valueOf(one)] as [string, string]),
  );
  const [type = "", content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const headers = content === undefined ? {} : { "content-type": type };
  const body = content === undefined ? undefined : keyed(content.example ?? {}, given["key"]);
  return shop.ask(`${method} ${place}?${query.toString()}`, body, { key, headers });
}

/** A quote lies where its key does. */
const keyed = (body: unknown, key: string | undefined): unknown =>
  key !== undefined && typeof body === "object" && body !== null && "key" in body
    ? { ...body, key }
    : body;

/** What every route is to answer. */
export const expected = (
  verdict: (route: ShopRoute) => Verdict,
): Readonly<Record<string, Verdict>> =>
  Object.fromEntries(shopRoutes.map((route) => [route.name, verdict(route)]));

export const whereabouts = { book: BOOK, buyer: "ann", company: "acme", key: "user/ann/asked" };
