import { expect, test } from "vitest";
import { endOfTime, tables } from "../cases/tables/index.ts";
import { parseTable } from "../cases/table.ts";
import { refusalCodes, type Request } from "../../src/ledger/index.ts";
import { document } from "./http-shop.ts";

/**
 * The ledger's own tables of cases show which kind of request is refused by which code; here they are
 * held against what the routes declare, from both ends.
 */

type Kind = NonNullable<Request["kind"]>;

/** What the wire's schemas refuse first, whatever is asked: it never reaches a book. */
const neverSent: ReadonlySet<string> = new Set([
  "ledger.kind_unknown",
  "ledger.amount_malformed",
  "ledger.amount_negative",
  "ledger.balancing_malformed",
  "ledger.side_malformed",
  "ledger.refusal_policy_malformed",
  "ledger.timeout_reserved_for_pending",
]);

/** Codes that a kind is refused by only with fields that its shape on the wire does not have. */
const strangeFields: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  transfer: [
    "ledger.timeout_malformed",
    "ledger.pending_id_malformed",
    "ledger.id_exists_with_different_pending_id",
    "ledger.id_exists_with_different_timeout",
  ],
  pending: ["ledger.pending_id_malformed", "ledger.id_exists_with_different_pending_id"],
  post: ["ledger.id_exists_with_different_timeout"],
  void: ["ledger.id_exists_with_different_timeout"],
};

const routeOf: Readonly<Record<Kind, string>> = {
  transfer: "transfer",
  pending: "transfer",
  post: "postHold",
  void: "voidHold",
  open: "openAccount",
  bound: "boundAccount",
  close: "closeAccount",
  reopen: "reopenAccount",
  asset: "defineAsset",
};

const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

function declaredOf(name: string): readonly string[] {
  return operations.find(({ operationId }) => operationId === name)?.["x-codes"] ?? [];
}

/** Which codes the tables show, by the route that such a request would take. */
function shown(): { readonly singles: Map<string, Set<string>>; readonly chains: Set<string> } {
  const singles = new Map<string, Set<string>>();
  const chains = new Set<string>();
  for (const text of [...tables.map(([, text]) => text), endOfTime]) {
    for (const step of parseTable(text)) {
      if (step.do !== "submit" || step.expected.code === undefined) continue;
      const { posting, expected } = step;
      if ("requests" in posting) chains.add(expected.code ?? "");
      else add(singles, posting.kind ?? "transfer", expected.code ?? "");
    }
  }
  return { singles, chains };
}

function add(singles: Map<string, Set<string>>, kind: string, code: string): void {
  if (!Object.hasOwn(routeOf, kind) || neverSent.has(code)) return;
  if (strangeFields[kind as Kind]?.includes(code) === true) return;
  const route = routeOf[kind as Kind];
  singles.set(route, (singles.get(route) ?? new Set()).add(code));
}

/** Kinds that are decided by one function: what one shows the others have too. */
const families: readonly (readonly string[])[] = [
  ["transfer"],
  ["postHold", "voidHold"],
  ["openAccount", "boundAccount", "closeAccount", "reopenAccount"],
  ["defineAsset"],
];

test("every refusal that the ledger shows of a kind is declared by its route, and no other", () => {
  const { singles } = shown();
  // Any id may stand for anything: what is said of ids is said of all kinds.
  const ofIds = [...singles.values()].flatMap((codes) => [...codes]).filter(isOfId);
  for (const family of families) {
    const ofFamily = new Set([
      ...ofIds,
      ...family.flatMap((route) => [...(singles.get(route) ?? [])]),
    ]);
    for (const route of family) {
      const declared = declaredOf(route).filter((code) => Object.hasOwn(refusalCodes, code));
      const known = [...(singles.get(route) ?? [])];
      const missing = known.filter((code) => !declared.includes(code));
      expect(missing, `${route} does not declare`).toEqual([]);
      const unseen = declared.filter((code) => !ofFamily.has(code));
      expect(unseen, `${route} declares what nobody has seen`).toEqual([]);
    }
  }
});

const isOfId = (code: string): boolean => code.startsWith("ledger.id_");

test("a chain declares what is said of it, and of any member", () => {
  const { chains } = shown();
  const declared = declaredOf("chain");
  expect([...chains].filter((code) => !neverSent.has(code) && !declared.includes(code))).toEqual(
    [],
  );
});

test("no route declares what only a start, a migration or a library's caller meets", () => {
  const all = new Set(operations.flatMap((operation) => operation["x-codes"]));
  for (const code of [
    "postgres.migration_failed",
    "postgres.already_running",
    "postgres.initialization_failed",
    "ledger.busy",
    "ledger.argument_malformed",
  ]) {
    expect(all).not.toContain(code);
  }
  const house = operations.filter((operation) => operation["x-scopes"] === undefined);
  for (const { operationId, "x-codes": codes } of house) {
    expect(codes, operationId).not.toContain("http.body_malformed");
    expect(codes, operationId).not.toContain("lane.overloaded");
  }
});
