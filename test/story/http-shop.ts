/** For stories: a server of its own on a fresh schema, with an admin's key, asked over real HTTP. */
import { Type, type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { expect, onTestFinished } from "vitest";
import { accessMigrations, openAccess } from "../../src/access/index.ts";
import { type Logger, noFaults, silentLogger } from "../../src/base/index.ts";
import { catalogMigrations } from "../../src/catalog/index.ts";
import { openSelling, type Selling } from "../../src/cli/index.ts";
import {
  type AnyFlow,
  flowMigrations,
  type Flows,
  type Leases,
  openFlows,
  openLeases,
} from "../../src/flow/index.ts";
import {
  apiDocument,
  type HttpLimits,
  type HttpServer,
  openHttp,
  type Operation,
} from "../../src/http/index.ts";
import { type Definition, openSchedules, scheduleMigrations } from "../../src/schedule/index.ts";
import { type Ledger, ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import { orderMigrations } from "../../src/order/index.ts";
import { paymentMigrations } from "../../src/payment/index.ts";
import { rulesMigrations } from "../../src/rules/index.ts";
import { Lane, type LaneLimits, postgresMigrations } from "../../src/postgres/index.ts";
import {
  overProxy,
  type Proxy,
  testDatabase,
  type TestDatabase,
} from "../../src/postgres/testing.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; what a story asserts on. */
  readonly body: Record<string, unknown>;
}

export interface AskOptions {
  readonly key?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface HttpShop {
  readonly url: string;
  readonly server: HttpServer;
  readonly ledger: Ledger;
  readonly test: TestDatabase;
  readonly wire: Proxy | undefined;
  /** May do everything. */
  readonly adminKey: string;
  /** Asks, and holds the answer to what /openapi.json says of its route. */
  ask(request: string, body?: unknown, options?: AskOptions): Promise<Answer>;
  /** Of a shop that was opened with some. */
  readonly flows: Flows | undefined;
  readonly leases: Leases | undefined;
  readonly selling: Selling | undefined;
  /** Closes the server, then what is behind it. Done by itself at the end of the test. */
  close(): Promise<void>;
}

export interface ShopOptions {
  /** The way to the database is a wire that can be cut. */
  readonly wire?: boolean;
  readonly limits?: Partial<HttpLimits>;
  readonly lane?: Partial<LaneLimits>;
  readonly log?: Logger;
  readonly trustProxy?: readonly string[];
  readonly node?: string;
  /** Sells: rules, catalogue and orders. */
  readonly selling?: boolean | undefined;
  /** Serves runs: of these, and of what is sold. */
  readonly flows?: readonly AnyFlow[] | undefined;
  /** Serves schedules, these among them. */
  readonly schedules?: readonly Definition[] | undefined;
}

const ada = { by: "ada/terminal", from: "127.0.0.1", request: "the story" };

/** Runs and schedules of a shop that has some, on its own database. */
async function openServed(
  database: TestDatabase["database"],
  books: Ledger,
  { flows: offered, schedules: defined }: Pick<ShopOptions, "flows" | "schedules">,
) {
  const flows = offered && (await openFlows({ database, node: "node-1", flows: offered, books }));
  const schedules =
    flows && defined && (await openSchedules({ database, flows, schedules: defined }));
  const leases = offered && openLeases({ database, node: "node-1" });
  const close = async () => {
    await schedules?.close();
    await flows?.close({ drainMs: 500 });
    await leases?.close();
  };
  return { flows, schedules, leases, close };
}

const engines = [flowMigrations, scheduleMigrations];
const always = [postgresMigrations, ledgerMigrations, accessMigrations, ...engines];
const trade = [rulesMigrations, catalogMigrations, paymentMigrations, orderMigrations];

/** Opens a server on a schema that has nothing in it yet. */
export async function httpShop({
  limits,
  lane,
  log = silentLogger,
  wire = false,
  trustProxy,
  node,
  flows: offered,
  schedules: defined,
  selling: sells = false,
}: ShopOptions = {}): Promise<HttpShop> {
  const test = await testDatabase({
    migrations: [...always, ...(sells ? trade : [])],
  });
  const over = wire ? await overProxy(test) : undefined;
  const database = over?.database ?? test.database;
  const ledger = openLedger({ database, sweep: false, limits: lane });
  const keyLane = new Lane<never, never>({ name: "node rows", database });
  const access = openAccess({ database, lane: keyLane });
  const config = { faults: noFaults, keepDays: 0 };
  const selling = sells ? await openSelling({ config, database, ledger, log }) : undefined;
  const all = offered && [...offered, ...(selling?.flows ?? [])];
  const served = await openServed(database, ledger, { flows: all, schedules: defined });
  const { flows, leases, schedules } = served;
  if (flows !== undefined) selling?.startOn(flows);
  const server = await openHttp({
    ...{ ledger, access, flows, leases, schedules, selling, limits, log, trustProxy, node },
    version: "0.1.0",
  });
  const { url } = await server.listen("127.0.0.1", 0);
  const first = await access.ensureFirstKey(ada);
  const adminKey = first?.token ?? "";
  let closed: Promise<void> | undefined;
  const close = async () => {
    await server.close();
    await served.close();
    await selling?.close();
    await access.close();
    await ledger.close();
    await keyLane.close();
  };
  const shop: HttpShop = {
    url,
    server,
    ledger,
    flows,
    leases,
    selling,
    test,
    wire: over?.proxy,
    adminKey,
    ask: (request, body, options = {}) => ask({ url, adminKey }, request, body, options),
    close: () => (closed ??= close()),
  };
  onTestFinished(() => shop.close());
  return shop;
}

async function ask(
  { url, adminKey }: { readonly url: string; readonly adminKey: string },
  asked: string,
  body: unknown,
  options: AskOptions,
): Promise<Answer> {
  const [method = "", path = ""] = asked.split(" ");
  const key = "key" in options ? options.key : adminKey;
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  const { status, headers } = response;
  expectDeclared(method, path, { status, headers, text });
  return { status, headers, text, body: bodyOf(text) };
}

function bodyOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The document that all answers are held to. */
export const document = apiDocument("0.1.0");

const patterns = Object.entries(document.paths).map(([path, methods]) => {
  const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
  return { pattern, methods };
});

/** Routes with a fixed last word stand before those with a name in its place. */
export function operationOf(method: string, path: string): Operation | undefined {
  const [bare = ""] = path.split("?");
  const found = patterns.filter(({ pattern, methods }) => {
    return pattern.test(bare) && methods[method.toLowerCase()] !== undefined;
  });
  found.sort(
    (a, b) => a.pattern.source.split("[^/]+").length - b.pattern.source.split("[^/]+").length,
  );
  return found[0]?.methods[method.toLowerCase()];
}

const validators = new Map<unknown, ReturnType<typeof Compile>>();

/** What was answered is declared: the status, the code, and the shape down to the last field. */
export function expectDeclared(
  method: string,
  path: string,
  { status, headers, text }: Pick<Answer, "status" | "headers" | "text">,
): void {
  const operation = operationOf(method, path);
  const type = headers.get("content-type") ?? "";
  expect(headers.get("trace-id")).toMatch(/^[0-9a-f]{32}$/);
  if (type.startsWith("application/problem+json")) {
    const { code, status: told } = JSON.parse(text) as { code: string; status: number };
    expect(told).toBe(status);
    if (operation === undefined) expect(code).toMatch(/^http\.(route_missing|path_malformed)$/);
    else expect(operation["x-codes"], `${method} ${path} answered ${code}`).toContain(code);
    if (status === 429 || status === 503)
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  }
  const declared = operation?.responses[status];
  expect(operation === undefined || declared !== undefined, `${method} ${path}: ${status}`).toBe(
    true,
  );
  const schema = Object.entries(declared?.content ?? {}).find(([one]) => type.startsWith(one))?.[1]
    .schema;
  if (schema === undefined) return;
  const value: unknown = JSON.parse(text);
  const errors = validatorOf(schema).Check(value) ? [] : validatorOf(schema).Errors(value);
  expect(errors, `${method} ${path} answered ${text.slice(0, 300)}`).toEqual([]);
}

function validatorOf(schema: unknown): ReturnType<typeof Compile> {
  let validator = validators.get(schema);
  if (validator === undefined) validators.set(schema, (validator = Compile(resolved(schema))));
  return validator;
}

/** With the components in place of what refers to them; none refers to itself. */
export function resolved(schema: unknown): TSchema {
  return Type.Unsafe(replaced(schema) as TSchema);
}

function replaced(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(replaced);
  if (typeof schema !== "object" || schema === null) return schema;
  const ref = (schema as { $ref?: string }).$ref?.split("/").at(-1);
  if (ref !== undefined) return replaced(document.components.schemas[ref]);
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, replaced(value)]));
}

/** A book `retail` in yuan with cash without bound, sales, and a stock of 10 lamps. */
export async function openRetail(shop: HttpShop): Promise<void> {
  await shop.ask("PUT /v1/books/retail");
  const opening = await shop.ask("POST /v1/books/retail/batches", {
    items: [
      { kind: "asset", asset: "CNY/2" },
      { kind: "asset", asset: "SKU:LAMP/0" },
      { kind: "open", path: "shop/cash", asset: "CNY/2", side: "debit", bound: "none" },
      { kind: "open", path: "shop/sales", asset: "CNY/2", side: "credit" },
      { kind: "open", path: "supplier", asset: "SKU:LAMP/0", side: "credit", bound: "none" },
      { kind: "open", path: "shop/stock", asset: "SKU:LAMP/0", side: "debit" },
      { kind: "open", path: "shop/sold", asset: "SKU:LAMP/0", side: "debit" },
      {
        id: "delivery-1",
        asset: "SKU:LAMP/0",
        debit: "shop/stock",
        credit: "supplier",
        amount: "10",
      },
    ],
  });
  expect(opening.status).toBe(200);
  const items = opening.body["items"] as { status: string }[];
  expect(items.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => "created"));
}
